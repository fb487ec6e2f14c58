import { readFileSync } from 'node:fs';
import { createEngine, type Factor } from 'keepgate';
import { describe, expect, test, vi } from 'vitest';
import { GpuHandle } from '../../../src/engines/gpu/memory/handles.ts';
import { standardWork, WORKS } from '../../../src/report/standard-works.ts';
import { SIZES, WORK_TEXTS, type WorkName, type WorkSize } from '../../../src/report/work-sizes.ts';
import { ENGINES } from '../../helpers/engines.ts';

const tiny: WorkSize = { batch: 3, time: 4, inputSize: 5, hiddenSize: 6 };
const names = Object.keys(WORKS) as WorkName[];
const training = names.filter((name) => WORKS[name].trains);
const engines = ENGINES.filter(({ place }) => place === 'node');

describe.each(engines)('on $name', ({ create }) => {
  test.each(names)('%s gives finite numbers, and leaves nothing on the engine', async (name) => {
    const ops = await create();
    const work = standardWork(ops, name, tiny);
    const held = ops.liveBuffers;
    for (let run = 0; run < 3; run++) {
      const values = await work.run();
      expect(values.every(Number.isFinite)).toBe(true);
      expect(values.some((value) => value !== 0)).toBe(true);
      expect(ops.liveBuffers).toBe(held);
    }
    work.dispose();
    expect(ops.liveBuffers).toBe(0);
    await ops.dispose();
  });

  test.each(training)('a step of %s changes every weight', async (name) => {
    const ops = await create();
    const work = standardWork(ops, name, tiny);
    const read = async (): Promise<Record<string, Float64Array>> => {
      const entries = Object.entries(work.state.weights).map(async ([key, value]) => [key, await ops.read(value)]);
      return Object.fromEntries(await Promise.all(entries));
    };
    let before = await read();
    expect(Object.keys(before)).toHaveLength(6);
    for (let step = 0; step < 2; step++) {
      await work.run();
      const after = await read();
      for (const [key, values] of Object.entries(after)) expect(values, key).not.toEqual(before[key]);
      before = after;
    }
    work.dispose();
    await ops.dispose();
  });
});

test('W1 hands on all states, [T,B,H]', async () => {
  const work = standardWork(await createEngine('reference'), 'W1', tiny);
  const { time, batch, hiddenSize } = tiny;
  expect((await work.run()).length).toBe(time * batch * hiddenSize);
});

test.each(['W2', 'W3'] as const)('masks of %s are fixed over time, and fresh at each step', async (name) => {
  const ops = await createEngine('reference');
  const upload = vi.spyOn(ops, 'uploadFactors');
  const work = standardWork(ops, name, tiny);
  await work.run();
  await work.run();
  const [one, other] = upload.mock.calls.map(([factors]) => factors as Readonly<Record<string, Factor>>);
  expect(upload).toHaveBeenCalledTimes(2);
  for (const site of ['input', 'recurrent']) {
    const [mask, next] = [one?.[site] as Factor, other?.[site] as Factor];
    expect(mask.strides.time).toBe(0);
    expect(mask.strides.row).toBeGreaterThan(0);
    expect(mask.scale).toBeCloseTo(1 / 0.75, 12);
    expect([...mask.values]).not.toEqual([...next.values]);
    expect(mask.values.length).toBe(tiny.batch * (site === 'input' ? tiny.inputSize : tiny.hiddenSize));
  }
});

test.each(['W1', 'W4'] as const)('%s drops nothing', async (name) => {
  const ops = await createEngine('reference');
  const upload = vi.spyOn(ops, 'uploadFactors');
  await standardWork(ops, name, tiny).run();
  expect(upload.mock.calls).toEqual([[{}]]);
});

test.each(training)('a step of %s leaves no part of its update to an engine that computes late', async (name) => {
  const ops = await createEngine('gpu', { mode: 'webasm' });
  const work = standardWork(ops, name, tiny);
  await work.run();
  const changed = [...Object.values(work.state.weights), ...Object.values(work.state.slots)];
  expect(changed).toHaveLength(18);
  for (const handle of changed) expect(GpuHandle.bufferOf(handle).state.kind).toMatch(/^(host|resident)$/);
  await ops.dispose();
});

test('a work is the same on every engine: the losses of some steps agree', async () => {
  const losses = await Promise.all(
    engines.map(async ({ create }) => {
      const ops = await create();
      const work = standardWork(ops, 'W2', tiny);
      const found: number[] = [];
      for (let step = 0; step < 3; step++) found.push((await work.run())[0] as number);
      await ops.dispose();
      return found;
    }),
  );
  for (const found of losses) {
    for (const [step, loss] of found.entries()) expect(loss).toBeCloseTo(losses[0]?.[step] as number, 4);
  }
});

test('the guide lists the works and the sizes as they are', () => {
  const page = readFileSync(new URL('../../../docs/guide/command-line.md', import.meta.url), 'utf8');
  const rows = [
    ...Object.entries(WORK_TEXTS),
    ...Object.entries(SIZES).map(([name, size]) => [name, size.batch, size.time, size.inputSize, size.hiddenSize]),
  ];
  for (const row of rows) expect(page.replaceAll(/ +/g, ' ')).toContain(`| ${row.join(' | ')} |`);
});
