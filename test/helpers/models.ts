import {
  adaptiveSoftmax,
  annealed,
  attention,
  averagePool1d,
  batchNorm,
  bidirectional,
  binaryCrossEntropy,
  concatenate,
  conv1d,
  conv2d,
  curriculum,
  type Distribution,
  dense,
  dropout,
  embedding,
  encoderDecoder,
  flatten,
  frozen,
  gru,
  heads,
  highway,
  huber,
  type InputsByName,
  inputs,
  lastStates,
  type Layer,
  layerNorm,
  type Loss,
  type LossByHead,
  lockedDropout,
  lstm,
  maxPool1d,
  maxPool2d,
  meanAbsoluteError,
  meanSquaredError,
  type Nested,
  pooling,
  repeatVector,
  reshape,
  residual,
  reverse,
  rnn,
  sampledSoftmax,
  sharedAcrossLayers,
  type Site,
  type SiteDropout,
  softmaxCrossEntropy,
  type TargetsByName,
  timeDistributed,
  variational,
  zoneout,
} from 'keepgate';

/** A model and data that it can learn from: a new kind of layer or loss is one row, and gets every law. */
export interface ModelRow {
  readonly name: string;
  readonly layers: () => readonly Layer[];
  readonly loss: Loss | LossByHead;
  readonly examples: {
    readonly x: readonly Nested[] | readonly InputsByName[];
    readonly y: readonly Nested[] | readonly TargetsByName[];
  };
}

const tokens = [[3, 1, 4, 1], [5, 2], [], [2, 6, 5], [3, 5, 1, 4, 2]];
const sequences = [
  [
    [0.3, -1.2],
    [0.8, 0.1],
    [-0.4, 0.9],
  ],
  [[1.1, 0.2]],
  [
    [-0.7, 0.5],
    [0.2, -0.3],
  ],
];
const vectors = [
  [0.5, -1.5, 0.25],
  [1.25, 0.75, -0.5],
  [-0.2, 0.1, 0.9],
];

/** Smooth, so that differences of the loss by its rate are exact to many digits, and with costs that are not small. */
const CONCRETE: Distribution = {
  name: 'concrete',
  temperature: 0.7,
  weightRegularizer: 0.03,
  dropoutRegularizer: 0.05,
};

function learned(site: Site, rate: number): SiteDropout {
  return { site, rate, distribution: CONCRETE };
}

