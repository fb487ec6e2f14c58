import * as tf from '@tensorflow/tfjs';
import { key, type RecurrentOptions, recurrent, type SchemeLike, variational, zoneout } from 'keepgate';
import { beforeAll, describe, expect, test } from 'vitest';
import { runScript } from '../helpers/run-script.ts';
import { type KeepgateLayer, keepgateLayer, maskKey } from '../../examples/in-tfjs/recurrent-layer.ts';

beforeAll(async () => {
  // Without it TensorFlow.js recommends another of its packages, on the console.
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

const [B, T, I, H] = [2, 6, 3, 5];

const numbers = (seed: number, shape: number[]): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

/** The largest difference of two lists of numbers of one length. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}

/** Values, and the gradients of sum(y ⊙ dy) by x and by each weight. */
function pass(layer: tf.layers.Layer, x: tf.Tensor, dy: tf.Tensor, training: boolean) {
  layer.apply(x);
  const weights = layer.weights.map((weight) => weight.read() as tf.Variable);
  const y = layer.apply(x, { training }) as tf.Tensor;
  const gradsOf = tf.valueAndGrads((given: tf.Tensor) =>
    tf.sum(tf.mul(layer.apply(given, { training }) as tf.Tensor, dy)),
  );
  const { grads } = tf.variableGrads(() => tf.sum(tf.mul(layer.apply(x, { training }) as tf.Tensor, dy)), weights);
  return { y, dx: gradsOf([x]).grads[0] as tf.Tensor, weights: weights.map(({ name }) => grads[name] as tf.Tensor) };
}

describe('without dropout it is the layer of TensorFlow.js', () => {
  test.each([
    ['lstm', false],
    ['lstm', true],
    ['rnn', true],
  ] as const)('%s, all steps: %s', (cell, returnSequences) => {
    const ours = keepgateLayer({ cell, units: H, returnSequences, seed: 4 });
    const options = { units: H, returnSequences };
    const theirs =
      cell === 'lstm' ? tf.layers.lstm({ ...options, recurrentActivation: 'sigmoid' }) : tf.layers.simpleRNN(options);
    const x = numbers(1, [B, T, I]);
    const dy = numbers(2, returnSequences ? [B, T, H] : [B, H]);
    ours.apply(x);
    theirs.apply(x);
    const [w, u, b, c] = ours.getWeights() as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    // Their one bias is the sum of two: ours has the forget gate's at 1, so that it matters.
    theirs.setWeights([w.transpose(), u.transpose(), tf.add(b, c)]);
    const [mine, their] = [pass(ours, x, dy, false), pass(theirs, x, dy, false)];
    expect(distance(mine.y.dataSync(), their.y.dataSync())).toBeLessThan(1e-6);
    expect(distance(mine.dx.dataSync(), their.dx.dataSync())).toBeLessThan(1e-5);
    const [dw, du, db] = mine.weights as [tf.Tensor, tf.Tensor, tf.Tensor];
    for (const [i, grad] of [dw.transpose(), du.transpose(), db].entries()) {
      expect(distance(grad.dataSync(), (their.weights[i] as tf.Tensor).dataSync())).toBeLessThan(2e-5);
    }
  });
});

const SCHEMES: Readonly<Record<string, SchemeLike>> = {
  'fixed in time': variational({ input: 0.2, recurrent: 0.35 }),
  'a mask a gate': variational({ input: 0.2, recurrent: 0.35, tied: false }),
  zoneout: zoneout({ hidden: 0.3, scope: 'step' }),
};

describe.each(Object.entries(SCHEMES))(
  '%s: a training batch is what recurrent() does under the same masks',
  (_, dropout) => {
    test.each([
      { cell: 'lstm', layers: 1, bidirectional: false },
      { cell: 'gru', layers: 2, bidirectional: false },
      { cell: 'rnn', layers: 1, bidirectional: true },
    ] as const)('$cell, $layers layers, both directions: $bidirectional', async ({ cell, layers, bidirectional }) => {
      const inTfjs = keepgateLayer({ cell, layers, bidirectional, units: H, dropout, returnSequences: true, seed: 9 });
      const alone = recurrent({
        cell,
        layers,
        bidirectional,
        inputSize: I,
        hiddenSize: H,
        engine: 'reference',
      } satisfies RecurrentOptions);
      const x = numbers(3, [B, T, I]);
      const dy = numbers(4, [B, T, bidirectional ? 2 * H : H]);
      inTfjs.apply(x);
      const names = inTfjs.weights.map(({ originalName }) => originalName.split('/').at(-1) as string);
      const values = inTfjs.getWeights().map((weight) => weight.arraySync() as number[][]);
      alone.setWeights(Object.fromEntries(names.map((name, i) => [name, values[i] as number[][]])));

      const y = inTfjs.apply(x, { training: true }) as tf.Tensor;
      const plan = alone.sample(dropout, maskKey(key(9), 0), { batch: B, time: T });
      const run = await alone.forward(x.arraySync() as number[][][], { plan });
      expect(distance(y.dataSync(), run.y.toFlat())).toBeLessThan(1e-6);

      // The second batch has other masks, under which its gradients are taken.
      const variables = inTfjs.weights.map((weight) => weight.read() as tf.Variable);
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.mul(inTfjs.apply(x, { training: true }) as tf.Tensor, dy)),
        variables,
      );
      const second = await alone.forward(x.arraySync() as number[][][], {
        plan: alone.sample(dropout, maskKey(key(9), 1), { batch: B, time: T }),
      });
      expect(distance(second.y.toFlat(), run.y.toFlat())).toBeGreaterThan(0.01);
      const found = await second.backward({ y: dy.arraySync() as number[][][] });
      for (const [i, name] of names.entries()) {
        const ours = (grads[(variables[i] as tf.Variable).name] as tf.Tensor).dataSync();
        const theirs = (found.weights[name] ?? found.weights[name.replace('_l0', '')])?.toFlat() ?? [];
        expect(distance(ours, theirs), name).toBeLessThan(2e-5);
      }
      for (const one of [run, second]) one.dispose();
      await alone.dispose();
    });
  },
);

