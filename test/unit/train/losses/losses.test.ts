import {
  binaryCrossEntropy,
  createEngine,
  defineLoss,
  huber,
  KeepgateError,
  type Loss,
  meanAbsoluteError,
  meanSquaredError,
  OptionError,
  softmaxCrossEntropy,
  type Target,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectLoss } from '../../../../src/train/losses/loss.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

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

describe.each(['reference', 'simd', 'gpu'] as const)('losses of values, on %s', (name) => {
  /** The loss and its gradient of outputs against targets, over two steps of which the second sample has one. */
  async function valued(loss: Loss, output: number[], target: number[]): Promise<{ loss: number; grad: number[] }> {
    const engine = await createEngine(name);
    const found = loss.evaluate(engine, engine.upload(output, [4, 1]), {
      values: engine.upload(target, [4, 1]),
      rows: 3,
      lengths: engine.uploadIndices([2, 1], [2]),
    });
    const [[mean = Number.NaN], grad] = await Promise.all([engine.read(found.loss), engine.read(found.grad)]);
    await engine.dispose();
    return { loss: mean, grad: [...grad] };
  }

  test('meanAbsoluteError is the mean distance, and pulls equally from far and near, but not where there is none', async () => {
    const { loss, grad } = await valued(meanAbsoluteError(), [1, -2, 0.75, 9], [0.5, 7, 0.75, 1]);
    expect(loss).toBeCloseTo((0.5 + 9) / 3, 6);
    for (const [i, value] of [1 / 3, -1 / 3, 0, 0].entries()) expect(grad[i]).toBeCloseTo(value, 7);
  });

  test('huber is a square near by, and a line beyond delta, to which it is joined smoothly', async () => {
    const { loss, grad } = await valued(huber({ delta: 0.5 }), [0.25, -2, 1.5, 9], [0, 7, 1, 1]);
    expect(loss).toBeCloseTo((0.25 ** 2 / 2 + 0.5 * (9 - 0.25) + 0.5 ** 2 / 2) / 3, 6);
    for (const [i, value] of [0.25 / 3, -0.5 / 3, 0.5 / 3, 0].entries()) expect(grad[i]).toBeCloseTo(value, 7);
  });

  test('huber does not overflow, nor lose delta beside an error that is far larger', async () => {
    const { loss, grad } = await valued(huber({ delta: 2 }), [1e30, -1e12, 0, 0], [0, 0, 0, 0]);
    expect(loss / 1e30).toBeCloseTo(2 / 3, 6);
    expect(grad[0]).toBeCloseTo(2 / 3, 6);
    expect(grad[1]).toBeCloseTo(-2 / 3, 6);
  });
});

