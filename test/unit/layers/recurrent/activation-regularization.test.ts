import {
  type ActivationRegularization,
  bidirectional,
  DivergedError,
  dense,
  type GruLayerOptions,
  gru,
  key,
  lockedDropout,
  lstm,
  meanSquaredError,
  OptionError,
  type Scheme,
  sequential,
  sgd,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../../helpers/refusals.ts';
import { runLayer, weightsOf } from '../run-layer.ts';

const SEQUENCES = [
  [
    [0.3, -1.2],
    [0.8, 0.1],
    [-0.4, 0.9],
    [1.5, -0.6],
  ],
  [[1.1, 0.2]],
  [],
  [
    [-0.7, 0.5],
    [0.2, -0.3],
    [0.9, 1.4],
  ],
];
const UNITS = 3;
const LENGTHS = SEQUENCES.map(({ length }) => length);

/** The steps [t][unit] of each sample, over its valid part. */
function valid(y: readonly (readonly (readonly number[])[])[]): number[][][] {
  return LENGTHS.map((length, b) => Array.from({ length }, (_, t) => [...(y[t]?.[b] ?? [])]));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const options = (dropout: Scheme, more: Partial<GruLayerOptions> = {}): GruLayerOptions => ({
  units: UNITS,
  returnSequences: true,
  dropout,
  ...more,
});

describe.each([
  { name: 'lstm', layer: (given: GruLayerOptions) => lstm(given) },
  { name: 'gru', layer: (given: GruLayerOptions) => gru(given) },
  { name: 'bidirectional gru', layer: (given: GruLayerOptions) => bidirectional(gru(given)) },
])('$name', ({ layer }) => {
  // Zoned as well, so that the carried h is not what the cell computed.
  const zones: Scheme = [{ site: 'zoneHidden', rate: 0.3, scope: 'step' }];

  test.each(['sequence', 'step'] as const)('ar and tar are means over valid steps, masks per %s', async (scope) => {
    const output: Scheme = [{ site: 'output', rate: 0.4, scope }];
    const trial = { weights: weightsOf(layer(options([])), 2), key: key(4) };
    const plain = await runLayer(layer(options([...zones, ...output])), SEQUENCES, trial);
    const costOf = async (activationRegularization: ActivationRegularization): Promise<number> => {
      const costly = layer(options([...zones, ...output], { activationRegularization }));
      const { y, penalties } = await runLayer(costly, SEQUENCES, trial);
      expect(y).toEqual(plain.y);
      return penalties.reduce((sum, cost) => sum + cost, 0);
    };
    const handed = valid(plain.y.toArray() as number[][][]);
    const ar = mean(handed.flat(2).map((value) => value ** 2));
    expect(await costOf({ ar: 2 })).toBeCloseTo(2 * ar, 12);

    // Before the output is dropped: the same masks at the other sites, and none there.
    const raw = valid((await runLayer(layer(options(zones)), SEQUENCES, trial)).y.toArray() as number[][][]);
    const changes = raw.flatMap((steps) =>
      steps.slice(1).flatMap((step, t) => step.map((value, k) => (value - (steps[t]?.[k] as number)) ** 2)),
    );
    expect(await costOf({ tar: 0.5 })).toBeCloseTo(0.5 * mean(changes), 12);
    expect(await costOf({ ar: 3, tar: 1 })).toBeCloseTo(3 * ar + mean(changes), 12);
  });

  test('a batch of single steps has no change', async () => {
    const trained = layer(options([], { activationRegularization: { tar: 1 } }));
    const { penalties } = await runLayer(trained, [[[0.5, 1]], [[-2, 0.25]]], { weights: weightsOf(trained, 2) });
    expect(penalties).toEqual([]);
  });
});

test('of a stack the last layer alone is regularised, and the lower one drops its output as ever', async () => {
  const stack = (ar?: number) =>
    lstm(options(lockedDropout({ output: 0.4 }), { layers: 2, ...(ar ? { activationRegularization: { ar } } : {}) }));
  const trial = { weights: weightsOf(stack(), 2), key: key(4) };
  const { y } = await runLayer(stack(), SEQUENCES, trial);
  const costly = await runLayer(stack(1), SEQUENCES, trial);
  expect(costly.y).toEqual(y);
  const squares = valid(y.toArray() as number[][][])
    .flat(2)
    .map((value) => value ** 2);
  expect(costly.penalties).toHaveLength(1);
  expect(costly.penalties[0]).toBeCloseTo(mean(squares), 12);
});

describe('in a model', () => {
  const examples = { x: SEQUENCES, y: [[1], [0.5], [0], [-1]] };
  const fit = { key: key(1), epochs: 1, batchSize: 4, loss: meanSquaredError() };
  const model = (ar?: number) =>
    sequential([lstm({ units: 3, ...(ar ? { activationRegularization: { ar } } : {}) }), dense({ units: 1 })]);

  test('the loss in the history is that of the data, and the cost makes activations smaller', async () => {
    const [plain, costly] = [model(), model(20)];
    const descent = { ...fit, optimizer: sgd({ learningRate: 0.3 }) };
    const first = await Promise.all([plain, costly].map((one) => one.fit(examples, descent)));
    expect(first[1]?.epochs[0]?.training).toEqual(first[0]?.epochs[0]?.training);

    await costly.fit(examples, { ...descent, epochs: 60 });
    await plain.fit(examples, { ...descent, epochs: 60 });
    const size = async (one: typeof plain): Promise<number> => {
      const own = Object.entries(await one.getWeights()).filter(([name]) => name.startsWith('0.'));
      const weights = Object.fromEntries(own.map(([name, value]) => [name.slice(2), value]));
      const { y } = await runLayer(lstm(options([])), SEQUENCES, { weights });
      return mean([...y.toFlat()].map((value) => value ** 2));
    };
    expect(await size(costly)).toBeLessThan(0.5 * (await size(plain)));
  });

  test('a cost that is not finite ends the training', async () => {
    const error = await model(1e60)
      .fit(examples, fit)
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(DivergedError);
    expect(error.message).toContain('step 1 gave a penalty of');
  });
});

test('what it refuses', async () => {
  const make = (activationRegularization: object) => () => lstm({ units: 2, activationRegularization });
  await expectRefusal(make({}), OptionError, 'lstm: activationRegularization', 'ar or tar above 0');
  await expectRefusal(make({ ar: -1 }), OptionError, 'ar', '-1 came');
  await expectRefusal(make({ alpha: 2 }), OptionError, 'alpha');
});
