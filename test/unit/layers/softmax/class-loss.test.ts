import { readFileSync } from 'node:fs';
import {
  adam,
  adaptiveSoftmax,
  type Batch,
  type Config,
  createEngine,
  dense,
  embedding,
  type Handle,
  key,
  type Layer,
  lstm,
  type Model,
  none,
  OptionError,
  onePerSample,
  residual,
  sampledSoftmax,
  sequential,
  softmaxCrossEntropy,
  tensor,
  uniform,
} from 'keepgate';
import { afterAll, describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import { restoreLayer } from '../../../../src/layers/restore.ts';
import { vector } from '../../../../src/layers/signature.ts';
import type { ClassTargets } from '../../../../src/layers/softmax/class-targets.ts';
import { drawClasses } from '../../../../src/layers/softmax/draw-classes.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

type Numbers = Readonly<Record<string, readonly number[]>>;

interface Found {
  readonly loss: number;
  /** By name, those by the input as `x`. */
  readonly grads: Numbers;
}

const SIZE = 5;

/** What a layer gives for rows of classes: by itself, or by all its outputs and the loss over them. */
async function lossOf(
  layer: Layer,
  weights: Numbers,
  rows: readonly (readonly number[])[],
  targets: ClassTargets,
  how: 'itself' | 'all outputs' = 'itself',
): Promise<Found> {
  const ops = createReferenceEngine();
  const specs = layer.weights({ x: vector(SIZE) });
  const handles = Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, ops.upload(weights[name] as readonly number[], shape)]),
  );
  const x = onePerSample(rows.length, ops.upload(rows.flat(), [rows.length, SIZE]));
  const context = { ops, training: true, learned: {}, plan: () => none() };
  const run =
    how === 'itself' ? layer.crossEntropy?.(context, handles, { x }, targets) : layer.run(context, handles, { x });
  if (!run) throw new Error('a layer that works out its loss was expected');
  const { values } = run.outputs.y as Batch;
  const { classes, shares } = targets;
  const total = softmaxCrossEntropy().evaluate.bind(null, ops);
  const upload = ops.upload(shares, [shares.length, 1]);
  const whole = (): { loss: Handle; grad: Handle } =>
    total(values, {
      values: ops.uploadIndices(classes, [classes.length]),
      rows: classes.filter((one) => one >= 0).length,
      lengths: null,
      weights: { shares: upload, total: 1, classes: null },
    });
  const { loss, grad } = how === 'itself' ? { loss: values, grad: values } : whole();
  const back = run.backward({ y: grad });
  const grads: Record<string, readonly number[]> = {
    x: [...(await ops.read((back.inputs.x as () => Handle)()))],
  };
  for (const [name, handle] of Object.entries(back.weights)) grads[name] = [...(await ops.read(handle as Handle))];
  return { loss: (await ops.read(loss))[0] as number, grads };
}

function expectClose(found: Found, wanted: Found, digits: number): void {
  expect(Object.keys(found.grads).sort()).toEqual(Object.keys(wanted.grads).sort());
  expect(found.loss).toBeCloseTo(wanted.loss, digits);
  for (const [name, values] of Object.entries(wanted.grads)) {
    expect(found.grads[name]?.length, name).toBe(values.length);
    for (const [i, value] of values.entries())
      expect(found.grads[name]?.[i], `${name}[${i}]`).toBeCloseTo(value, digits);
  }
}

/** Any weights and rows, which depend on a seed. */
function anyOf(layer: Layer, seed: number, rows: number): { weights: Numbers; x: number[][] } {
  const specs = Object.entries(layer.weights({ x: vector(SIZE) }));
  const numbers = (place: number, count: number): number[] => [...uniform(key(1000 * seed + place), count, -1.5, 1.5)];
  return {
    weights: Object.fromEntries(
      specs.map(([name, { shape }], i) => [
        name,
        numbers(
          i + 1,
          shape.reduce((a, b) => a * b, 1),
        ),
      ]),
    ),
    x: Array.from({ length: rows }, (_, row) => numbers(100 + row, SIZE)),
  };
}