test('evaluation and prediction draw nothing, and the same batch under training never comes out alike', () => {
  const layer = keepgateLayer({ cell: 'lstm', units: H, dropout: variational({ recurrent: 0.5 }), seed: 2 });
  const x = numbers(5, [B, T, I]);
  const values = (training: boolean): ArrayLike<number> => (layer.apply(x, { training }) as tf.Tensor).dataSync();
  expect(values(false)).toEqual(values(false));
  expect(distance(values(true), values(true))).toBeGreaterThan(1e-3);
  expect(values(false)).toEqual((layer.apply(x) as tf.Tensor).dataSync());
});

test('fit() trains it, in a model that is saved and loaded again, and leaves no tensor behind', async () => {
  const dropout = variational({ input: 0.1, recurrent: 0.2 });
  const model = tf.sequential({
    layers: [
      keepgateLayer({ cell: 'gru', units: 8, dropout, seed: 1 }, { inputShape: [null, 2] }),
      tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.glorotUniform({ seed: 3 }) }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.02), loss: 'meanSquaredError' });
  // Whether the first step's first number is above 0: the layer has to remember it.
  const x = numbers(6, [64, 8, 2]);
  const y = x.slice([0, 0, 0], [64, 1, 1]).reshape([64, 1]).greater(0).cast('float32');
  const { history } = await model.fit(x, y, { epochs: 1, shuffle: false });
  const before = tf.memory().numTensors;
  const later = await model.fit(x, y, { epochs: 30, shuffle: false });
  expect(tf.memory().numTensors).toBe(before);
  const [first, last] = [history.loss?.[0] as number, later.history.loss?.at(-1) as number];
  expect(last).toBeLessThan(first / 2);

  let artifacts: tf.io.ModelArtifacts = {};
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  artifacts.modelTopology = JSON.parse(JSON.stringify(artifacts.modelTopology));
  const again = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  const [mine, theirs] = [model, again].map((one) => (one.predict(x) as tf.Tensor).dataSync());
  expect(mine).toEqual(theirs);
  expect((again.layers[0] as KeepgateLayer).getConfig().options).toBe(model.layers[0]?.getConfig().options);
});

