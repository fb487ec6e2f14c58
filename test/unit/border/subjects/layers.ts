import * as keepgate from 'keepgate';
import { type Arguments, type Kind, kind } from './arguments.ts';

const { createEngine, dense, dropout, embedding, gru, key, lstm, none, onePerSample, pooling, recurrent, variational } =
  keepgate;

const engine = await createEngine('reference');
const VECTOR = { over: 'batch', dtype: 'numbers', shape: [2] };
const SEQUENCE = { over: 'time', dtype: 'numbers', shape: [2] };
const TOKENS = { over: 'time', dtype: 'ids', shape: [], vocabulary: 5 };

/** One recurrent layer, layers of models, and what makes layers. */
export const LAYERS: Arguments = {
  recurrent: () => [
    {
      cell: 'gru',
      inputSize: 2,
      hiddenSize: 3,
      resetAfter: false,
      layers: 2,
      bidirectional: true,
      engine,
      key: { ...key(1) },
    },
  ],
  Recurrent: () => [{ cell: 'lstm', inputSize: 2, hiddenSize: 3, engine: 'reference' }],
  dense: () => [{ units: 2, activation: 'relu' }],
  dropout: () => [{ rate: 0.2, scope: 'step', distribution: 'gaussian' }],
  embedding: () => [
    {
      vocabulary: 5,
      units: 2,
      dropout: [{ site: 'unknown', rate: 0.2 }],
      unknown: 1,
      weights: Array.from({ length: 5 }, (_, i) => [i, 1 - i]),
    },
  ],
  pooling: () => [{ over: 'mean' }],
  allSteps: () => [{ behind: 'zeros' }],
  frozen: () => [dense({ units: 2 })],
  conv1d: () => [{ filters: 2, kernelSize: 2, strides: 1, dilation: 2, padding: 'same', activation: 'relu' }],
  conv2d: () => [{ filters: 2, kernelSize: 1, strides: 1, padding: 'same', activation: 'relu' }],
  maxPool2d: () => [{ poolSize: 1, strides: 1, padding: 'same' }],
  reshape: () => [{ shape: [1, 2, 1] }],
  flatten: () => [],
  maxPool1d: () => [{ poolSize: 2, strides: 1, padding: 'same' }],
  averagePool1d: () => [{ poolSize: 2, strides: 1, padding: 'same' }],
  attention: () => [{ kind: 'additive', units: 2, returnWeights: true }],
  timeDistributed: () => [dense({ units: 2 })],
  reverse: () => [],
  repeatVector: () => [3],
  lastStates: () => [2],
  residual: () => [[dense({ units: 2 })], { stochasticDepth: 0.2, scaling: 'inverted', perBatch: true }],
  highway: () => [[dense({ units: 2 })], { gateBias: -1 }],
  concatenate: () => [[dense({ units: 2 })], []],
  heads: () => [{ tags: [dense({ units: 2 })], all: [] }],
  inputs: () => [{ words: [dense({ units: 2 })], others: [] }],
  sampledSoftmax: () => [{ units: 5, samples: 2, distribution: 'uniform', tiedTo: '0.weight' }],
  adaptiveSoftmax: () => [{ units: 5, cutoffs: [2], divValue: 2, headBias: true }],
  encoderDecoder: () => [{ encoder: [gru({ units: 2 })], decoder: [gru({ units: 2, returnSequences: true })] }],
  layerNorm: () => [{ epsilon: 0.001 }],
  batchNorm: () => [{ momentum: 0.2, epsilon: 0.001 }],
  lstm: () => [
    {
      units: 2,
      dropout: [variational({ recurrent: 0.3 })],
      returnSequences: true,
      layers: 2,
      activationRegularization: { ar: 1, tar: 1 },
    },
  ],
  gru: () => [{ units: 2, dropout: variational({ recurrent: 0.3 }), resetAfter: false }],
  rnn: () => [{ units: 2 }],
  bidirectional: () => [lstm({ units: 2 })],
  atStepsOf: () => [{ ...onePerSample(2, engine.zeros([2, 3])) }, engine.zeros([2, 3])],
  onePerSample: () => [2, engine.zeros([2, 3])],
  defineLayer: () => [{ type: 'mine', make: () => ({}), parse: () => [] }],
  recurrentProduct: () => [engine, cell(), 0, step(), engine.zeros([1, 2]), engine.zeros([1, 2])],
  recurrentProductGrad: () => [engine, cell(), 0, step(), engine.zeros([1, 2]), engine.zeros([1, 2])],
};

