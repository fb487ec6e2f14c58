import {
  dense,
  fold,
  highway,
  type Key,
  key,
  type Layer,
  lstm,
  mean,
  meanSquaredError,
  OptionError,
  type Plan,
  RateError,
  recurrent,
  residual,
  sample,
  sequential,
  sharedAcrossLayers,
  Tensor,
  variational,
  zoneout,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const [B, T, N] = [16, 5, 3];
const block = (options?: Parameters<typeof residual>[1]): Layer =>
  residual([dense({ units: N, activation: 'tanh' })], options);

/** Rows [T][B][N] that a layer hands on: under a key its masks are drawn, without one they are expected. */
async function handedOn(layer: Layer, drawn: Key | null): Promise<number[][][]> {
  const ops = createReferenceEngine();
  const specs = Object.entries(layer.weights({ x: { over: 'time', dtype: 'numbers', shape: [N] } }));
  const weights = Object.fromEntries(
    specs.map(([name, { init, shape }]) => [name, ops.upload(init(key(1)).toFlat(), shape)]),
  );
  const numbers = Array.from({ length: T * B * N }, (_, i) => Math.sin(i + 1));
  const x = {
    values: ops.upload(numbers, [T, B, N]),
    batch: B,
    time: T,
    lengths: null,
    validSteps: new Int32Array(B).fill(T),
  };
  const plan = (scheme: Parameters<typeof sample>[0], label: string, extents: Parameters<typeof sample>[2]): Plan =>
    drawn ? sample(scheme, fold(drawn, label), extents) : mean(scheme);
  const run = layer.run({ ops, training: drawn !== null, learned: {}, plan }, weights, { x });
  return new Tensor(await ops.read((run.outputs.y as typeof x).values), [T, B, N]).toArray() as number[][][];
}

const times = (a: number, by: number[][][]): number[][][] => by.map((rows) => rows.map((row) => row.map((v) => a * v)));
const sum = (a: number[][][], b: number[][][]): number[][][] =>
  a.map((rows, t) => rows.map((row, i) => row.map((v, n) => v + (b[t]?.[i]?.[n] as number))));

describe('stochastic depth of a residual', () => {
  test.each(['literal', 'inverted'] as const)(
    'leaves the layers out of a sample at all steps, or none (%s)',
    async (scaling) => {
      const rate = 0.4;
      const whole = await handedOn(block(), null);
      const input = Array.from({ length: T }, (_, t) =>
        Array.from({ length: B }, (__, b) => Array.from({ length: N }, (___, n) => Math.sin((t * B + b) * N + n + 1))),
      );
      const f = sum(whole, times(-1, input));
      const kept = scaling === 'literal' ? whole : sum(input, times(1 / (1 - rate), f));
      const found = await handedOn(block({ stochasticDepth: rate, scaling }), key(7));
      const isLeftOut = Array.from({ length: B }, (_, b) => {
        const out = found.every((rows, t) => rows[b]?.every((v, n) => v === input[t]?.[b]?.[n]));
        const inside = found.every((rows, t) =>
          rows[b]?.every((v, n) => Math.abs(v - (kept[t]?.[b]?.[n] as number)) < 1e-12),
        );
        // One of the two, through all timesteps.
        expect([out, inside].sort()).toEqual([false, true]);
        return out;
      });
      expect(new Set(isLeftOut).size).toBe(2);

      // Its expectation is what evaluation hands on, and with inverted scaling that is the residual without it, to the bit.
      const evaluated = await handedOn(block({ stochasticDepth: rate, scaling }), null);
      const expected = sum(times(rate, input), times(1 - rate, kept));
      for (const [i, v] of evaluated.flat(2).entries()) expect(v).toBeCloseTo(expected.flat(2)[i] as number, 12);
      if (scaling === 'inverted') expect(evaluated).toEqual(whole);
    },
  );

  test('at rate 0 it is the residual, to the bit, in training too', async () => {
    expect(await handedOn(block({ stochasticDepth: 0 }), key(7))).toEqual(await handedOn(block(), key(7)));
  });

  test('is one decision for a batch where that is asked for', async () => {
    const decisions = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8].map(async (seed) => {
        const y = await handedOn(block({ stochasticDepth: 0.5, perBatch: true }), key(seed));
        const whole = await handedOn(block(), null);
        const kept = y[0]?.map((row, b) => row.join() === whole[0]?.[b]?.join());
        expect(new Set(kept).size).toBe(1);
        return kept?.[0];
      }),
    );
    expect(new Set(decisions).size).toBe(2);
  });

  test('grows with the depth of a stack, each block of which draws its own', async () => {
    const blocks = [1, 2, 3, 4].map((l) => block({ stochasticDepth: (0.5 * l) / 4 }));
    expect(blocks.map(({ scheme }) => scheme?.at(-1)?.rate)).toEqual([0.125, 0.25, 0.375, 0.5]);
    const masks: string[] = [];
    const model = sequential([block({ stochasticDepth: 0.5 }), block({ stochasticDepth: 0.5 })], {
      engine: 'reference',
    });
    const rows = Array.from({ length: B }, (_, b) => [[b, 1, -b]]);
    const onStep = ({ plans = [] }: { readonly plans?: readonly { readonly plan: Plan }[] }): void =>
      void masks.push(...plans.map(({ plan }) => [...(plan.masks.output?.values ?? [])].join('')));
    await model.fit(
      { x: rows, y: rows },
      { key: key(1), epochs: 1, loss: meanSquaredError(), callbacks: [{ onStep }] },
    );
    expect(masks.map((bits) => bits.length)).toEqual([B, B]);
    expect(new Set(masks).size).toBe(2);
    await model.dispose();
  });

  test('refuses what it cannot be', async () => {
    await expectRefusal(() => block({ stochasticDepth: 1 }), RateError, '[0, 1)', '1');
    await expectRefusal(() => block({ perBatch: true }), OptionError, 'a rate as stochasticDepth', 'perBatch');
    await expectRefusal(
      () => block({ stochasticDepth: 0.1, scaling: 'none' as never }),
      OptionError,
      'scaling',
      '"none"',
    );
    await expectRefusal(() => highway([dense({ units: N })], { gateBias: Number.NaN }), OptionError, 'gateBias', 'NaN');
  });
});

