import {
  dense,
  dropout,
  embedding,
  type FitOptions,
  key,
  type Layer,
  lstm,
  type Mask,
  meanSquaredError,
  OptionError,
  sequential,
  sgd,
  variational,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import { fraternalObjective, objectiveOf } from '../../../../src/train/losses/objective.ts';
import { expectSameBits } from '../../../helpers/numeric.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const x = Array.from({ length: 6 }, (_, i) => [
  [0.2 * i, 1],
  [1 - 0.3 * i, 0.5],
]);
const y = x.map((_, i) => [i % 2]);
const options: FitOptions = {
  key: key(2),
  epochs: 2,
  batchSize: 2,
  loss: meanSquaredError(),
  optimizer: sgd({ learningRate: 0.1 }),
};

describe('fraternal dropout', () => {
  test('draws the masks of one pass as without it, and those of the other anew', async () => {
    const drawnBy = async (more: Partial<FitOptions>): Promise<(readonly number[])[]> => {
      const drawn: (readonly number[])[] = [];
      const inner = dropout({ rate: 0.4 });
      const watching: Layer = {
        ...inner,
        run: (context, weights, input) => {
          const plan: typeof context.plan = (...asked) => {
            const made = context.plan(...asked);
            drawn.push([...(made.masks.output as Mask).values]);
            return made;
          };
          return inner.run({ ...context, plan }, weights, input);
        },
      };
      await sequential([watching, lstm({ units: 2 }), dense({ units: 1 })]).fit({ x, y }, { ...options, ...more });
      return drawn;
    };
    const [alone, pairs] = [await drawnBy({}), await drawnBy({ fraternal: {} })];
    expect(pairs.filter((_, i) => i % 2 === 0)).toEqual(alone);
    expect(pairs).toHaveLength(2 * alone.length);
    expect(pairs.filter((_, i) => i % 2 === 1)).not.toEqual(alone);
  });

  test('changes no bit where nothing is dropped: both passes agree', async () => {
    const build = () => sequential([lstm({ units: 3 }), dense({ units: 1 })]);
    const [alone, pair] = [build(), build()];
    const histories = [
      await alone.fit({ x, y }, options),
      await pair.fit({ x, y }, { ...options, fraternal: { kappa: 3 } }),
    ];
    expectSameBits(await pair.getWeights(), await alone.getWeights());
    expect(histories[1]?.epochs).toEqual(histories[0]?.epochs);
  });

  test('warns where nothing is dropped', async () => {
    const warnings = async (layer: Layer, more: Partial<FitOptions>): Promise<readonly string[]> =>
      (await sequential([layer, dense({ units: 1 })]).fit({ x, y }, { ...options, epochs: 1, ...more })).warnings;
    const idle = 'fraternal: no layer drops anything, so both passes are the same and take twice the time';
    expect(await warnings(lstm({ units: 3 }), { fraternal: {} })).toEqual([idle]);
    expect(await warnings(lstm({ units: 3 }), {})).toEqual([]);
    expect(await warnings(lstm({ units: 3, dropout: variational({ input: 0.4 }) }), { fraternal: {} })).toEqual([]);
  });

  test('makes the passes agree, the more so the larger kappa is', async () => {
    const disagreement = async (kappa: number): Promise<number> => {
      const model = sequential([lstm({ units: 6, dropout: variational({ input: 0.4 }) }), dense({ units: 1 })]);
      await model.fit({ x, y }, { ...options, epochs: 40, fraternal: { kappa } });
      const found = await model.predictMC(x, { passes: 20, key: key(7) });
      return found.reduce((sum, { variance }) => sum + (variance[0] as number), 0);
    };
    const [none, much] = [await disagreement(0), await disagreement(8)];
    expect(much).toBeLessThan(0.5 * none);
  });

  test('refuses a kappa below 0, and options that it does not have', async () => {
    const refused = (fraternal: object) => () =>
      sequential([dense({ units: 1 })]).fit({ x: [[1]], y: [1] }, { ...options, fraternal });
    await expectRefusal(refused({ kappa: -1 }), OptionError, 'fit: fraternal', 'kappa', '-1 came');
    await expectRefusal(refused({ weight: 1 }), OptionError, 'fit: fraternal', 'weight');
    for (const value of [true, 0.5, null]) {
      const act = refused(value as unknown as object);
      await expectRefusal(act, OptionError, 'fit: fraternal: an object of options', `${value} came`);
    }
  });
});

test('the disagreement is the mean over all outputs that have a target', async () => {
  const ops = createReferenceEngine();
  // T = 2, B = 2, two outputs; the second sample has one step.
  const lengths = ops.uploadIndices([2, 1], [2]);
  const pass = (values: readonly number[]) => {
    const output = ops.upload(values, [2, 2, 2]);
    const y = { values: output, batch: 2, time: 2, lengths, validSteps: Int32Array.of(2, 1) };
    return {
      outputs: { y },
      flows: { x: y },
      statistics: () => ({}),
      state: () => ({}),
      penalties: [() => ops.upload([values[0] as number], [1])],
      backward: ({ y: dy }: Readonly<Record<string, typeof output>>) => ({ dy: dy as typeof output }),
    };
  };
  const [first, second] = [pass([1, 2, 3, 4, 5, 6, 99, -99]), pass([1.5, 2, 2, 4, 5, 8, 0, 0])];
  const target = { values: ops.upload([1, 1, 2, 2, 3, 3, 0, 0], [2, 2, 2]), rows: 3, lengths };
  const heads = [{ name: 'y', loss: meanSquaredError(), weight: 1, target }];
  const kappa = 0.3;
  const found = fraternalObjective(ops, [first, second], heads, kappa);
  const [one, other] = [objectiveOf(ops, first, heads), objectiveOf(ops, second, heads)];
  const read = async (handle: Parameters<typeof ops.read>[0]): Promise<number[]> => [...(await ops.read(handle))];
  const lossOf = async ({ losses }: typeof found): Promise<number[]> => read(losses[0] as (typeof losses)[number]);
  const [l1, l2] = [await lossOf(one), await lossOf(other)];
  expect(await lossOf(found)).toEqual([((l1[0] as number) + (l2[0] as number)) / 2]);
  const penalties = await Promise.all(found.penalties.map(read));
  // (0.5² + 1² + 2²) / 6, and the mean of the layers' own.
  expect(penalties.flat()).toEqual([expect.closeTo((kappa * 5.25) / 6, 14), 1.25]);
  const gradOf = async ({ grads }: typeof found): Promise<number[]> => read(grads.dy as typeof first.outputs.y.values);
  const [d, d1, d2] = [await gradOf(found), await gradOf(one), await gradOf(other)];
  // The disagreement pulls both outputs as much, to where they meet: the mean of both gradients has none of it.
  expect(d).toEqual(d1.map((value, i) => expect.closeTo((value + (d2[i] as number)) / 2, 14)));
});

test('works with what an embedding drops', async () => {
  const layers = [
    embedding({ vocabulary: 6, units: 3, unknown: 1, dropout: [{ site: 'unknown', rate: 0.3 }] }),
    dense({ units: 1 }),
  ];
  const texts = [[2, 3, 4], [5, 2], [3]];
  const values = texts.map((text) => text.map((id) => [id / 5]));
  const { epochs } = await sequential(layers).fit({ x: texts, y: values }, { ...options, epochs: 3, fraternal: {} });
  expect(epochs.every(({ training }) => Number.isFinite(training.loss))).toBe(true);
});