export const MODELS: readonly ModelRow[] = [
  {
    name: 'embedding, lstm, dense',
    layers: () => [
      embedding({ vocabulary: 7, units: 3 }),
      lstm({ units: 4, dropout: [variational({ input: 0.2, recurrent: 0.35 }), zoneout({ hidden: 0.15, cell: 0.3 })] }),
      dense({ units: 3 }),
    ],
    loss: softmaxCrossEntropy(),
    examples: { x: tokens, y: [0, 2, 1, 1, 0] },
  },
  {
    name: 'embedding, bidirectional gru, max, dropout, dense softmax',
    layers: () => [
      embedding({ vocabulary: 7, units: 3 }),
      bidirectional(
        gru({ units: 3, layers: 2, returnSequences: true, dropout: variational({ recurrent: 0.3, tied: false }) }),
      ),
      pooling({ over: 'max' }),
      dropout({ rate: 0.2 }),
      dense({ units: 4, activation: 'softmax' }),
    ],
    loss: softmaxCrossEntropy(),
    examples: { x: tokens, y: [3, 2, 1, 0, 0] },
  },
  {
    name: 'layer-normalised lstm, and gru both ways',
    layers: () => [
      lstm({
        units: 4,
        returnSequences: true,
        normalization: 'layer',
        dropout: [variational({ input: 0.2, recurrent: 0.35 }), zoneout({ hidden: 0.15, cell: 0.3 })],
      }),
      bidirectional(gru({ units: 4, normalization: 'layer', dropout: [learned('output', 0.25)] })),
      dense({ units: 2 }),
    ],
    loss: meanSquaredError(),
    examples: {
      x: sequences,
      y: [
        [0.5, -0.25],
        [-1, 0.75],
        [0.1, 1.2],
      ],
    },
  },
  {
    name: 'bidirectional lstm, last, dense relu, dense sigmoid',
    layers: () => [
      bidirectional(lstm({ units: 2 })),
      dense({ units: 3, activation: 'relu' }),
      dense({ units: 2, activation: 'sigmoid' }),
    ],
    loss: binaryCrossEntropy(),
    examples: {
      x: sequences,
      y: [
        [1, 0],
        [0, 0.25],
        [1, 1],
      ],
    },
  },
  {
    name: 'rnn over time, dropout per step, dense tanh: a value at every step',
    layers: () => [
      rnn({ units: 3, returnSequences: true }),
      dropout({ rate: 0.35, scope: 'step' }),
      dense({ units: 2, activation: 'tanh' }),
    ],
    loss: meanSquaredError(),
    examples: {
      x: sequences,
      y: [
        [
          [0.1, 0.4],
          [0.3, -0.2],
          [0.5, 0.6],
        ],
        [[-0.3, 0.2]],
        [
          [0.7, 0.1],
          [-0.6, 0.9],
        ],
      ],
    },
  },
  {
    name: 'gru (reset before), mean, dense: a tag at every step beside',
    layers: () => [
      gru({ units: 3, resetAfter: false, returnSequences: true }),
      pooling({ over: 'mean' }),
      dense({ units: 2 }),
    ],
    loss: meanSquaredError(),
    examples: {
      x: sequences,
      y: [
        [0.5, 1],
        [-0.25, 2],
        [1.5, 0],
      ],
    },
  },
  {
    name: 'embedding, rnn over time, last, dense softmax with squared error',
    layers: () => [
      embedding({ vocabulary: 7, units: 2 }),
      rnn({ units: 3, returnSequences: true }),
      pooling({ over: 'last' }),
      dense({ units: 3, activation: 'softmax' }),
    ],
    loss: meanSquaredError(),
    examples: {
      x: tokens,
      y: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
        [0, 0.5, 0.5],
        [1, 0, 0],
      ],
    },
  },
  {
    name: 'embedding, lstm over time, dense: a class at every step',
    layers: () => [
      embedding({ vocabulary: 7, units: 2 }),
      lstm({ units: 3, returnSequences: true }),
      dense({ units: 3 }),
    ],
    loss: softmaxCrossEntropy(),
    examples: { x: tokens, y: [[0, 1, 2, 0], [1, 1], [], [2, 0, 1], [0, 0, 1, 2, 2]] },
  },
  {
    name: 'embedding that drops tokens, words and rows, lstm, dense',
    layers: () => [
      embedding({
        vocabulary: 7,
        units: 3,
        unknown: 1,
        dropout: [
          { site: 'unknown', rate: 0.6 },
          { site: 'wordType', rate: 0.1 },
          { site: 'embeddingRow', rate: 0.15 },
          { site: 'token', rate: 0.2, scaling: 'literal' },
        ],
      }),
      lstm({ units: 3, dropout: variational({ input: 0.2 }) }),
      dense({ units: 3 }),
    ],
    loss: softmaxCrossEntropy(),
    examples: { x: tokens, y: [0, 2, 1, 1, 0] },
  },
  {
    name: 'embedding, two lstms with costs of activations, dense: a class at every step',
    layers: () => [
      embedding({ vocabulary: 7, units: 2 }),
      lstm({
        units: 3,
        layers: 2,
        returnSequences: true,
        dropout: lockedDropout({ output: 0.4 }),
        activationRegularization: { ar: 2, tar: 1 },
      }),
      dense({ units: 3 }),
    ],
    loss: softmaxCrossEntropy(),
    examples: { x: tokens, y: [[0, 1, 2, 0], [1, 1], [], [2, 0, 1], [0, 0, 1, 2, 2]] },
  },
  {
    name: 'bidirectional gru with costs of activations under masks per step, dense',
    layers: () => [
      bidirectional(
        gru({
          units: 2,
          dropout: [{ site: 'output', rate: 0.35, scope: 'step' }],
          activationRegularization: { tar: 1.5 },
        }),
      ),
      dense({ units: 2 }),
    ],
    loss: meanSquaredError(),
    examples: {
      x: sequences,
      y: [
        [0.5, 1],
        [-0.25, 2],
        [1.5, 0],
      ],
    },
  },
  {
    name: 'two lstms with learned rates, dropout with a learned rate, dense',
    layers: () => [
      lstm({
        units: 3,
        layers: 2,
        activationRegularization: { ar: 40 },
        dropout: [learned('input', 0.2), { ...learned('recurrent', 0.35), tied: false }, learned('output', 0.3)],
      }),
      dropout({ rate: 0.15, distribution: CONCRETE }),
      dense({ units: 2 }),
    ],
    loss: meanSquaredError(),
    examples: {
      x: sequences,
      y: [
        [0.5, 1],
        [-0.25, 2],
        [1.5, 0],
      ],
    },
  },
  {
    name: 'bidirectional gru (reset before) with learned rates per step, dropped weights, mean, dense',
    layers: () => [
      bidirectional(
        gru({
          units: 2,
          resetAfter: false,
          returnSequences: true,
          dropout: [
            { ...learned('input', 0.25), tied: false, scope: 'step' },
            { ...learned('recurrent', 0.4), tied: false, scope: 'step' },
            { ...learned('output', 0.2), scope: 'step' },
            { site: 'weight', rate: 0.3 },
          ],
        }),
      ),
      pooling({ over: 'mean' }),
      dense({ units: 2 }),
    ],
    loss: meanSquaredError(),
    examples: {
      x: sequences,
      y: [
        [0.5, 1],
        [-0.25, 2],
        [1.5, 0],
      ],
    },
  },
  {
    name: 'rnn with rates that change, gaussian dropout, dense',
    layers: () => [
      rnn({
        units: 3,
        dropout: [
          { site: 'input', rate: annealed(0.4, { gamma: 0.1 }), scaling: 'literal' },
          { site: 'zoneHidden', rate: curriculum(0.3, { gamma: 0.2 }), scope: 'step' },
        ],
      }),
      dropout({ rate: 0.3, distribution: 'gaussian' }),
      dense({ units: 2 }),
    ],
    loss: meanSquaredError(),
    examples: {
      x: sequences,
      y: [
        [0.5, 1],
        [-0.25, 2],
        [1.5, 0],
      ],
    },
  },
  {
    name: 'rnn over time, dense with absolute error: a value at every step',
    layers: () => [rnn({ units: 3, returnSequences: true }), dense({ units: 2 })],
    loss: meanAbsoluteError(),
    examples: { x: sequences, y: sequences.map((steps) => steps.map(([a = 0, b = 0]) => [a - 2, b + 1])) },
  },
  {
    name: 'lstm over time, dense with the loss of Huber: near and far values at every step',
    layers: () => [lstm({ units: 3, returnSequences: true }), dense({ units: 2 })],
    loss: huber({ delta: 0.7 }),
    examples: { x: sequences, y: sequences.map((steps) => steps.map(([a = 0, b = 0]) => [a / 4, b + 3])) },
  },
  {
    name: 'batchNorm, lstm over time, layerNorm, dropout, dense: a value at every step',
    layers: () => [
      batchNorm({ momentum: 0.2 }),
      lstm({ units: 3, returnSequences: true, dropout: variational({ recurrent: 0.3 }) }),
      layerNorm({ epsilon: 0.1 }),
      dropout({ rate: 0.25 }),
      dense({ units: 2 }),
    ],
    loss: meanSquaredError(),
    examples: { x: sequences, y: sequences.map((steps) => steps.map(([a = 0, b = 0]) => [a * b, a - b])) },
  },
  {
    name: 'dense, batchNorm, dropout, layerNorm, dense on vectors',
    layers: () => [
      dense({ units: 4, activation: 'tanh' }),
      batchNorm({ epsilon: 0.01 }),
      dropout({ rate: 0.4 }),
      layerNorm({ epsilon: 0.1 }),
      dense({ units: 1 }),
    ],
    loss: binaryCrossEntropy(),
    examples: { x: vectors, y: [1, 0, 1] },
  },
  {
    name: 'frozen embedding of given vectors, frozen batchNorm, frozen lstm that drops, dense',
    layers: () => [
      frozen(
        embedding({
          vocabulary: 7,
          units: 2,
          weights: [...Array(7).keys()].map((i) => [Math.sin(i), Math.cos(2 * i)]),
        }),
      ),
      frozen(batchNorm()),
      frozen(lstm({ units: 3, dropout: variational({ input: 0.2, recurrent: 0.35 }) })),
      dense({ units: 3 }),
    ],
    loss: softmaxCrossEntropy(),
    examples: { x: tokens, y: [0, 2, 1, 1, 0] },
  },
  {
    name: 'dense, a frozen layer that passes gradients, layerNorm, frozen dense softmax',
    layers: () => [
      dense({ units: 3, activation: 'tanh' }),
      frozen(dense({ units: 3 })),
      layerNorm({ epsilon: 0.1 }),
      frozen(dense({ units: 2, activation: 'softmax' })),
    ],
    loss: softmaxCrossEntropy(),
    examples: { x: vectors, y: [1, 0, 1] },
  },
  {
    name: 'embedding, causal conv1d, dropout, lstm over time, dense: a class at every step',
    layers: () => [
      embedding({ vocabulary: 7, units: 2 }),
      conv1d({ filters: 3, kernelSize: 2, dilation: 2, padding: 'causal', activation: 'tanh' }),
      dropout({ rate: 0.25 }),
      lstm({ units: 3, returnSequences: true, dropout: variational({ recurrent: 0.3 }) }),
      dense({ units: 3 }),
    ],
    loss: softmaxCrossEntropy(),
    examples: { x: tokens, y: [[0, 1, 2, 0], [1, 1], [], [2, 0, 1], [0, 0, 1, 2, 2]] },
  },
  {
    name: 'embedding, conv1d, maxPool1d, conv1d same, averagePool1d, gru, dense',
    layers: () => [
      embedding({ vocabulary: 7, units: 2 }),
      conv1d({ filters: 3, kernelSize: 2, activation: 'sigmoid' }),
      maxPool1d({ poolSize: 2, strides: 1, padding: 'same' }),
      conv1d({ filters: 2, kernelSize: 3, padding: 'same' }),
      averagePool1d({ padding: 'same' }),
      gru({ units: 2, dropout: variational({ input: 0.2 }) }),
      dense({ units: 3 }),
    ],
    loss: softmaxCrossEntropy(),
    examples: { x: tokens, y: [0, 2, 1, 1, 0] },
  },
  {
    name: 'conv1d with strides, dense: a value at every step that it hands on',
    layers: () => [conv1d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }), dense({ units: 1 })],
    loss: meanSquaredError(),
    examples: { x: sequences, y: [[[0.5], [-1]], [[2]], [[1.5]]] },
  },
  {
    name: 'gru, repeatVector, lstm over time, dense: an answer of another length than the question',
    layers: () => [
      embedding({ vocabulary: 7, units: 2 }),
      gru({ units: 3, dropout: variational({ recurrent: 0.3 }) }),
      repeatVector(2),
      lstm({ units: 3, returnSequences: true, dropout: variational({ input: 0.2, recurrent: 0.35 }) }),
      dense({ units: 3 }),
    ],
    loss: softmaxCrossEntropy(),
    examples: {
      x: tokens,
      y: [
        [0, 1],
        [1, 1],
        [2, 0],
        [2, 0],
        [0, 2],
      ],
    },
  },
  {
    name: 'reverse, rnn over time, lastStates, dense: values at the last steps',
    layers: () => [reverse(), rnn({ units: 3, returnSequences: true }), lastStates(2), dense({ units: 1 })],
    loss: meanSquaredError(),
    examples: { x: sequences, y: [[[0.5], [-1]], [[2]], [[1.5], [0]]] },
  },
  {
    name: 'residual of norms, convolution and dropout, residual lstm: a value at every step',
    layers: () => [
      residual([batchNorm(), conv1d({ filters: 2, kernelSize: 2, padding: 'causal' }), dropout({ rate: 0.25 })]),
      residual([
        layerNorm({ epsilon: 0.1 }),
        lstm({ units: 2, returnSequences: true, dropout: variational({ recurrent: 0.3 }) }),
      ]),
      dense({ units: 2 }),
    ],
    loss: meanSquaredError(),
    examples: { x: sequences, y: sequences.map((steps) => steps.map(([a = 0, b = 0]) => [a * b, a - b])) },
  },
  {
    name: 'blocks of stochastic depth, a highway, and a stack that shares its masks',
    layers: () => [
      residual([dense({ units: 2, activation: 'tanh' })], { stochasticDepth: 0.25, scaling: 'inverted' }),
      residual([dense({ units: 2, activation: 'tanh' }), dropout({ rate: 0.2 })], {
        stochasticDepth: 0.5,
        perBatch: true,
      }),
      highway([dense({ units: 2, activation: 'tanh' })], { gateBias: -0.5 }),
      gru({ units: 3, layers: 2, returnSequences: true, dropout: sharedAcrossLayers(variational({ recurrent: 0.3 })) }),
      dense({ units: 2 }),
    ],
    loss: meanSquaredError(),
    examples: { x: sequences, y: sequences.map((steps) => steps.map(([a = 0, b = 0]) => [a * b, a - b])) },
  },
  {
    name: 'branches over tokens that drop, of learned rates and of frozen layers, side by side, dense',
    layers: () => [
      concatenate(
        [
          embedding({ vocabulary: 7, units: 2, unknown: 1, dropout: [{ site: 'unknown', rate: 0.3 }] }),
          lstm({ units: 3, activationRegularization: { ar: 2 }, dropout: [learned('input', 0.25)] }),
        ],
        [
          frozen(embedding({ vocabulary: 7, units: 3 })),
          concatenate([pooling({ over: 'mean' }), dropout({ rate: 0.2 })], [gru({ units: 2 })]),
        ],
      ),
      dense({ units: 3 }),
    ],
    loss: softmaxCrossEntropy(),
    examples: { x: tokens, y: [0, 2, 1, 1, 0] },
  },
  {
    name: 'embedding, bidirectional lstm over time, additive attention, dense',
    layers: () => [
      embedding({ vocabulary: 7, units: 2 }),
      bidirectional(lstm({ units: 2, returnSequences: true, dropout: variational({ recurrent: 0.3 }) })),
      attention({ kind: 'additive', units: 3 }),
      dense({ units: 3 }),
    ],
    loss: softmaxCrossEntropy(),
    examples: { x: tokens, y: [0, 2, 1, 1, 0] },
  },
  {
    name: 'timeDistributed dense, dot attention beside the last step, dense',
    layers: () => [
      timeDistributed(dense({ units: 3, activation: 'tanh' })),
      concatenate([attention({ kind: 'dot' })], [pooling({ over: 'last' })]),
      dense({ units: 1 }),
    ],
    loss: meanSquaredError(),
    examples: { x: sequences, y: [[0.5], [-0.25], [1.5]] },
  },
  {
    name: 'gru over time, what its steps weigh',
    layers: () => [gru({ units: 3, returnSequences: true }), attention({ kind: 'dot', returnWeights: true })],
    loss: meanSquaredError(),
    examples: { x: sequences, y: sequences.map((steps) => steps.map(([a = 0]) => [a])) },
  },
  {
    name: 'embedding that drops words, lstm, residual of tied layers, dense tied to the embedding: a class at every step',
    layers: () => [
      embedding({ vocabulary: 7, units: 3, dropout: [{ site: 'wordType', rate: 0.3 }] }),
      lstm({ units: 3, returnSequences: true, dropout: variational({ recurrent: 0.3 }) }),
      residual([dense({ units: 3, activation: 'tanh' }), dense({ units: 3, tiedTo: '0.weight' })]),
      dense({ units: 7, tiedTo: '0.weight' }),
    ],
    loss: softmaxCrossEntropy(),
    examples: { x: tokens, y: [[0, 1, 2, 0], [1, 6], [], [2, 0, 1], [0, 3, 1, 2, 5]] },
  },
  {
    name: 'embedding, lstm, softmax that samples classes: a class at every step',
    layers: () => [
      embedding({ vocabulary: 7, units: 2 }),
      lstm({ units: 3, returnSequences: true }),
      sampledSoftmax({ units: 7, samples: 3 }),
    ],
    loss: softmaxCrossEntropy(),
    examples: { x: tokens, y: [[0, 1, 2, 0], [1, 6], [], [2, 0, 1], [0, 3, 1, 2, 5]] },
  },
  {
    name: 'embedding, gru, adaptive softmax',
    layers: () => [
      embedding({ vocabulary: 7, units: 2 }),
      gru({ units: 4, dropout: variational({ recurrent: 0.3 }) }),
      adaptiveSoftmax({ units: 8, cutoffs: [2, 4], divValue: 2, headBias: true }),
    ],
    loss: softmaxCrossEntropy(),
    examples: { x: tokens, y: [0, 2, 7, 1, 5] },
  },
  {
    name: 'words and numbers beside each other, lstm over time, heads of tags, of a topic and of values that some lack',
    layers: () => [
      inputs({
        words: [embedding({ vocabulary: 7, units: 2 }), dropout({ rate: 0.2 })],
        shapes: [rnn({ units: 3, returnSequences: true, dropout: variational({ recurrent: 0.3 }) })],
      }),
      lstm({ units: 4, returnSequences: true, dropout: variational({ input: 0.2, recurrent: 0.35 }) }),
      heads({
        tags: [dropout({ rate: 0.25 }), dense({ units: 3, activation: 'softmax' })],
        topic: [attention({ kind: 'additive' }), dense({ units: 2 })],
        values: [gru({ units: 2, activationRegularization: { ar: 2 }, dropout: [learned('input', 0.25)] })],
      }),
    ],
    loss: { tags: softmaxCrossEntropy(), topic: softmaxCrossEntropy(), values: meanSquaredError() },
    examples: {
      x: sequences.map((shapes, i) => ({ words: shapes.map((_, t) => (3 * t + i + 1) % 7), shapes })),
      y: [
        { tags: [0, 2, 1], topic: 1, values: null },
        { tags: null, topic: 0, values: [0.5, -1] },
        { tags: [1, 1], topic: null, values: [0.25, 2] },
      ],
    },
  },
  {
    name: 'vectors of two inputs, dense tanh, heads of a class and of yes or no',
    layers: () => [
      inputs({ one: [dense({ units: 2 }), batchNorm()], other: [] }),
      dense({ units: 4, activation: 'tanh' }),
      heads({
        kind: [dense({ units: 3 })],
        sure: [dropout({ rate: 0.4 }), dense({ units: 1, activation: 'sigmoid' })],
      }),
    ],
    loss: { kind: softmaxCrossEntropy(), sure: binaryCrossEntropy() },
    examples: {
      x: vectors.map((one) => ({ one, other: one.slice(1) })),
      y: [
        { kind: 2, sure: 1 },
        { kind: 0, sure: 0 },
        { kind: 1, sure: 1 },
      ],
    },
  },
  {
    name: 'encoder and decoder that drop, of sources and targets of other lengths, dense: a class at every step',
    layers: () => [
      encoderDecoder({
        encoder: [
          embedding({ vocabulary: 7, units: 2 }),
          lstm({ units: 3, layers: 2, dropout: variational({ input: 0.2, recurrent: 0.35 }) }),
        ],
        decoder: [
          embedding({ vocabulary: 4, units: 2 }),
          dropout({ rate: 0.25 }),
          lstm({ units: 3, layers: 2, returnSequences: true, dropout: variational({ recurrent: 0.3 }) }),
        ],
      }),
      dense({ units: 3 }),
    ],
    loss: softmaxCrossEntropy(),
    examples: {
      x: tokens.map((source, i) => ({ source, target: [3, 1, 0, 2, 1].slice(0, 1 + i) })),
      y: tokens.map((_, i) => [1, 0, 2, 1, 0].slice(0, 1 + i)),
    },
  },
  {
    name: 'dense layers on vectors',
    layers: () => [dense({ units: 4, activation: 'tanh' }), dropout({ rate: 0.4 }), dense({ units: 1 })],
    loss: binaryCrossEntropy(),
    examples: { x: vectors, y: [1, 0, 1] },
  },
  {
    name: 'reshape, conv2d, spatial dropout of a learned rate, maxPool2d, dropout, conv2d, flatten, dense on images',
    layers: () => [
      reshape({ shape: [4, 3, 2] }),
      conv2d({ filters: 3, kernelSize: 2, activation: 'tanh' }),
      dropout({ rate: 0.3, spatial: true, distribution: CONCRETE }),
      maxPool2d({ strides: 1, padding: 'same' }),
      dropout({ rate: 0.2 }),
      conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
      dropout({ rate: 0.25, spatial: true }),
      flatten(),
      dense({ units: 3 }),
    ],
    loss: softmaxCrossEntropy(),
    examples: {
      x: [0.3, 1.7, -0.4].map((at) => Array.from({ length: 24 }, (_, i) => Math.sin(2.3 * i + at))),
      y: [0, 2, 1],
    },
  },
];