const equally = (classes: readonly number[]): Float64Array => {
  const count = classes.filter((one) => one >= 0).length;
  return Float64Array.from(classes, (one) => (one < 0 ? 0 : 1 / count));
};
const CLASSES = [0, 6, -1, 2, 6, 1, 8, 3, -1];
const WEIGHED = Float64Array.of(0.3, 0.05, 0, 0.1, 0.15, 0, 0.25, 0.15, 0);
const targetsOf = (classes: readonly number[], shares = equally(classes), seed = 3): ClassTargets => ({
  classes: Int32Array.from(classes),
  shares,
  key: key(seed),
});

describe('adaptive softmax', () => {
  interface Case {
    readonly config: Config;
    readonly weights: Readonly<Record<string, unknown>>;
    readonly x: number[][];
    readonly classes: number[];
    readonly loss: number;
    readonly grads: { readonly x: number[][]; readonly weights: Readonly<Record<string, unknown>> };
  }
  const cases: readonly Case[] = JSON.parse(
    readFileSync(new URL('../../../golden/class-losses.json', import.meta.url), 'utf8'),
  );
  const flat = (values: Readonly<Record<string, unknown>>): Numbers =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [...tensor(value as never).toFlat()]]));

  test.each(cases)('has the loss and gradients of PyTorch within 1e-9: $config', async (one) => {
    const found = await lossOf(restoreLayer(one.config), flat(one.weights), one.x, targetsOf(one.classes));
    expectClose(found, { loss: one.loss, grads: { ...flat(one.grads.weights), x: one.grads.x.flat() } }, 9);
  });

  test.each([
    { name: 'rows that weigh the same', shares: undefined },
    { name: 'rows that weigh differently', shares: WEIGHED },
  ])('works out what the loss over all outputs is: $name', async ({ shares }) => {
    const layer = adaptiveSoftmax({ units: 9, cutoffs: [2, 3, 7], divValue: 1.5, headBias: true });
    const { weights, x } = anyOf(layer, 1, CLASSES.length);
    const targets = targetsOf(CLASSES, shares);
    expectClose(await lossOf(layer, weights, x, targets), await lossOf(layer, weights, x, targets, 'all outputs'), 11);
  });

  test('has a loss of 0 where no row has a class', async () => {
    const layer = adaptiveSoftmax({ units: 9, cutoffs: [2] });
    const { weights, x } = anyOf(layer, 2, 2);
    const { loss, grads } = await lossOf(layer, weights, x, targetsOf([-1, -1], Float64Array.of(0, 0)));
    expect([loss, ...Object.values(grads).flat()].every((value) => value === 0)).toBe(true);
  });

  test('joins more rows than it lists at once as it joins few', async () => {
    // 2^21 places, and some more.
    const layer = adaptiveSoftmax({ units: 600_000, cutoffs: [4, 300_000] });
    const ops = await createEngine('reference');
    const specs = Object.entries(layer.weights({ x: vector(2) }));
    const weights = Object.fromEntries(
      specs.map(([name, { shape }], i) => [
        name,
        ops.upload(
          uniform(
            key(i),
            shape.reduce((a, b) => a * b),
          ),
          shape,
        ),
      ]),
    );
    const context = { ops, training: false, learned: {}, plan: () => none() };
    const rows = [0.3, -0.2, 0.5, 0.9, -0.7, 0.4, 0.1, 0.6];
    const run = (from: number, count: number) => {
      const values = ops.upload(rows.slice(2 * from, 2 * (from + count)), [count, 2]);
      return ops.read((layer.run(context, weights, { x: onePerSample(count, values) }).outputs.y as Batch).values);
    };
    const all = await run(0, 4);
    expect(all.length).toBe(4 * 600_000);
    expect(all.slice(3 * 600_000)).toEqual(await run(3, 1));
    await ops.dispose();
  }, 60_000);

  test('refuses cutoffs that part nothing', async () => {
    for (const cutoffs of [[], [0], [9], [3, 3], [4, 2], [1.5], 3 as never]) {
      await expectRefusal(() => adaptiveSoftmax({ units: 9, cutoffs }), OptionError, 'cutoffs', '1 to 8');
    }
    await expectRefusal(() => adaptiveSoftmax({ units: 9, cutoffs: [3], divValue: 0.5 }), OptionError, 'divValue');
  });
});

