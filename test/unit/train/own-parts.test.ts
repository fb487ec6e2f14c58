import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Through public names alone: this is what somebody can do who has nothing but the package.
import {
  atStepsOf,
  type Callback,
  createEngine,
  type DenseOptions,
  defineLayer,
  defineLoss,
  defineOptimizer,
  defineSchedule,
  dense,
  type Examples,
  type FitOptions,
  fitOptions,
  gru,
  type Handle,
  kernel,
  key,
  type Layer,
  type LayerMaker,
  type LearningRate,
  loadModel,
  ModelError,
  meanSquaredError,
  type Ops,
  OptionError,
  runFromFiles,
  runToFiles,
  sequential,
  sgd,
  softmaxCrossEntropy,
  Tensor,
} from 'keepgate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSameBits } from '../../helpers/numeric.ts';

// --- a layer: x times a trained scale for each unit, with the mean of what went in as a statistic ---

const scaleKernel = kernel({
  name: 'ownScale',
  inputs: { x: ['x'], scale: ['scale'] },
  outputs: { y: ['y'] },
  body: ({ mul }, v) => ({ y: mul(v.x, v.scale) }),
});
const decayKernel = kernel({
  name: 'ownDecay',
  inputs: { former: ['former'], sum: ['sum'] },
  scalars: ['keep', 'share'],
  outputs: { mean: ['mean'] },
  body: ({ add, mul }, v) => ({ mean: add(mul(v.keep, v.former), mul(v.share, v.sum)) }),
});

const learnedScale: LayerMaker<[{ readonly initial: number }], 'scale' | 'mean'> = defineLayer({
  type: 'learnedScale',
  make({ initial }: { readonly initial: number }) {
    return {
      config: { initial },
      inputs: { x: { kinds: ['vector', 'sequence'] } },
      outputs: ({ x }) => ({ y: x }),
      weights: ({ x: { shape } }) => ({
        scale: {
          shape,
          init: () => new Tensor(new Float64Array(shape[0] as number).fill(initial), shape),
          role: 'trained',
          decays: false,
        },
        mean: {
          shape,
          init: () => new Tensor(new Float64Array(shape[0] as number), shape),
          role: 'statistic',
          decays: false,
        },
      }),
      run({ ops, training }, { scale, mean }, { x }) {
        const times = (a: Handle, b: Handle): Handle => ops.run(scaleKernel, { inputs: { x: a, scale: b } }).y;
        const rows = x.batch * x.time;
        return {
          outputs: { y: atStepsOf(x, times(x.values, scale)) },
          statistics: () => {
            expect(training).toBe(true);
            const inputs = { former: mean, sum: ops.sumRows(x.values) };
            return { mean: ops.run(decayKernel, { inputs, scalars: { keep: 0.5, share: 0.5 / rows } }).mean };
          },
          backward: ({ y: dy }) => ({
            inputs: { x: () => times(dy, scale) },
            weights: { scale: ops.sumRows(times(dy, x.values)) },
          }),
        };
      },
    };
  },
});

// --- a loss: cross-entropy times a number ---

const weighted = defineLoss({
  type: 'weighted',
  make(options: { readonly weight: number }) {
    const inner = softmaxCrossEntropy();
    return {
      config: { ...options },
      link: 'softmax',
      target: 'class',
      evaluate(ops, output, target) {
        const { loss, grad } = inner.evaluate(ops, output, target);
        return { loss: times(ops, loss, options.weight), grad: times(ops, grad, options.weight) };
      },
    };
  },
});

const timesKernel = kernel({
  name: 'ownTimes',
  inputs: { x: ['x'] },
  scalars: ['factor'],
  outputs: { y: ['y'] },
  body: ({ mul }, v) => ({ y: mul(v.x, v.factor) }),
});

function times(ops: Ops, x: Handle, factor: number): Handle {
  return ops.run(timesKernel, { inputs: { x }, scalars: { factor } }).y;
}

// --- an optimizer: the sign of the momentum, with a schedule of its own ---

