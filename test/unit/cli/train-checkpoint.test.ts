import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AbortError, DivergedError, dense, key, ModelError, meanSquaredError, OptionError, sequential } from 'keepgate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TrainCheckpoint } from '../../../src/cli/actions/train-checkpoint.ts';
import { Interrupted } from '../../../src/cli/interrupt.ts';
import type { Output } from '../../../src/cli/output.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

let root: string;
let out: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keepgate-train-checkpoint-'));
  out = join(root, 'model');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const silent = { warn: () => {} } as unknown as Output;
const told = { resume: false, epochs: 9, units: 8, batchSize: 2, dropout: 'none', threads: 1 };
const open = (more: object = {}): Promise<TrainCheckpoint> => TrainCheckpoint.open(out, { ...told, ...more });

/** A training of two epochs of two steps with a checkpoint. */
async function trained(): Promise<TrainCheckpoint> {
  const checkpoint = await open();
  expect(checkpoint.from('texts')).toBe(null);
  const model = sequential([dense({ units: 1 })], { engine: 'reference' });
  const options = {
    key: key(1),
    epochs: 2,
    batchSize: 1,
    loss: meanSquaredError(),
    callbacks: checkpoint.callbacks(silent),
  };
  await model.fit({ x: [[1], [2]], y: [[1], [3]] }, options);
  await model.dispose();
  return checkpoint;
}

test('goes on with the same options and texts, and with other epochs and threads', async () => {
  await trained();
  const again = await open({ resume: true, epochs: 12, threads: 2 });
  expect(again.from('texts')?.updates).toBe(4);
  await expectRefusal(() => again.from('others'), ModelError, '--resume: the texts were expected');
  for (const [name, value, flag] of [
    ['units', 9, '--units 8 was expected, as the training began with it, but 9 came'],
    ['batchSize', 3, '--batch-size 2 was expected'],
    ['dropout', undefined, '--dropout "none" was expected, as the training began with it, but none came'],
    ['patience', 3, '--patience left out was expected, as the training began with it, but 3 came'],
  ] as const) {
    const act = () => open({ resume: true, [name]: value });
    await expectRefusal(act, OptionError, flag, 'give the same command');
  }
});

test('is not written over by a training that begins, and is gone when one has ended', async () => {
  const checkpoint = await trained();
  await expectRefusal(() => open(), OptionError, 'add --resume to go on from it, or remove');
  expect(await readdir(out)).toEqual(['.keepgate-checkpoint']);
  expect(await checkpoint.remove()).toEqual([]);
  expect(existsSync(join(out, '.keepgate-checkpoint'))).toBe(false);
  await open();
});

test('says how to go on after Ctrl-C, and how to have what there was before a divergence', async () => {
  const none = await open();
  const [abort, diverged] = [new AbortError('stopped', null), new DivergedError('no number', 5)];
  for (const error of [abort, diverged]) expect(await none.explained(error)).toBe(error);
  const checkpoint = await trained();
  expect(await checkpoint.explained(abort)).toBeInstanceOf(Interrupted);
  expect(String(await checkpoint.explained(abort))).toContain('up to step 4: the same command with --resume goes on');
  expect(await checkpoint.explained(diverged)).toEqual(
    new DivergedError('no number; the same command with --resume and --epochs 2 saves what there was after epoch 2', 5),
  );
  const other = new Error('other');
  expect(await checkpoint.explained(other)).toBe(other);
});

test('of another program is not taken', async () => {
  const model = sequential([dense({ units: 1 })], { engine: 'reference' });
  const { checkpoint } = await import('keepgate');
  const callbacks = [checkpoint({ dir: join(out, '.keepgate-checkpoint') })];
  await model.fit({ x: [[1]], y: [[1]] }, { key: key(1), epochs: 1, loss: meanSquaredError(), callbacks });
  await expectRefusal(() => open({ resume: true }), ModelError, 'a checkpoint of this command');
});
