import {
  adagrad,
  adam,
  adaptiveSoftmax,
  attention,
  averagePool1d,
  batchNorm,
  bidirectional,
  binaryCrossEntropy,
  concrete,
  concatenate,
  conv1d,
  dense,
  type AnyExamples,
  embedding,
  type FitOptions,
  gru,
  heads,
  huber,
  inputs,
  key,
  lastStates,
  type Layer,
  layerNorm,
  lstm,
  maxPool1d,
  meanAbsoluteError,
  meanSquaredError,
  nadam,
  type Ops,
  pooling,
  radam,
  rmsprop,
  residual,
  reverse,
  rnn,
  sampledSoftmax,
  sequential,
  sgd,
  softmaxCrossEntropy,
  timeDistributed,
  unknownDropout,
  variational,
  weightDrop,
  wordTypeDropout,
  zoneout,
} from 'keepgate';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { range } from '../../helpers/tensors.ts';
import { type Check, largestError, numbers, type Outcome } from './check.ts';

/** A training of ten steps: two epochs of five batches of four samples. */
interface Training {
  readonly name: string;
  readonly layers: () => readonly Layer[];
  readonly examples: AnyExamples;
  readonly options: Pick<
    FitOptions,
    'loss' | 'optimizer' | 'clipNorm' | 'clipValue' | 'regularization' | 'fraternal' | 'lossWeights'
  >;
}

const SAMPLES = 20;
const STEPS = { epochs: 2, batchSize: 4 };

/** Lengths from 0 to 9, all of them. */
const lengths = range(0, SAMPLES).map((i) => (i * 7) % 10);
const tokens = lengths.map((length, i) => Array.from(numbers(`tokens ${i}`, length, 1, 12), Math.floor));
const sequences = lengths.map((length, i) =>
  range(0, length).map((t) => Array.from(numbers(`sequence ${i} ${t}`, 3, -2, 2))),
);

