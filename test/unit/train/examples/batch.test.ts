import { createEngine, type Handle } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { sequence, vector } from '../../../../src/layers/signature.ts';
import { uploadBatch } from '../../../../src/train/examples/batch.ts';
import { range } from '../../../helpers/tensors.ts';

describe.each(['reference', 'simd', 'gpu'] as const)('batches that are put together in the same memory, %s', (name) => {
  const engine = () => createEngine(name, name === 'simd' ? { threads: 1 } : name === 'gpu' ? { mode: 'cpu' } : {});

  test('stay apart on the engine, and padding is 0 where numbers of a longer one stood', async () => {
    const ops = await engine();
    const long = range(0, 3).map((b) => ({ steps: 4, values: Float32Array.from(range(0, 8), (i) => 1 + 10 * b + i) }));
    const short = [
      { steps: 1, values: Float32Array.of(-1, -2) },
      { steps: 2, values: [[-3, -4], Float64Array.of(-5, -6)] },
    ];
    const first = uploadBatch(ops, sequence(2), long).values as Handle;
    const second = uploadBatch(ops, sequence(2), short).values as Handle;
    const third = uploadBatch(ops, vector(2), [{ steps: 1, values: Float32Array.of(7, 8) }]).values as Handle;
    const expected = range(0, 4).flatMap((t) => range(0, 3).flatMap((b) => [1 + 10 * b + 2 * t, 2 + 10 * b + 2 * t]));
    expect([...(await ops.read(first))]).toEqual(expected);
    expect([...(await ops.read(second))]).toEqual([-1, -2, -3, -4, 0, 0, -5, -6]);
    expect([...(await ops.read(third))]).toEqual([7, 8]);
    await ops.dispose();
  });
});
