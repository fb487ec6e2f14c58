import {
  binaryCrossEntropy,
  DataError,
  dense,
  dropout,
  embedding,
  huber,
  key,
  type Loss,
  lstm,
  meanAbsoluteError,
  meanSquaredError,
  OptionError,
  sequential,
  softmaxCrossEntropy,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../../helpers/refusals.ts';

const near = (a: readonly number[], b: readonly number[]) => {
  expect(a).toHaveLength(b.length);
  for (const [i, value] of a.entries()) expect(value).toBeCloseTo(b[i] as number, 12);
};

/** The losses of two epochs on one sequence, and the weights after them. */
async function trained(loss: Loss, units: number, y: readonly unknown[], more: object, options: object) {
  const layers = [
    embedding({ vocabulary: 5, units: 3 }),
    lstm({ units: 9, returnSequences: true }),
    dropout({ rate: 0.4 }),
    dense({ units }),
  ];
  const model = sequential(layers, { engine: 'reference' });
  const told = { key: key(2), epochs: 2, loss, ...options };
  const { epochs } = await model.fit({ x: [[1, 2, 3]], y: [y], ...more } as never, told);
  const after = Object.values(await model.getWeights()).flatMap((tensor) => [...tensor.data]);
  await model.dispose();
  return [...epochs.map(({ training }) => training.loss), ...after];
}

const LOSSES: readonly (readonly [string, Loss, Loss, unknown, readonly unknown[]])[] = [
  ['classes', softmaxCrossEntropy({ ignoreIndex: 9 }), softmaxCrossEntropy(), 9, [0, 1]],
  [
    'squares',
    meanSquaredError({ ignoreNaN: true }),
    meanSquaredError(),
    [Number.NaN, Number.NaN],
    [
      [1, -0.5],
      [0.25, 2],
    ],
  ],
  [
    'distances',
    meanAbsoluteError({ ignoreNaN: true }),
    meanAbsoluteError(),
    [Number.NaN, Number.NaN],
    [
      [1, -0.5],
      [0.25, 2],
    ],
  ],
  ['huber', huber({ delta: 0.3, ignoreNaN: true }), huber({ delta: 0.3 }), Number.NaN, [0.2, -3]],
  ['yes and no', binaryCrossEntropy({ ignoreNaN: true }), binaryCrossEntropy(), Number.NaN, [1, 0]],
  [
    'smoothed yes and no',
    binaryCrossEntropy({ ignoreNaN: true, labelSmoothing: 0.2 }),
    binaryCrossEntropy({ labelSmoothing: 0.2 }),
    Number.NaN,
    [1, 0],
  ],
];

// Steps do not know of those behind them, so that a last step which is ignored is as if it were not there.
describe.each(LOSSES)('ignored targets of %s are as steps that are not there', (_, ignoring, plain, none, [a, b]) => {
  const units = Array.isArray(a) ? a.length : plain.target === 'class' ? 4 : 1;
  test.each<[string, object, object]>([
    ['alone', {}, {}],
    ['in both passes of fraternal dropout', {}, { fraternal: { kappa: 2 } }],
    ['with weights of samples', { sampleWeight: [3] }, {}],
  ])('%s', async (_, more, options) => {
    const cut = await trained(plain, units, [a, b, a], { lengths: [2], ...more }, options);
    near(await trained(ignoring, units, [a, b, none], more, options), cut);
    // With a target at the last step, or with passes that may disagree as they like, it comes to something else.
    expect((await trained(plain, units, [a, b, a], more, options))[0]).not.toBeCloseTo(cut[0] as number, 3);
    if ('fraternal' in options) expect(await trained(plain, units, [a, b, a], { lengths: [2] }, {})).not.toEqual(cut);
  });
});

describe('metrics leave them out', () => {
  const x = [[0.5], [-1], [2], [0.25]];
  test.each<[string, Loss, readonly number[], readonly string[]]>([
    ['values', meanSquaredError({ ignoreNaN: true }), [1, Number.NaN, 3, -1], ['r2', 'root-mean-squared-error']],
    ['yes and no', binaryCrossEntropy({ ignoreNaN: true }), [1, Number.NaN, 0, 1], ['accuracy', 'f1', 'auc']],
  ])('of %s', async (_, loss, y, metrics) => {
    const model = sequential([dense({ units: 1 })], { engine: 'reference' });
    const weights = { '0.weight': [[1.5]], '0.bias': [-0.5] };
    await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss });
    const kept = { x: x.filter((_, i) => i !== 1), y: y.filter((_, i) => i !== 1) };
    const scores = await model.evaluate({ x, y }, { metrics });
    expect(scores).toEqual(await model.evaluate(kept, { metrics }));
    expect(Object.values(scores).every(Number.isFinite)).toBe(true);
    await model.dispose();
  });
});

test('they are saved with the loss, and nothing is said of none', () => {
  const classes = softmaxCrossEntropy({ ignoreIndex: -100, labelSmoothing: 0.1 });
  expect(classes.config).toEqual({ type: 'softmaxCrossEntropy', ignoreIndex: -100, labelSmoothing: 0.1 });
  expect(softmaxCrossEntropy().config).toEqual({ type: 'softmaxCrossEntropy' });
  expect(huber({ ignoreNaN: true }).config).toEqual({ type: 'huber', delta: 1, ignoreNaN: true });
  expect(binaryCrossEntropy({ labelSmoothing: 0.1, ignoreNaN: false }).config).toEqual({
    type: 'binaryCrossEntropy',
    labelSmoothing: 0.1,
  });
});

test.each<[string, Loss, unknown, typeof DataError, string]>([
  ['NaN where it counts', meanSquaredError(), [[1, Number.NaN]], DataError, 'a finite number was expected'],
  ['a part of a target', meanSquaredError({ ignoreNaN: true }), [[1, Number.NaN]], DataError, 'all NaN, or none'],
  ['the other part', huber({ ignoreNaN: true }), [[Number.NaN, 1]], DataError, 'all NaN, or none'],
  [
    'all of them',
    meanAbsoluteError({ ignoreNaN: true }),
    [[Number.NaN, Number.NaN]],
    DataError,
    'all are NaN, which the loss ignores',
  ],
])('%s is refused', async (_, loss, y, type, message) => {
  const model = sequential([dense({ units: 2 })], { engine: 'reference' });
  const act = () => model.fit({ x: [[1]], y } as never, { key: key(1), epochs: 1, loss });
  await expectRefusal(act, type, message);
  expect(model.updates).toBe(0);
});

test('whether NaN is ignored is yes or no', async () => {
  for (const make of [meanSquaredError, meanAbsoluteError, huber, binaryCrossEntropy])
    await expectRefusal(() => make({ ignoreNaN: 1 } as never), OptionError, 'ignoreNaN');
});