const signKernel = kernel({
  name: 'ownSign',
  inputs: { weight: ['w'], grad: ['g'], velocity: ['vOld'] },
  scalars: ['learningRate', 'scale'],
  outputs: { weight: ['updated'], velocity: ['v'] },
  body: ({ constant, add, sub, mul, greater }, v) => {
    const velocity = add(mul(constant(0.9), v.vOld), mul(v.g, v.scale));
    const sign = sub(greater(velocity, constant(0)), greater(constant(0), velocity));
    return { v: velocity, updated: sub(v.w, mul(v.learningRate, sign)) };
  },
});

const signed = defineOptimizer({
  type: 'signed',
  make: ({ learningRate }: { readonly learningRate: LearningRate }) => ({
    config: {},
    learningRate,
    slots: ['velocity'],
    update(ops, weight, grad, { velocity }, { learningRate: now, scale }) {
      const inputs = { weight, grad, velocity: velocity as Handle };
      const { weight: updated, ...slots } = ops.run(signKernel, { inputs, scalars: { learningRate: now, scale } });
      return { weight: updated, slots };
    },
  }),
});

const halving = defineSchedule({
  type: 'halving',
  make: ({ initial }: { readonly initial: number }) => ({
    config: { initial },
    at: ({ update }) => initial * 0.5 ** Math.floor(update / 4),
  }),
});

// --- a callback that remembers ---

function counter(): Callback & { readonly seen: () => number } {
  let steps = 0;
  return {
    name: 'counter',
    onStep: () => {
      steps += 1;
    },
    state: () => ({ steps }),
    restore: (state) => {
      ({ steps } = state as { steps: number });
    },
    seen: () => steps,
  };
}

const examples: Examples = {
  x: [
    [
      [0.5, 1],
      [2, -1],
    ],
    [[1, 0.25]],
    [
      [-0.75, 1.5],
      [0.1, 0.2],
      [0.3, -0.4],
    ],
    [[0.6, -0.9]],
    [
      [1.2, 0.7],
      [-1, 0.5],
    ],
  ],
  y: [0, 1, 0, 1, 1],
};
const layers = () => [learnedScale({ initial: 1.5 }), gru({ units: 3 }), dense({ units: 2 })];