const cell = () => ({ products: [{ gates: ['n'], masked: true }] });
const step = () => ({
  recurrent: [{ weight: engine.zeros([2, 2]), bias: engine.zeros([2]) }],
  factors: engine.uploadFactors({}),
  lengths: null,
  batch: 1,
  t: 0,
});

const context = () => ({ ops: engine, training: false, learned: {}, plan: () => none() });

/** The methods of a layer that takes x and hands on y. */
function layerKind(make: () => keepgate.Layer, input: object, batch: () => keepgate.Batch): Kind {
  return kind({
    make,
    methods: {
      outputs: () => [{ x: { ...input } }],
      weights: () => [{ x: { ...input } }],
      carries: () => [{ x: { ...input } }],
      run: (layer: keepgate.Layer) => [context(), weightsOf(layer, input), { x: { ...batch() } }],
      warnings: () => [],
      bothWays: () => [],
      steps: () => [3],
    },
  });
}

function weightsOf(layer: keepgate.Layer, input: object): Record<string, keepgate.Handle> {
  const specs = Object.entries(layer.weights({ x: input as keepgate.Signature }));
  return Object.fromEntries(specs.map(([name, { shape }]) => [name, engine.zeros(shape)]));
}

const overTime = (values: keepgate.Handle): keepgate.Batch => ({
  values,
  batch: 1,
  time: 3,
  lengths: null,
  validSteps: Int32Array.of(3),
});
const vectorBatch = () => onePerSample(1, engine.zeros([1, 2]));
const sequenceBatch = () => overTime(engine.zeros([3, 1, 2]));
const tokenBatch = () => ({ ...overTime(engine.uploadIndices([1, 2, 3], [3, 1])), ids: Int32Array.of(1, 2, 3) });

/** A run of a layer over one batch. */
function runKind(): Kind {
  return kind({
    make: () => {
      const layer = dense({ units: 2 });
      const input = { x: VECTOR as unknown as keepgate.Signature };
      layer.outputs(input);
      return layer.run(context(), weightsOf(layer, VECTOR) as never, { x: vectorBatch() });
    },
    methods: { backward: () => [{ y: engine.zeros([1, 2]) }], statistics: () => [] },
  });
}

const recurrentLayer = () => recurrent({ cell: 'lstm', inputSize: 2, hiddenSize: 2, engine, key: key(1) });

/** A weight of a cell, by its name. */
const weightsOfCell = () => ({
  weight_ih: Array.from({ length: 8 }, (_, i) => [i / 8, 0.1]),
  weight_hh: Array.from({ length: 8 }, (_, i) => [i / 9, 0.2]),
  bias_ih: new Float32Array(8),
  bias_hh: Array.from({ length: 8 }, () => 0.1),
});

async function runOver(layer: keepgate.Recurrent): Promise<number> {
  const { y, dispose } = await layer.forward([[[1, 2]]]);
  dispose();
  return y.at(0, 0, 0);
}