describe('a highway', () => {
  test('hands on x where its gate is shut, and f(x) where it is open', async () => {
    const f = [dense({ units: N, activation: 'tanh' })];
    const [shut, open] = [
      await handedOn(highway(f, { gateBias: -1000 }), null),
      await handedOn(highway(f, { gateBias: 1000 }), null),
    ];
    expect(shut.flat(2)).toEqual(Array.from({ length: T * B * N }, (_, i) => Math.sin(i + 1)));
    const residue = sum(await handedOn(residual(f), null), times(-1, shut));
    for (const [i, v] of open.flat(2).entries()) expect(v).toBeCloseTo(residue.flat(2)[i] as number, 12);
  });
});

describe('masks that the layers of a stack share', () => {
  const scheme = [...sharedAcrossLayers(variational({ input: 0.4, recurrent: 0.5 })), ...zoneout({ hidden: 0.3 })];

  test('are the same in each layer, fixed in time, other ones in each direction; others stay as they are', () => {
    const layer = recurrent({ cell: 'lstm', inputSize: 8, hiddenSize: 8, layers: 3, bidirectional: true });
    const sizes = { batch: 4, time: 6 };
    const plans = layer.sample(scheme, key(3), sizes);
    const values = (plan: Plan | undefined, site: 'recurrent' | 'zoneHidden' | 'input'): string =>
      String(plan?.masks[site]?.values);
    for (const way of [0, 1]) {
      const [first, ...others] = [0, 2, 4].map((lane) => plans[lane + way]);
      expect(first?.masks.recurrent?.strides.time).toBe(0);
      for (const other of others) {
        expect(values(other, 'recurrent')).toBe(values(first, 'recurrent'));
        expect(values(other, 'zoneHidden')).not.toBe(values(first, 'zoneHidden'));
      }
      // Rows that are wider begin with the same entries.
      expect(values(plans[2 + way], 'input').slice(0, 15)).toBe(values(first, 'input').slice(0, 15));
    }
    expect(values(plans[0], 'recurrent')).not.toBe(values(plans[1], 'recurrent'));
    const alone = layer.sample(zoneout({ hidden: 0.3 }), key(3), sizes);
    expect(plans.map((plan) => values(plan, 'zoneHidden'))).toEqual(alone.map((plan) => values(plan, 'zoneHidden')));
  });

  test('are those of a model in training, and change nothing in evaluation', async () => {
    const seen: Plan[] = [];
    const layers = (dropout: typeof scheme): readonly Layer[] => [lstm({ units: 4, layers: 2, dropout })];
    const model = sequential(layers(sharedAcrossLayers(variational({ recurrent: 0.5 })) as typeof scheme), {
      engine: 'reference',
    });
    const x = Array.from({ length: 4 }, (_, b) => [[b], [1], [2]]);
    const onStep = ({ plans = [] }: { readonly plans?: readonly { readonly plan: Plan }[] }): void =>
      void seen.push(...plans.map(({ plan }) => plan));
    await model.fit(
      { x, y: x.map(() => [0, 0, 0, 1]) },
      { key: key(1), epochs: 1, loss: meanSquaredError(), callbacks: [{ onStep }] },
    );
    const masks = seen.flatMap(({ masks: { recurrent: mask } }) => (mask ? [String(mask.values)] : []));
    expect(masks.length).toBe(2);
    expect(new Set(masks).size).toBe(1);
    const plain = sequential(layers([]), { engine: 'reference' });
    await plain.setWeights(await model.getWeights(), { input: { kind: 'sequence', size: 1 } });
    expect(await plain.predict(x)).toEqual(await model.predict(x));
    await Promise.all([model.dispose(), plain.dispose()]);
  });
});
