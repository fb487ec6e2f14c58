import { binaryCrossEntropy, createEngine, meanSquaredError, softmaxCrossEntropy } from 'keepgate';
import { describe, expect, test } from 'vitest';

const ops = await createEngine('reference');

async function binary(output: number[], target: number[]): Promise<{ loss: number; grad: number[] }> {
  const shape = [output.length, 1];
  const values = ops.upload(target, shape);
  const { loss, grad } = binaryCrossEntropy().evaluate(ops, ops.upload(output, shape), {
    values,
    rows: output.length,
    lengths: null,
  });
  return { loss: (await ops.read(loss))[0] as number, grad: [...(await ops.read(grad))] };
}

describe('binaryCrossEntropy', () => {
  test('is -log of the probability of what is true', async () => {
    const { loss } = await binary([0.4, -1.3], [1, 0]);
    const p = [1 / (1 + Math.exp(-0.4)), 1 / (1 + Math.exp(1.3))] as const;
    expect(loss).toBeCloseTo((-Math.log(p[0]) - Math.log(1 - p[1])) / 2, 14);
  });

  test('neither overflows nor takes the logarithm of 0, however sure the output is', async () => {
    const { loss, grad } = await binary([800, -800, 800, -800], [1, 0, 0, 1]);
    expect(loss).toBe(400);
    expect(grad).toEqual([0, 0, 0.25, -0.25]);
  });
});

test('softmaxCrossEntropy stays finite for outputs of any size, and leaves out rows without a target', async () => {
  const values = ops.uploadIndices([2, -1, 0], [3]);
  const output = ops.upload([1000, 0, -1000, 5, 6, 7, 0.5, 0.25, -0.5], [3, 3]);
  const { loss, grad } = softmaxCrossEntropy().evaluate(ops, output, { values, rows: 2, lengths: null });
  const rest = -Math.log(Math.exp(0.5) / (Math.exp(0.5) + Math.exp(0.25) + Math.exp(-0.5)));
  expect((await ops.read(loss))[0]).toBeCloseTo((2000 + rest) / 2, 10);
  expect([...(await ops.read(grad))].slice(3, 6)).toEqual([0, 0, 0]);
});

test('meanSquaredError averages over all values', async () => {
  const values = ops.upload([1, 0, 2, -1], [2, 2]);
  const { loss } = meanSquaredError().evaluate(ops, ops.upload([0.5, 0.25, 2, 1], [2, 2]), {
    values,
    rows: 2,
    lengths: null,
  });
  expect((await ops.read(loss))[0]).toBe((0.25 + 0.0625 + 0 + 4) / 4);
});