/** What they give, by its class or by what made it. */
export const LAYER_KINDS: Readonly<Record<string, Kind>> = {
  Recurrent: kind<keepgate.Recurrent>({
    make: recurrentLayer,
    end: (layer) => layer.dispose(),
    state: runOver,
    methods: {
      setWeights: () => [weightsOfCell()],
      getWeights: () => [],
      extents: () => [2, 3],
      sample: () => [
        variational({ recurrent: 0.5 }),
        { ...key(1) },
        { batch: 1, time: 2, first: { sample: 1 }, update: 2 },
      ],
      forward: () => [
        [
          [
            [1, 2],
            [3, 4],
          ],
        ],
        { plan: [none()], state: { h: [[0, 0]], c: [[0, 0]] }, lengths: [1] },
      ],
      dispose: () => [],
    },
  }),
  RecurrentRun: kind<keepgate.RecurrentRun>({
    make: () =>
      recurrentLayer().forward([
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    end: (run) => run.dispose(),
    methods: {
      backward: () => [
        {
          y: [
            [
              [1, 1],
              [1, 1],
            ],
          ],
          state: { h: [[1, 1]], c: [[1, 1]] },
        },
      ],
      dispose: () => [],
    },
  }),
  'dense layer': layerKind(() => dense({ units: 2 }), VECTOR, vectorBatch),
  'dropout layer': layerKind(() => dropout({ rate: 0.2 }), VECTOR, vectorBatch),
  'pooling layer': layerKind(() => pooling({ over: 'max' }), SEQUENCE, sequenceBatch),
  'layerNorm layer': layerKind(() => keepgate.layerNorm(), VECTOR, vectorBatch),
  'batchNorm layer': layerKind(() => keepgate.batchNorm(), SEQUENCE, sequenceBatch),
  'frozen layer': layerKind(() => keepgate.frozen(dense({ units: 2 })), VECTOR, vectorBatch),
  'conv1d layer': layerKind(() => keepgate.conv1d({ filters: 2, kernelSize: 2 }), SEQUENCE, sequenceBatch),
  'maxPool1d layer': layerKind(() => keepgate.maxPool1d(), SEQUENCE, sequenceBatch),
  'averagePool1d layer': layerKind(() => keepgate.averagePool1d(), SEQUENCE, sequenceBatch),
  'attention layer': layerKind(() => keepgate.attention({ kind: 'additive' }), SEQUENCE, sequenceBatch),
  'timeDistributed layer': layerKind(() => keepgate.timeDistributed(dense({ units: 2 })), SEQUENCE, sequenceBatch),
  'reverse layer': layerKind(() => keepgate.reverse(), SEQUENCE, sequenceBatch),
  'repeatVector layer': layerKind(() => keepgate.repeatVector(3), VECTOR, vectorBatch),
  'lastStates layer': layerKind(() => keepgate.lastStates(2), SEQUENCE, sequenceBatch),
  'residual layer': layerKind(() => keepgate.residual([dense({ units: 2 })]), VECTOR, vectorBatch),
  'highway layer': layerKind(() => keepgate.highway([dense({ units: 2 })]), VECTOR, vectorBatch),
  'concatenate layer': layerKind(() => keepgate.concatenate([dense({ units: 2 })], []), VECTOR, vectorBatch),
  'heads layer': layerKind(() => keepgate.heads({ y: [dense({ units: 2 })] }), VECTOR, vectorBatch),
  'inputs layer': layerKind(() => keepgate.inputs({ x: [dense({ units: 2 })] }), VECTOR, vectorBatch),
  'gru layer': layerKind(() => gru({ units: 2 }), SEQUENCE, sequenceBatch),
  'embedding layer': layerKind(() => embedding({ vocabulary: 5, units: 2 }), TOKENS, tokenBatch),
  LayerRun: runKind(),
  'maker of dense': kind({
    make: () => dense,
    methods: { fromConfig: () => [{ units: 2, activation: 'relu' }, () => dense({ units: 1 })] },
  }),
  'maker of bidirectional': kind({
    make: () => keepgate.bidirectional,
    methods: { fromConfig: () => [{ layer: { type: 'lstm', units: 2 } }, () => lstm({ units: 2 })] },
  }),
};