const TRAININGS: readonly Training[] = [
  {
    name: 'embedding, lstm, softmax of sampled classes tied to the embedding; classes at steps, sgd',
    layers: () => [
      embedding({ vocabulary: 12, units: 5 }),
      lstm({ units: 5, returnSequences: true }),
      sampledSoftmax({ units: 12, samples: 4, tiedTo: '0.weight' }),
    ],
    examples: { x: tokens, y: tokens },
    options: { loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 0.2 }) },
  },
  {
    name: 'embedding, gru, adaptive softmax; classes at steps, adam',
    layers: () => [
      embedding({ vocabulary: 12, units: 5 }),
      gru({ units: 6, returnSequences: true }),
      adaptiveSoftmax({ units: 12, cutoffs: [3, 6], divValue: 2 }),
    ],
    examples: { x: tokens, y: tokens },
    options: { loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.01 }) },
  },
  {
    name: 'embedding, lstm with variational dropout and zoneout per step, dense; classes, adam, clipped',
    layers: () => [
      embedding({ vocabulary: 12, units: 5 }),
      lstm({
        units: 7,
        dropout: [variational({ input: 0.2, recurrent: 0.35 }), zoneout({ hidden: 0.1, cell: 0.3, scope: 'step' })],
      }),
      dense({ units: 3 }),
    ],
    examples: { x: tokens, y: tokens.map((ids) => ids.length % 3) },
    options: { loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.01 }), clipNorm: 0.5 },
  },
  {
    name: 'bidirectional gru with weightDrop, mean, dense; yes or no, adam',
    layers: () => [
      bidirectional(gru({ units: 5, dropout: weightDrop({ recurrent: 0.4 }), returnSequences: true })),
      pooling({ over: 'mean' }),
      dense({ units: 1 }),
    ],
    examples: { x: sequences, y: sequences.map((steps) => (steps.length > 4 ? 1 : 0)) },
    options: { loss: binaryCrossEntropy(), optimizer: adam({ learningRate: 0.01 }) },
  },
  {
    name: 'two layers of rnn, dense; values at every step, sgd with momentum',
    layers: () => [rnn({ units: 6, layers: 2, returnSequences: true }), dense({ units: 2 })],
    examples: { x: sequences, y: sequences.map((steps) => steps.map(([a = 0, b = 0, c = 0]) => [a * b, b - c])) },
    options: { loss: meanSquaredError(), optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) },
  },
  {
    name: 'embedding that drops, lstm with costs of activations and rates that are learned; classes, fraternal',
    layers: () => [
      embedding({
        vocabulary: 12,
        units: 4,
        unknown: 1,
        dropout: [...wordTypeDropout({ rate: 0.2 }), ...unknownDropout({ rate: 0.15 })],
      }),
      lstm({
        units: 5,
        dropout: concrete({ input: 0.2, recurrent: 0.1, output: 0.3, temperature: 0.5 }),
        activationRegularization: { ar: 2, tar: 1 },
      }),
      dense({ units: 3 }),
    ],
    examples: { x: tokens, y: tokens.map((ids) => ids.length % 3) },
    options: { loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 0.1, momentum: 0.5 }), fraternal: {} },
  },
  {
    name: 'batchNorm, gru, layerNorm, dense; values at every step, adam',
    layers: () => [
      batchNorm(),
      gru({ units: 6, returnSequences: true, dropout: variational({ recurrent: 0.2 }) }),
      layerNorm(),
      dense({ units: 2 }),
    ],
    examples: { x: sequences, y: sequences.map((steps) => steps.map(([a = 0, b = 0, c = 0]) => [a * b, b - c])) },
    options: { loss: meanSquaredError(), optimizer: adam({ learningRate: 0.01 }) },
  },
  {
    name: 'embedding, conv1d, maxPool1d, conv1d, averagePool1d, lstm, dense; classes, sgd with momentum',
    layers: () => [
      embedding({ vocabulary: 12, units: 4 }),
      conv1d({ filters: 5, kernelSize: 3, padding: 'causal', activation: 'tanh' }),
      maxPool1d({ strides: 1, padding: 'same' }),
      conv1d({ filters: 4, kernelSize: 2, dilation: 2, padding: 'same' }),
      averagePool1d({ poolSize: 3, strides: 2 }),
      lstm({ units: 5 }),
      dense({ units: 3 }),
    ],
    examples: { x: tokens, y: tokens.map((ids) => ids.length % 3) },
    options: { loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 0.1, momentum: 0.5 }) },
  },
  {
    name: 'residual, branches side by side, lastStates, dense; values, adam',
    layers: () => [
      residual([layerNorm(), conv1d({ filters: 3, kernelSize: 2, padding: 'causal' })]),
      concatenate([gru({ units: 4, returnSequences: true })], [reverse(), dense({ units: 3, activation: 'tanh' })], []),
      lastStates(3),
      lstm({ units: 4, dropout: variational({ input: 0.2 }) }),
      dense({ units: 2 }),
    ],
    examples: { x: sequences, y: sequences.map((steps) => [steps.length / 5, steps[0]?.[0] ?? 0]) },
    options: { loss: meanSquaredError(), optimizer: adam({ learningRate: 0.01 }) },
  },
  {
    name: 'words and numbers beside each other, lstm, heads of classes and of values; adam',
    layers: () => [
      inputs({ words: [embedding({ vocabulary: 12, units: 4 })], numbers: [dense({ units: 3, activation: 'tanh' })] }),
      lstm({ units: 5, returnSequences: true, dropout: variational({ recurrent: 0.2 }) }),
      heads({ tags: [dense({ units: 3 })], values: [pooling({ over: 'mean' }), dense({ units: 2 })] }),
    ],
    examples: {
      x: tokens.map((words) => ({ words, numbers: words.map((id) => [id / 12, 1 - id / 6]) })),
      y: tokens.map((ids, i) => ({ tags: i === 1 ? null : ids.map((id) => id % 3), values: [ids.length / 5, 1] })),
    },
    options: {
      loss: { tags: softmaxCrossEntropy(), values: meanSquaredError() },
      lossWeights: { values: 0.5 },
      optimizer: adam({ learningRate: 0.01 }),
    },
  },
  {
    name: 'embedding, gru, attention of both kinds side by side, timeDistributed, dense; classes, adam',
    layers: () => [
      embedding({ vocabulary: 12, units: 4 }),
      gru({ units: 5, returnSequences: true, dropout: variational({ recurrent: 0.2 }) }),
      timeDistributed(dense({ units: 4, activation: 'tanh' })),
      concatenate([attention({ kind: 'additive', units: 3 })], [attention({ kind: 'dot' })]),
      dense({ units: 3 }),
    ],
    examples: { x: tokens, y: tokens.map((ids) => ids.length % 3) },
    options: { loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.01 }) },
  },
  ...(
    [
      [
        { optimizer: rmsprop({ learningRate: 0.001, momentum: 0.5 }), regularization: { l1: 0.001, l2: 0.01 } },
        huber({ delta: 0.5 }),
      ],
      [
        { optimizer: rmsprop({ learningRate: 0.001, centered: true, epsilon: 0.01 }), clipValue: 0.05 },
        meanSquaredError(),
      ],
      [{ optimizer: adagrad(), regularization: { maxNorm: 0.8 } }, huber()],
      [
        { optimizer: nadam(), regularization: { weightDecay: { kernel: 0.5, recurrent: 2, bias: 1 } } },
        meanSquaredError(),
      ],
      [{ optimizer: radam({ beta2: 0.8 }), clipNorm: 0.3 }, meanAbsoluteError()],
    ] as const
  ).map(([options, loss]) => ({
    name: `gru, dense; values, ${[options.optimizer.config.type, ...Object.keys(options).slice(1), loss.config.type].join(', ')}`,
    layers: () => [gru({ units: 5 }), dense({ units: 2 })],
    examples: { x: sequences, y: sequences.map((steps) => [steps.length / 5, steps[0]?.[0] ?? 0]) },
    options: { loss, ...options },
  })),
];

/** Ten steps of training give the weights that the reference engine comes to, and the losses on the way. */
export const TRAINING: readonly Check[] = TRAININGS.map((training) => ({
  name: training.name,
  run: async (engine) =>
    largestError(await trained(engine, training), await trained(createReferenceEngine(), training)),
}));

async function trained(engine: Ops, { layers, examples, options }: Training): Promise<Outcome[]> {
  const model = sequential(layers(), { engine });
  try {
    const { epochs } = await model.fit(examples, { ...options, ...STEPS, key: key(11) });
    const losses = Float64Array.from(epochs, ({ training }) => training.loss);
    const weights = Object.values(await model.getWeights());
    return [
      { shape: [losses.length], values: losses },
      ...weights.map((weight) => ({ shape: weight.shape, values: weight.toFlat() })),
    ];
  } finally {
    await model.dispose();
  }
}