test('huber is told a delta above 0, and is written down with it', async () => {
  expect(huber().config).toEqual({ type: 'huber', delta: 1 });
  expect(huber({ delta: 3 }).config).toEqual({ type: 'huber', delta: 3 });
  for (const delta of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1', null])
    await expectRefusal(
      () => huber({ delta: delta as never }),
      OptionError,
      'huber: a number above 0 was expected as delta',
    );
  await expectRefusal(() => huber({ deltas: 1 } as never), OptionError, 'did you mean delta?');
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

test('what a loss is, by its link and its targets', () => {
  const of = ({ config, link, target }: Loss): unknown[] => [config, link, target];
  expect(of(softmaxCrossEntropy())).toEqual([{ type: 'softmaxCrossEntropy' }, 'softmax', 'class']);
  expect(of(binaryCrossEntropy())).toEqual([{ type: 'binaryCrossEntropy' }, 'sigmoid', 'values']);
  expect(of(meanSquaredError())).toEqual([{ type: 'meanSquaredError' }, 'linear', 'values']);
});

test.each<[string, () => Loss, readonly number[]]>([
  ['softmaxCrossEntropy', softmaxCrossEntropy, [1, 0, -1, 2]],
  ['binaryCrossEntropy', binaryCrossEntropy, [0, 1, 1, 0, 0.25, 0, 1, 1, 0.5, 0, 0, 1]],
  ['meanSquaredError', meanSquaredError, [0.3, -1, 2, 0, 0.25, 4, 1, -1, 0.5, 0, -3, 1]],
])('the gradient of %s equals central differences, of rows that have a target', async (_, make, values) => {
  const output = Array.from({ length: 12 }, (_, i) => Math.sin(1.3 * i) * 2);
  const isClass = values.length === 4;
  // Two steps of two samples; the second has one, so that the last row has no target.
  const target: Target = {
    values: isClass ? ops.uploadIndices([...values.slice(0, 3), -1], [4]) : ops.upload(values, [2, 2, 3]),
    rows: isClass ? 2 : 3,
    lengths: isClass ? null : ops.uploadIndices([2, 1], [2]),
  };
  const shape = isClass ? [4, 3] : [2, 2, 3];
  const at = (numbers: readonly number[]) => make().evaluate(ops, ops.upload(numbers, shape), target);
  const total = async (numbers: readonly number[]): Promise<number> => (await ops.read(at(numbers).loss))[0] as number;
  const grad = await ops.read(at(output).grad);
  for (const [i, value] of output.entries()) {
    const numeric = ((await total(output.with(i, value + 1e-5))) - (await total(output.with(i, value - 1e-5)))) / 2e-5;
    expect(grad[i]).toBeCloseTo(numeric, 8);
  }
  expect([...grad].slice(9).every((value) => value === 0)).toBe(true);
});

describe('what is no loss, and nothing that one can be taken of', () => {
  test('a loss has all parts', async () => {
    const fine = softmaxCrossEntropy();
    expectLoss('test', fine);
    for (const change of [
      { evaluate: 1 },
      { link: 'tanh' },
      { link: undefined },
      { target: 'values_' },
      { target: null },
      { config: {} },
      { config: null },
    ])
      await expectRefusal(() => expectLoss('test', { ...fine, ...change }), OptionError, 'test: a loss was expected');
    for (const none of [null, 5, 'mse', softmaxCrossEntropy, []])
      await expectRefusal(() => expectLoss('test', none), OptionError, 'test: a loss was expected');
  });

  const seen: unknown[] = [];
  const own = defineLoss<[]>({
    type: 'own',
    make: () => ({
      config: {},
      link: 'linear',
      target: 'values',
      evaluate(_, output, target) {
        seen.push(target);
        return { loss: output, grad: output };
      },
    }),
  });

  test('it is handed what it needs, and no more', async () => {
    const output = ops.zeros([2, 1]);
    const target: Target = { values: output, rows: 2, lengths: null, counts: null, weights: null };
    const loss = own();
    expect(loss.evaluate(ops, output, target)).toEqual({ loss: output, grad: output });
    const lengths = ops.uploadIndices([1, 1], [2]);
    loss.evaluate(ops, output, { ...target, lengths });
    expect(seen).toEqual([target, { ...target, lengths }]);
    const calls: readonly (readonly [() => unknown, string])[] = [
      [() => loss.evaluate(ops, output, { ...target, weights: { shares: 1 } as never }), 'the shares of the target'],
      [() => loss.evaluate(null as never, output, target), 'own'],
      [() => loss.evaluate(ops, null as never, target), 'output'],
      [() => loss.evaluate(ops, [1] as never, target), 'output'],
      [() => loss.evaluate(ops, output, null as never), 'target'],
      [() => loss.evaluate(ops, output, { ...target, values: [1] as never }), 'the values of the target'],
      [() => loss.evaluate(ops, output, { ...target, rows: '2' as never }), 'the rows of the target'],
      [() => loss.evaluate(ops, output, { ...target, rows: -1 }), 'the rows of the target'],
      [() => loss.evaluate(ops, output, { ...target, lengths: [1, 1] as never }), 'the lengths of the target'],
      [() => loss.evaluate(ops, output, { ...target, counts: [1, 1] as never }), 'the counts of the target'],
      [() => loss.evaluate(ops, output, { ...target, steps: 1 } as never), '"steps" is not'],
    ];
    for (const [act, message] of calls) await expectRefusal(act, KeepgateError, 'own', message);
    expect(seen).toHaveLength(2);
  });
});
