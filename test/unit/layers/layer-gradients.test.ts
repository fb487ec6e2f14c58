import {
  allSteps,
  attention,
  averagePool1d,
  batchNorm,
  bidirectional,
  concatenate,
  conv1d,
  dense,
  dropout,
  frozen,
  gru,
  heads,
  inputs,
  type Handle,
  lastStates,
  type Layer,
  layerNorm,
  lstm,
  maxPool1d,
  pooling,
  repeatVector,
  residual,
  reverse,
  rnn,
  timeDistributed,
} from 'keepgate';
import { expect, test } from 'vitest';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import type { Batch } from '../../../src/layers/layer.ts';
import { sequence, vector } from '../../../src/layers/signature.ts';
import { isMoved } from '../../../src/layers/weight-spec.ts';
import { none } from '../../../src/masks/plan.ts';
import { uploadBatch } from '../../../src/train/examples/batch.ts';
import { isClose } from '../../helpers/numeric.ts';
import { weightsOf } from './run-layer.ts';

const SIZE = 2;
/** Of different lengths, one of them empty; no two numbers of a unit are near each other or 0. */
const SEQUENCES = [[0.3, -1.2, 0.8, 0.15, -0.4, 0.9], [1.1, 0.25], [], [-0.7, 0.5, 0.2, -0.35, 0.6, -0.8, -0.1, 1.3]];
const VECTORS = [
  [0.3, -1.2],
  [0.8, 0.15],
  [-0.4, 0.9],
];

const ACTIVATIONS = ['linear', 'relu', 'tanh', 'sigmoid', 'softmax'] as const;
const ROWS: readonly (readonly [string, () => Layer, readonly (readonly number[])[]])[] = [
  ...ACTIVATIONS.flatMap((activation) => [
    [`dense ${activation}, of vectors`, () => dense({ units: 3, activation }), VECTORS] as const,
    [`dense ${activation}, of sequences`, () => dense({ units: 3, activation }), SEQUENCES] as const,
  ]),
  ...(['repeat', 'zeros'] as const).map(
    (behind) => [`allSteps ${behind}`, () => allSteps({ behind }), SEQUENCES] as const,
  ),
  ...(['last', 'mean', 'max'] as const).map((over) => [`pooling ${over}`, () => pooling({ over }), SEQUENCES] as const),
  ['layerNorm, of vectors', () => layerNorm({ epsilon: 0.1 }), VECTORS],
  ['layerNorm, of sequences', () => layerNorm({ epsilon: 0.1 }), SEQUENCES],
  ['batchNorm, of vectors', () => batchNorm(), VECTORS],
  ['batchNorm, of sequences', () => batchNorm(), SEQUENCES],
  ...(['valid', 'same', 'causal'] as const).map(
    (padding) =>
      [
        `conv1d ${padding}`,
        () => conv1d({ filters: 2, kernelSize: 2, strides: 2, dilation: 2, padding, activation: 'tanh' }),
        SEQUENCES,
      ] as const,
  ),
  ['maxPool1d', () => maxPool1d({ strides: 1 }), SEQUENCES],
  ['averagePool1d', () => averagePool1d({ poolSize: 3, padding: 'same' }), SEQUENCES],
  ['additive attention', () => attention({ kind: 'additive', units: 3 }), SEQUENCES],
  ['dot attention', () => attention({ kind: 'dot' }), SEQUENCES],
  ['what steps weigh', () => attention({ kind: 'additive', returnWeights: true }), SEQUENCES],
  ['timeDistributed dense', () => timeDistributed(dense({ units: 3, activation: 'tanh' })), SEQUENCES],
  ['timeDistributed batchNorm', () => timeDistributed(batchNorm()), SEQUENCES],
  ['reverse', () => reverse(), SEQUENCES],
  ['lastStates', () => lastStates(2), SEQUENCES],
  ['repeatVector', () => repeatVector(3), VECTORS],
  [
    'residual lstm behind a batchNorm',
    () => residual([batchNorm(), lstm({ units: 2, returnSequences: true }), layerNorm({ epsilon: 0.1 })]),
    SEQUENCES,
  ],
  [
    'branches of 4, 2 and 3 units',
    () => concatenate([dense({ units: 4, activation: 'tanh' })], [], [gru({ units: 3, returnSequences: true })]),
    SEQUENCES,
  ],
  [
    'branches to vectors',
    () =>
      concatenate(
        [conv1d({ filters: 3, kernelSize: 2 }), pooling({ over: 'mean' })],
        [lastStates(1), rnn({ units: 2 })],
      ),
    SEQUENCES,
  ],
  [
    'an input by name',
    () => inputs({ x: [dense({ units: 3, activation: 'tanh' }), rnn({ units: 2, returnSequences: true })] }),
    SEQUENCES,
  ],
  ['a head', () => heads({ y: [gru({ units: 2 }), dense({ units: 3, activation: 'tanh' })] }), SEQUENCES],
  ['a frozen dense layer', () => frozen(dense({ units: 3, activation: 'tanh' })), SEQUENCES],
  ['a frozen batchNorm', () => frozen(batchNorm()), SEQUENCES],
  ['dropout, that drops nothing', () => dropout({ rate: 0 }), SEQUENCES],
  ['lstm', () => lstm({ units: 2 }), SEQUENCES],
  ['two grus, every step', () => gru({ units: 2, layers: 2, returnSequences: true }), SEQUENCES],
  ['bidirectional rnn', () => bidirectional(rnn({ units: 2 })), SEQUENCES],
  ['bidirectional gru, every step', () => bidirectional(gru({ units: 2, returnSequences: true })), SEQUENCES],
];