describe('what the layers of TensorFlow.js do with recurrentDropout', () => {
  const x = (): tf.Tensor => tf.ones([3, 4, 2]);

  test('a cell in tf.layers.rnn keeps the mask of its first batch for ever; this layer draws anew', () => {
    const cell = tf.layers.lstmCell({ units: 16, recurrentActivation: 'sigmoid', dropout: 0.5, recurrentDropout: 0.5 });
    const theirs = tf.layers.rnn({ cell });
    const ours = keepgateLayer({ cell: 'lstm', units: 16, dropout: variational({ input: 0.5, recurrent: 0.5 }) });
    const twice = (layer: tf.layers.Layer): ArrayLike<number>[] =>
      [0, 1].map(() => (layer.apply(x(), { training: true }) as tf.Tensor).dataSync());
    const [kept, same] = twice(theirs);
    expect(kept).toEqual(same);
    const [drawn, other] = twice(ours);
    expect(distance(drawn as ArrayLike<number>, other as ArrayLike<number>)).toBeGreaterThan(1e-3);
  });

  test('and then cannot take a batch of another size', () => {
    const cell = tf.layers.lstmCell({ units: 4, recurrentActivation: 'sigmoid', recurrentDropout: 0.5 });
    const theirs = tf.layers.rnn({ cell });
    theirs.apply(x(), { training: true });
    expect(() => theirs.apply(tf.ones([2, 4, 2]), { training: true })).toThrow(/broadcast/);
  });

  test('the GRU drops the state that it carries; where the update gate keeps it, this layer carries it as it was', () => {
    // z = 1 at all steps but the first, so that h is carried: 0.5 from the first step on.
    const gate = tf.tensor([
      [-40, 0, 0],
      [40, 0, 0],
    ]);
    const steps = tf.tensor([
      [
        [1, 0],
        [0, 1],
        [0, 1],
        [0, 1],
      ],
    ]);
    const theirs = tf.layers.gru({
      units: 1,
      recurrentActivation: 'sigmoid',
      recurrentDropout: 0.5,
    });
    theirs.apply(steps);
    const n = Math.atanh(0.5);
    theirs.setWeights([
      tf.add(
        gate,
        tf.tensor([
          [0, 0, n],
          [0, 0, 0],
        ]),
      ),
      tf.zeros([1, 3]),
      tf.zeros([3]),
    ]);
    const ours = keepgateLayer({ cell: 'gru', units: 1, dropout: variational({ recurrent: 0.5 }) });
    ours.apply(steps);
    // Rows r, z, n here, and columns z, r, h there.
    const w = tf.tensor([
      [0, 0],
      [-40, 40],
      [n, 0],
    ]);
    ours.setWeights([w, tf.zeros([3, 1]), tf.zeros([3]), tf.zeros([3])]);
    const last = (layer: tf.layers.Layer): number =>
      Array.from((layer.apply(steps, { training: true }) as tf.Tensor).dataSync())[0] as number;
    for (let i = 0; i < 8; i++) {
      expect(last(ours)).toBeCloseTo(0.5, 5);
      // Dropped for good, or multiplied by 1 / (1 - 0.5) at each of three steps.
      expect([0, 4]).toContainEqual(expect.closeTo(last(theirs), 4));
    }
  });
});

test('the program trains both layers and says what is right', async () => {
  const { status, stdout, stderr } = await runScript('examples/in-tfjs/main.ts', ['--epochs', '1', '--seeds', '1']);
  expect([status, stderr]).toEqual([0, '']);
  const line = / gru, seed 1: \d+\.\d% of the test sequences are right; \d+ s$/;
  expect(
    stdout
      .trim()
      .split('\n')
      .map((text) => line.test(text.replace('layers.gru', 'layers gru'))),
  ).toEqual([true, true]);
});