describe('sampled softmax', () => {
  test.each([
    { name: 'rows that weigh the same', shares: undefined },
    { name: 'rows that weigh differently', shares: WEIGHED },
  ])('with all classes sampled is the full one: $name', async ({ shares }) => {
    const layer = sampledSoftmax({ units: 9, samples: 9 });
    const { weights, x } = anyOf(layer, 4, CLASSES.length);
    const targets = targetsOf(CLASSES, shares);
    expectClose(await lossOf(layer, weights, x, targets), await lossOf(layer, weights, x, targets, 'all outputs'), 11);
  });

  test.each(['logUniform', 'uniform'] as const)(
    'is what its formula says, of classes that are drawn: %s',
    async (distribution) => {
      const layer = sampledSoftmax({ units: 9, samples: 4, distribution });
      const { weights, x } = anyOf(layer, 5, CLASSES.length);
      const { classes: drawn, logExpected } = drawClasses(key(3), 9, 4, distribution);
      // Among them are right classes of some rows, which are left out there.
      expect(CLASSES.some((one) => drawn.includes(one))).toBe(true);
      const score = (row: number, one: number): number =>
        (x[row] as number[]).reduce((sum, value, i) => sum + value * (weights.weight?.[one * SIZE + i] as number), 0) +
        (weights.bias?.[one] as number) -
        logExpected(one);
      const losses = CLASSES.flatMap((one, row) => {
        if (one < 0) return [];
        const others = [...drawn].filter((other) => other !== one).map((other) => Math.exp(score(row, other)));
        return [Math.log(others.reduce((a, b) => a + b, Math.exp(score(row, one)))) - score(row, one)];
      });
      const { loss } = await lossOf(layer, weights, x, targetsOf(CLASSES));
      expect(loss).toBeCloseTo(losses.reduce((a, b) => a + b) / losses.length, 12);
    },
  );

  test('has the gradients of central differences', async () => {
    const layer = sampledSoftmax({ units: 9, samples: 4 });
    const { weights, x } = anyOf(layer, 6, CLASSES.length);
    const targets = targetsOf(CLASSES, WEIGHED);
    const { grads } = await lossOf(layer, weights, x, targets);
    const slope = async (change: (delta: number) => [Numbers, number[][]]): Promise<number> => {
      const at = async (delta: number) => (await lossOf(layer, ...change(delta), targets)).loss;
      return ((await at(1e-5)) - (await at(-1e-5))) / 2e-5;
    };
    for (const name of ['weight', 'bias'] as const) {
      for (const i of (weights[name] as number[]).keys()) {
        const numeric = await slope((delta) => [
          { ...weights, [name]: (weights[name] as number[]).with(i, (weights[name]?.[i] as number) + delta) },
          x,
        ]);
        expect(grads[name]?.[i], `${name}[${i}]`).toBeCloseTo(numeric, 8);
      }
    }
    for (const [row, values] of x.entries()) {
      for (const [i, value] of values.entries()) {
        const numeric = await slope((delta) => [weights, x.with(row, values.with(i, value + delta))]);
        expect(grads.x?.[row * SIZE + i], `x[${row}][${i}]`).toBeCloseTo(numeric, 8);
      }
    }
  });

  test.each([
    { distribution: 'logUniform', units: 40, samples: 8 },
    { distribution: 'uniform', units: 12, samples: 5 },
  ] as const)('draws different classes, as often as it expects: $distribution', ({ distribution, units, samples }) => {
    const TRIALS = 4000;
    const counts = new Float64Array(units);
    const expected = new Float64Array(units);
    let sum = 0;
    const part = (one: number): number => Math.exp(Math.sin(one));
    for (let trial = 0; trial < TRIALS; trial++) {
      const { classes, logExpected } = drawClasses(key(trial), units, samples, distribution);
      expect(new Set(classes).size).toBe(samples);
      expect(classes.every((one) => one >= 0 && one < units)).toBe(true);
      for (const one of classes) {
        counts[one] = (counts[one] as number) + 1;
        sum += part(one) / Math.exp(logExpected(one));
      }
      for (let one = 0; one < units; one++) expected[one] = (expected[one] as number) + Math.exp(logExpected(one));
    }
    // Six deviations of a count of trials, and what expected counts are off by, as the number of draws is not independent of them.
    for (let one = 0; one < units; one++)
      expect(Math.abs((counts[one] as number) - (expected[one] as number)) / TRIALS).toBeLessThan(0.04);
    // So the sum over all classes that the softmax is divided by comes out as it is, but for the last draw, which is always a new class.
    const whole = Array.from({ length: units }, (_, one) => part(one)).reduce((a, b) => a + b);
    expect(Math.abs(sum / TRIALS / whole - 1)).toBeLessThan(0.08);
    expect(drawClasses(key(7), units, samples, distribution).classes).toEqual(
      drawClasses(key(7), units, samples, distribution).classes,
    );
    if (distribution === 'logUniform') expect(counts[0]).toBeGreaterThan(3 * (counts[units - 1] as number));
  });

  test('refuses more samples than there are classes', async () => {
    await expectRefusal(() => sampledSoftmax({ units: 9, samples: 10 }), OptionError, 'samples', '1 to 9');
    await expectRefusal(
      () => sampledSoftmax({ units: 9, samples: 2, distribution: 'zipf' as never }),
      OptionError,
      'zipf',
    );
  });
});

