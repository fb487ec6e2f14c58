import { readFileSync } from 'node:fs';
import { type Batch, type Config, type Handle, none, onePerSample, type TensorLike, tensor } from 'keepgate';
import { expect, test } from 'vitest';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { restoreLayer } from '../../../src/layers/restore.ts';
import { sequence, vector } from '../../../src/layers/signature.ts';
import { uploadBatch } from '../../../src/train/examples/batch.ts';
import { sizeOf } from '../../../src/tensor/tensor.ts';

/** A case of test/golden/layers.py: samples that stand alone, each with an output of its own. */
interface Case {
  readonly config: Config;
  readonly training: boolean;
  readonly over: 'time' | 'batch';
  readonly weights: Readonly<Record<string, TensorLike>>;
  readonly x: readonly TensorLike[];
  readonly y: readonly TensorLike[];
  readonly probe: readonly TensorLike[];
  readonly grads: { readonly x: readonly TensorLike[]; readonly weights: Readonly<Record<string, TensorLike>> };
  readonly statistics: Readonly<Record<string, TensorLike>>;
}

const CASES = JSON.parse(readFileSync(new URL('../../golden/layers.json', import.meta.url), 'utf8')) as readonly Case[];

/** The numbers of each sample, row by row, of [B,N] or [T,B,N]. */
function bySample(numbers: ArrayLike<number>, { batch, validSteps }: Batch, size: number): number[][] {
  return Array.from({ length: batch }, (_, b) =>
    Array.from({ length: (validSteps[b] as number) * size }, (_, i) => {
      const t = Math.floor(i / size);
      return numbers[(t * batch + b) * size + (i % size)] as number;
    }),
  );
}

/** The opposite: padding has zeros. */
function together(samples: readonly TensorLike[], { batch, time }: Batch, size: number): Float64Array {
  const out = new Float64Array(time * batch * size);
  for (const [b, sample] of samples.entries()) {
    for (const [i, value] of tensor(sample).toFlat().entries())
      out[(Math.floor(i / size) * batch + b) * size + (i % size)] = value;
  }
  return out;
}

function expectNear(found: ArrayLike<number>, wanted: TensorLike, what: string): void {
  const values = sizeOf(tensor(wanted).shape) === 0 ? [] : [...tensor(wanted).toFlat()];
  expect(found.length, what).toBe(values.length);
  for (const [i, value] of values.entries()) {
    expect(Math.abs((found[i] as number) - value), `${what}[${i}]: ${found[i]}, not ${value}`).toBeLessThan(
      1e-9 * Math.max(1, Math.abs(value)),
    );
  }
}

test.each(CASES.map((one) => ({ ...one, title: `${JSON.stringify(one.config)}, ${one.over}, ${one.training}` })))(
  'values and gradients are those of PyTorch within 1e-9: $title',
  async ({ config, training, over, weights, x: samples, y, probe, grads, statistics }) => {
    const layer = restoreLayer(config);
    const ops = createReferenceEngine();
    const first = tensor(samples[0] as TensorLike);
    const size = over === 'time' ? (first.shape.at(-1) as number) : sizeOf(first.shape);
    const input = over === 'time' ? sequence(size) : vector(...first.shape);
    const specs = layer.weights({ x: input });
    const handles = Object.fromEntries(
      Object.entries(specs).map(([name, { shape }]) => {
        const given = tensor(weights[name] as TensorLike);
        expect(given.shape, name).toEqual(shape);
        return [name, ops.upload(given.toFlat(), shape)];
      }),
    );
    const steps = samples.map((sample) => {
      const values = tensor(sample).toFlat();
      return { steps: over === 'time' ? values.length / size : 1, values };
    });
    // What a model is given are rows; images come of them.
    const rows = uploadBatch(ops, over === 'time' ? input : vector(size), steps);
    const x = over === 'time' ? rows : onePerSample(rows.batch, ops.reshape(rows.values, [rows.batch, ...first.shape]));
    const { over: overOut, shape } = layer.outputs({ x: input }).y as { over: string; shape: readonly number[] };
    const run = layer.run({ ops, training, learned: {}, plan: () => none() }, handles, { x });
    const out = run.outputs.y as Batch;
    const width = sizeOf(shape);
    expect(out.values.shape).toEqual(overOut === 'time' ? [out.time, out.batch, ...shape] : [out.batch, ...shape]);
    for (const [b, found] of bySample(await ops.read(out.values), out, width).entries())
      expectNear(found, y[b] as TensorLike, `y of sample ${b}`);

    const { weights: byWeight, inputs } = run.backward({
      y: ops.upload(together(probe, out, width), out.values.shape),
    });
    const dx = await ops.read((inputs.x as () => Handle)());
    for (const [b, found] of bySample(dx, x, size).entries())
      expectNear(found, grads.x[b] as TensorLike, `dx of sample ${b}`);
    for (const [name, handle] of Object.entries(byWeight))
      expectNear(await ops.read(handle as Handle), grads.weights[name] as TensorLike, name);
    const found = run.statistics?.() ?? {};
    expect(Object.keys(found).sort()).toEqual(Object.keys(statistics).sort());
    for (const [name, handle] of Object.entries(found))
      expectNear(await ops.read(handle as Handle), statistics[name] as TensorLike, name);
    // Nothing comes back at padding, where nothing went in.
    const valid = together(grads.x, x, size).map((value) => (value === 0 ? 0 : 1));
    expect(dx.every((value, i) => value === 0 || valid[i] === 1)).toBe(true);
  },
);