test.each(ROWS)('the gradients of weights and inputs equal central differences: %s', async (_, make, samples) => {
  const layer = make();
  const ops = createReferenceEngine();
  const isVector = samples === VECTORS;
  const input = isVector ? vector(SIZE) : sequence(SIZE);
  const specs = Object.fromEntries(
    isVector
      ? Object.entries(layer.weights({ x: input })).map(([name, { shape }]) => [name, shape])
      : Object.entries(weightsOf(layer, SIZE)).map(([name, { shape }]) => [name, shape]),
  );
  // Nothing is 0 or alike, biases included.
  const fill = (shape: readonly number[], seed: number): Float64Array =>
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i + seed) * 0.8);
  const start = {
    ...Object.fromEntries(
      Object.entries(specs).map(([name, shape], i) => [
        name,
        fill(shape, i + 1).map(name.includes('var') ? Math.abs : Number),
      ]),
    ),
    x: Float64Array.from(samples.flat()),
  } as Record<string, Float64Array>;

  const runOf = (numbers: Record<string, Float64Array>) => {
    let at = 0;
    const steps = samples.map((sample) => {
      const values = (numbers.x as Float64Array).slice(at, at + sample.length);
      at += sample.length;
      return { steps: isVector ? 1 : sample.length / SIZE, values };
    });
    const x = uploadBatch(ops, input, steps);
    const handles = Object.fromEntries(
      Object.entries(specs).map(([name, shape]) => [name, ops.upload(numbers[name] as Float64Array, shape)]),
    );
    const plan = (): ReturnType<typeof none> => none();
    return { x, run: layer.run({ ops, training: true, learned: {}, plan }, handles, { x }) };
  };

  const { run } = runOf(start);
  const { values } = run.outputs.y as Batch;
  const weigh = fill(values.shape, 0.4);
  // What stands at steps of padding is nobody's.
  const { lengths, batch, time, validSteps } = run.outputs.y as Batch;
  if (lengths) {
    const row = weigh.length / (time * batch);
    for (let i = 0; i < weigh.length; i++) {
      const [t, b] = [Math.floor(i / row / batch), Math.floor(i / row) % batch];
      if (t >= (validSteps[b] as number)) weigh[i] = 0;
    }
  }
  const total = async (numbers: Record<string, Float64Array>): Promise<number> => {
    const y = await ops.read((runOf(numbers).run.outputs.y as Batch).values);
    return y.reduce((sum, value, i) => sum + value * (weigh[i] as number), 0);
  };

  const found = run.backward({ y: ops.upload(weigh, values.shape) });
  const moved = Object.entries(layer.weights({ x: input })).flatMap(([name, spec]) => (isMoved(spec) ? [name] : []));
  expect(Object.keys(found.weights).sort()).toEqual(moved.sort());
  const dx = await ops.read((found.inputs.x as () => Handle)());
  // Back from [T,B,I] to the samples one behind the other.
  const ofX = samples.flatMap((sample, b) =>
    sample.map((_, i) => dx[(Math.floor(i / SIZE) * samples.length + b) * SIZE + (i % SIZE)] as number),
  );
  const grads: Record<string, ArrayLike<number>> = { x: ofX };
  for (const [name, handle] of Object.entries(found.weights)) grads[name] = await ops.read(handle as Handle);

  for (const name of ['x', ...moved]) {
    const numbers = start[name] as Float64Array;
    for (let i = 0; i < numbers.length; i++) {
      const moved = (by: number): Promise<number> =>
        total({ ...start, [name]: numbers.with(i, (numbers[i] as number) + by) });
      const numeric = ((await moved(1e-5)) - (await moved(-1e-5))) / 2e-5;
      const analytic = grads[name]?.[i] as number;
      expect(isClose(analytic, numeric, 1e-7), `${name}[${i}]: ${analytic} against ${numeric}`).toBe(true);
    }
  }
});