describe('a model that ends in it', () => {
  const made: Model[] = [];
  afterAll(() => Promise.all(made.map((model) => model.dispose())));
  const x = Array.from({ length: 30 }, (_, i) => [i % 7, (2 * i) % 7, (3 * i) % 7]);
  const examples = { x, y: x.map((ids) => ids.map((id) => (id + 1) % 7)) };
  const told = {
    key: key(1),
    batchSize: 10,
    loss: softmaxCrossEntropy(),
    metrics: ['accuracy', 'perplexity'] as const,
    optimizer: adam({ learningRate: 0.03 }),
  };
  const model = (last: Layer): Model => {
    const layers = [embedding({ vocabulary: 7, units: 6 }), lstm({ units: 6, returnSequences: true }), last];
    const one = sequential(layers, { engine: 'reference' });
    made.push(one);
    return one;
  };

  test.each([
    { name: 'sampled', last: () => sampledSoftmax({ units: 7, samples: 3 }) },
    { name: 'sampled, tied', last: () => sampledSoftmax({ units: 7, samples: 3, tiedTo: '0.weight' }) },
    { name: 'adaptive', last: () => adaptiveSoftmax({ units: 7, cutoffs: [2, 4], divValue: 1.5 }) },
  ])('learns, without metrics in training, and is scored by all classes: $name', async ({ last }) => {
    const one = model(last());
    const { epochs, warnings } = await one.fit(examples, { ...told, epochs: 100, validation: examples });
    expect(warnings).toEqual([]);
    expect(Object.keys(epochs[0]?.training ?? {})).toEqual(['loss']);
    const { loss, perplexity, accuracy } = epochs.at(-1)?.validation ?? { loss: 9 };
    expect(loss).toBeLessThan(Math.log(7) / 2);
    expect(perplexity).toBeCloseTo(Math.exp(loss), 10);
    expect(accuracy).toBeGreaterThan(0.9);
    const rows = (await one.predict<number[][][]>(x)).flat();
    for (const row of rows) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 10);
    const nll = rows.map((row, i) => -Math.log(row[examples.y.flat()[i] as number] as number));
    expect(loss).toBeCloseTo(nll.reduce((a, b) => a + b) / nll.length, 10);
  });

  test('goes through all classes where the loss needs them, and says so', async () => {
    const smooth = { ...told, epochs: 1, loss: softmaxCrossEntropy({ labelSmoothing: 0.1 }) };
    const sampled = model(sampledSoftmax({ units: 7, samples: 3 }));
    const { epochs, warnings } = await sampled.fit(examples, smooth);
    expect(warnings).toEqual([expect.stringMatching(/^sampledSoftmax: it goes through all classes/)]);
    expect(Object.keys(epochs[0]?.training ?? {})).toEqual(['loss', 'accuracy', 'perplexity']);
    const plain = model(dense({ units: 7 }));
    expect((await plain.fit(examples, smooth)).epochs[0]?.training).toEqual(epochs[0]?.training);
    const inside = model(residual([adaptiveSoftmax({ units: 6, cutoffs: [2] })]));
    expect(
      (await inside.fit({ x, y: examples.y.map((ids) => ids.map((id) => id % 6)) }, { ...told, epochs: 1 })).warnings,
    ).toEqual([]);
  });
});