function options(callback: Callback): FitOptions {
  return {
    key: key(4),
    epochs: 4,
    batchSize: 2,
    loss: weighted({ weight: 0.75 }),
    optimizer: signed({ learningRate: halving({ initial: 0.05 }) }),
    callbacks: [callback],
  };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-own-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe("a layer, a loss, an optimizer and a callback of a user's own", () => {
  test('are trained with, and the model is saved and loaded', async () => {
    const model = sequential(layers(), { engine: 'reference' });
    const counted = counter();
    await model.fit(examples, options(counted));
    expect(counted.seen()).toBe(12);
    const weights = await model.getWeights();
    // The statistic is what the steps found, not what a gradient moved: within the range of what went in.
    const mean = weights['0.mean']?.toFlat() as Float64Array;
    expect(mean.every((value) => value !== 0 && Math.abs(value) < 2)).toBe(true);
    expect(weights['0.scale']?.toFlat()).not.toEqual(Float64Array.of(1.5, 1.5));

    await model.save(join(folder, 'model'));
    const loaded = await loadModel(join(folder, 'model'), {
      engine: 'reference',
      layers: { learnedScale },
      losses: { weighted },
    });
    expectSameBits(await loaded.getWeights(), weights);
    expect(await loaded.predict(examples.x)).toEqual(await model.predict(examples.x));
    expect(loaded.loss?.config).toEqual({ type: 'weighted', weight: 0.75 });
    await expect(loadModel(join(folder, 'model'))).rejects.toThrow(ModelError);
    await expect(loadModel(join(folder, 'model'), { layers: { learnedScale } })).rejects.toThrow(/"weighted" came/);
    await Promise.all([model.dispose(), loaded.dispose()]);
  });

  test.each(['reference', 'simd'] as const)('a run is written down and goes on bit for bit on %s', async (name) => {
    const engine = await createEngine(name);
    const [plain, begun] = [sequential(layers(), { engine }), sequential(layers(), { engine })];
    const [counted, early] = [counter(), counter()];
    const history = await plain.fit(examples, options(counted));

    const trainer = await begun.trainer(examples, options(early));
    // One epoch of three steps, and one step more: in the middle of an epoch.
    for (let step = 0; step < 4; step++) {
      const progress = await trainer.next();
      early.onStep?.(progress, trainer);
      if (trainer.atEndOfEpoch) await trainer.endEpoch();
    }
    const files = runToFiles(await trainer.snapshot());
    await trainer.finish();

    const read = runFromFiles(
      Object.fromEntries(
        Object.entries(files).map(([file, data]) => [
          file,
          typeof data === 'string' ? new TextEncoder().encode(data) : data,
        ]),
      ),
    );
    const own = { losses: { weighted }, optimizers: { signed }, schedules: { halving } };
    const again = sequential(layers(), { engine });
    const late = counter();
    const rest = await again.fit(examples, { ...fitOptions(read.spec, own), callbacks: [late], resume: read });
    expectSameBits(await again.getWeights(), await plain.getWeights());
    expect(rest.epochs).toEqual(history.epochs);
    expect([late.seen(), again.updates, again.epochs]).toEqual([counted.seen(), plain.updates, plain.epochs]);
    expect(() => fitOptions(read.spec)).toThrow(ModelError);
    await engine.dispose();
  });

  test('put together by hand can be trained with, and is not saved', async () => {
    const spread = { ...dense({ units: 2 } satisfies DenseOptions) };
    const model = sequential([spread]);
    const loss = { ...softmaxCrossEntropy() };
    await model.fit({ x: [[1], [2]], y: [0, 1] }, { key: key(1), epochs: 1, loss });
    await expect(model.toFiles()).rejects.toThrow(
      new ModelError(
        'save: a loss that can be loaded again was expected, but "softmaxCrossEntropy" was put together by hand; make it with a function that defineLoss() gives',
      ),
    );
    await model.fit({ x: [[1], [2]], y: [0, 1] }, { key: key(1), epochs: 1, loss: softmaxCrossEntropy() });
    await expect(model.toFiles()).rejects.toThrow(/a layer that can be loaded again was expected/);
    await model.dispose();
  });

  test('called as a type of the package can be trained with, and is not saved as that', async () => {
    const loss = defineLoss({ type: 'meanSquaredError', make: () => ({ ...meanSquaredError(), config: {} }) })();
    const optimizer = defineOptimizer({
      type: 'sgd',
      make: () => ({ ...sgd({ learningRate: 0.1 }), config: {} }),
    })();
    const learningRate = defineSchedule({ type: 'exponentialDecay', make: () => ({ at: () => 0.1, config: {} }) })();
    const layer = defineLayer({ type: 'dense', make: () => ({ ...dense({ units: 1 }), config: {} }) })();

    const refused = async (options: Partial<FitOptions>, ...layers: Layer[]): Promise<string> => {
      const model = sequential(layers.length ? layers : [dense({ units: 1 })]);
      const run = { key: key(1), epochs: 1, loss: meanSquaredError(), ...options };
      const trainer = await model.trainer({ x: [[1], [2]], y: [[1], [3]] }, run);
      const error: unknown = await trainer
        .snapshot()
        .then(() => model.toFiles())
        .catch((thrown: unknown) => thrown);
      await trainer.finish();
      await model.dispose();
      expect(error).toBeInstanceOf(ModelError);
      return String(error);
    };
    expect(await refused({ loss })).toContain('"meanSquaredError" is a type of this package');
    expect(await refused({ optimizer })).toContain('"sgd" is a type of this package');
    expect(await refused({ optimizer: sgd({ learningRate }) })).toContain(
      '"exponentialDecay" is a type of this package',
    );
    expect(await refused({}, layer)).toContain('"dense" is a type of this package');
  });

  test('a callback that could not go on is refused before any work', async () => {
    const model = sequential([dense({ units: 2 })]);
    const refused = (callbacks: unknown): Promise<unknown> =>
      model.fit(
        { x: [[1]], y: [0] },
        { key: key(1), epochs: 1, loss: softmaxCrossEntropy(), callbacks: callbacks as Callback[] },
      );
    const state = { state: () => 1, restore: () => {} };
    for (const callbacks of [
      () => {},
      [() => {}],
      [state],
      [{ name: 'a', state: () => 1 }],
      [
        { name: 'a', ...state },
        { name: 'a', ...state },
      ],
    ]) {
      await expect(refused(callbacks)).rejects.toThrow(OptionError);
    }
    expect(model.input).toBeNull();
  });
});
