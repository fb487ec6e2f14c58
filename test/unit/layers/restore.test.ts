import {
  adaptiveSoftmax,
  allSteps,
  attention,
  averagePool1d,
  batchNorm,
  bidirectional,
  concatenate,
  conv1d,
  conv2d,
  dense,
  dropout,
  embedding,
  flatten,
  frozen,
  gru,
  heads,
  inputs,
  key,
  lastStates,
  type Layer,
  layerNorm,
  lstm,
  maxPool1d,
  maxPool2d,
  ModelError,
  pooling,
  repeatVector,
  reshape,
  highway,
  residual,
  reverse,
  rnn,
  sampledSoftmax,
  timeDistributed,
} from 'keepgate';
import { atOnce } from '../../../src/layers/weight-spec.ts';
import { describe, expect, test } from 'vitest';
import { expectMade } from '../../../src/define.ts';
import { LAYERS, restoreLayer } from '../../../src/layers/restore.ts';
import { type Signature, sequence, tokens, vector } from '../../../src/layers/signature.ts';
import { expectRefusal } from '../../helpers/refusals.ts';
import { runLayer } from './run-layer.ts';

const CONCRETE = { name: 'concrete', temperature: 0.2, weightRegularizer: 0.1, dropoutRegularizer: 0.3 } as const;

/** At least one of every type, with the config that its files have. */
const ROWS: readonly (readonly [Layer, Signature, object])[] = [
  [embedding({ vocabulary: 7, units: 3 }), tokens(7), { type: 'embedding', vocabulary: 7, units: 3 }],
  [
    embedding({ vocabulary: 7, units: 3, padding: 0 }),
    tokens(7),
    { type: 'embedding', vocabulary: 7, units: 3, padding: 0 },
  ],
  [
    embedding({ vocabulary: 7, units: 3, unknown: 1, dropout: [{ site: 'unknown', rate: 0.2 }] }),
    tokens(7),
    { type: 'embedding', vocabulary: 7, units: 3, dropout: [ruleOf('unknown', 0.2, 'step', 'none')], unknown: 1 },
  ],
  [
    lstm({ units: 2, dropout: [{ site: 'input', rate: 0.3, distribution: CONCRETE }] }),
    sequence(3),
    {
      ...recurrentConfig('lstm'),
      dropout: [{ ...ruleOf('input', 0.3, 'sequence', 'inverted'), distribution: CONCRETE }],
    },
  ],
  [
    gru({ units: 2, layers: 2, returnSequences: true, resetAfter: false, activationRegularization: { tar: 1 } }),
    sequence(3),
    {
      ...recurrentConfig('gru'),
      layers: 2,
      returnSequences: true,
      resetAfter: false,
      activationRegularization: { ar: 0, tar: 1 },
    },
  ],
  [rnn({ units: 2 }), sequence(3), recurrentConfig('rnn')],
  [bidirectional(lstm({ units: 2 })), sequence(3), { type: 'bidirectional', layer: recurrentConfig('lstm') }],
  [
    embedding({ vocabulary: 7, units: 3, padding: 0, keepPadding: true }),
    tokens(7),
    { type: 'embedding', vocabulary: 7, units: 3, padding: 0, keepPadding: true },
  ],
  [allSteps({ behind: 'repeat' }), sequence(3), { type: 'allSteps', behind: 'repeat' }],
  [pooling({ over: 'mean' }), sequence(3), { type: 'pooling', over: 'mean' }],
  [dropout({ rate: 0.25 }), vector(3), { type: 'dropout', rate: 0.25, scope: 'sequence' }],
  [
    dropout({ rate: 0.25, scope: 'step', distribution: CONCRETE }),
    sequence(3),
    { type: 'dropout', rate: 0.25, scope: 'step', distribution: CONCRETE },
  ],
  [
    frozen(dense({ units: 2, activation: 'tanh' })),
    vector(3),
    { type: 'frozen', layer: { type: 'dense', units: 2, activation: 'tanh' } },
  ],
  [frozen(pooling({ over: 'last' })), sequence(3), { type: 'frozen', layer: { type: 'pooling', over: 'last' } }],
  [
    conv1d({ filters: 2, kernelSize: 3, padding: 'causal', activation: 'relu' }),
    sequence(3),
    { type: 'conv1d', filters: 2, kernelSize: 3, strides: 1, dilation: 1, padding: 'causal', activation: 'relu' },
  ],
  [
    conv2d({ filters: 2, kernelSize: 3, padding: 'same', activation: 'relu' }),
    vector(4, 5, 1),
    { type: 'conv2d', filters: 2, kernelSize: 3, strides: 1, padding: 'same', activation: 'relu' },
  ],
  [maxPool2d(), vector(4, 5, 1), { type: 'maxPool2d', poolSize: 2, strides: 2, padding: 'valid' }],
  [reshape({ shape: [2, 3, 1] }), vector(6), { type: 'reshape', shape: [2, 3, 1] }],
  [flatten(), vector(2, 3, 1), { type: 'flatten' }],
  [
    dropout({ rate: 0.25, spatial: true }),
    vector(2, 3, 4),
    { type: 'dropout', rate: 0.25, scope: 'sequence', spatial: true },
  ],
  [maxPool1d(), sequence(3), { type: 'maxPool1d', poolSize: 2, strides: 2, padding: 'valid' }],
  [
    averagePool1d({ poolSize: 3, strides: 1, padding: 'same' }),
    sequence(3),
    { type: 'averagePool1d', poolSize: 3, strides: 1, padding: 'same' },
  ],
  [attention({ kind: 'additive', units: 2 }), sequence(3), { type: 'attention', kind: 'additive', units: 2 }],
  [
    attention({ kind: 'dot', returnWeights: true }),
    sequence(3),
    { type: 'attention', kind: 'dot', returnWeights: true },
  ],
  [
    timeDistributed(dense({ units: 2 })),
    sequence(3),
    { type: 'timeDistributed', layer: { type: 'dense', units: 2, activation: 'linear' } },
  ],
  [reverse(), sequence(3), { type: 'reverse' }],
  [repeatVector(4), vector(3), { type: 'repeatVector', n: 4 }],
  [lastStates(2), sequence(3), { type: 'lastStates', k: 2 }],
  [
    residual([layerNorm(), dense({ units: 3 })]),
    sequence(3),
    {
      type: 'residual',
      layers: [
        { type: 'layerNorm', epsilon: 1e-5 },
        { type: 'dense', units: 3, activation: 'linear' },
      ],
    },
  ],
  [
    residual([dense({ units: 3 })], { stochasticDepth: 0.25, perBatch: true }),
    sequence(3),
    {
      type: 'residual',
      layers: [{ type: 'dense', units: 3, activation: 'linear' }],
      stochasticDepth: 0.25,
      perBatch: true,
    },
  ],
  [
    highway([dense({ units: 3 })]),
    sequence(3),
    { type: 'highway', layers: [{ type: 'dense', units: 3, activation: 'linear' }], gateBias: -2 },
  ],
  [
    concatenate([residual([lstm({ units: 3, returnSequences: true })]), pooling({ over: 'max' })], [rnn({ units: 2 })]),
    sequence(3),
    {
      type: 'concatenate',
      branches: [
        [
          { type: 'residual', layers: [{ ...recurrentConfig('lstm'), units: 3, returnSequences: true }] },
          { type: 'pooling', over: 'max' },
        ],
        [recurrentConfig('rnn')],
      ],
    },
  ],
  [
    concatenate([embedding({ vocabulary: 7, units: 2 })], [embedding({ vocabulary: 7, units: 3 })]),
    tokens(7),
    {
      type: 'concatenate',
      branches: [[{ type: 'embedding', vocabulary: 7, units: 2 }], [{ type: 'embedding', vocabulary: 7, units: 3 }]],
    },
  ],
  [
    heads({ y: [pooling({ over: 'max' })], tags: [dense({ units: 2, activation: 'softmax' })], all: [] }),
    sequence(3),
    {
      type: 'heads',
      branches: {
        y: [{ type: 'pooling', over: 'max' }],
        tags: [{ type: 'dense', units: 2, activation: 'softmax' }],
        all: [],
      },
    },
  ],
  [
    inputs({ x: [dense({ units: 2 }), rnn({ units: 2 })] }),
    sequence(3),
    {
      type: 'inputs',
      branches: { x: [{ type: 'dense', units: 2, activation: 'linear' }, recurrentConfig('rnn')] },
    },
  ],
  [
    sampledSoftmax({ units: 6, samples: 2, distribution: 'uniform' }),
    sequence(3),
    { type: 'sampledSoftmax', units: 6, samples: 2, distribution: 'uniform' },
  ],
  [
    adaptiveSoftmax({ units: 6, cutoffs: [2, 4], headBias: true }),
    sequence(3),
    { type: 'adaptiveSoftmax', units: 6, cutoffs: [2, 4], divValue: 4, headBias: true },
  ],
  [layerNorm(), sequence(3), { type: 'layerNorm', epsilon: 1e-5 }],
  [batchNorm({ momentum: 0.2 }), vector(3), { type: 'batchNorm', momentum: 0.2, epsilon: 1e-5 }],
  [
    dense({ units: 2, tiedTo: '0.weight' }),
    vector(3),
    { type: 'dense', units: 2, activation: 'linear', tiedTo: '0.weight' },
  ],
  [dense({ units: 2, activation: 'tanh' }), vector(3), { type: 'dense', units: 2, activation: 'tanh' }],
];

function ruleOf(site: string, rate: number, scope: string, scaling: string): object {
  return { site, rate, scope, tied: true, scaling, shared: [], stream: site, distribution: 'bernoulli' };
}

function recurrentConfig(type: string): object {
  return { type, units: 2, dropout: [], returnSequences: false, layers: 1 };
}

test('every type of layer has a row here', () => {
  const types = ROWS.map(([{ config }]) => config.type);
  // Those of several inputs or outputs come back in tests of their own.
  const others = ['inputs', 'heads', 'encoderDecoder'];
  expect(new Set([...types, ...others])).toEqual(new Set(LAYERS.map(({ type }) => type)));
});

test('no two makers have the same type', () => {
  expect(new Set(LAYERS.map(({ type }) => type)).size).toBe(LAYERS.length);
});

describe.each(ROWS.map(([layer, input, config]) => ({ layer, input, config, title: JSON.stringify(layer.config) })))(
  '$title',
  ({ layer, input, config }) => {
    const restored = restoreLayer(JSON.parse(JSON.stringify(layer.config)));

    test('has the config that files have', () => {
      expect(JSON.parse(JSON.stringify(layer.config))).toEqual(config);
      expect(Object.keys(layer.config)[0]).toBe('type');
    });

    test('comes back from it: the same inputs, outputs, weights and fresh values', () => {
      expect(restored.config).toEqual(layer.config);
      expect(restored.inputs).toEqual(layer.inputs);
      expect(restored.scheme).toEqual(layer.scheme);
      expect(restored.outputs({ x: input })).toEqual(layer.outputs({ x: input }));
      expect(freshOf(restored, input)).toEqual(freshOf(layer, input));
      expect(() => expectMade('save', 'layer', restored)).not.toThrow();
    });

    test('has weights of the shapes that it says, whose fresh values depend on the key alone', () => {
      const specs = Object.values(layer.weights({ x: input }));
      for (const { shape, init } of specs) expect(init(key(2)).shape).toEqual(shape);
      const bits = (seed: number): string[] => specs.map(({ init }) => init(key(seed)).toFlat().join());
      expect(bits(3)).toEqual(bits(3));
    });

    test.runIf(input.over === 'time')('hands on what it says', async () => {
      const samples =
        input.dtype === 'ids'
          ? [[1, 2, 3], [4]]
          : [
              [
                [1, 2, 3],
                [0.5, -1, 2],
              ],
              [[3, 1, 1]],
            ];
      const fresh = Object.fromEntries(
        Object.entries(layer.weights({ x: input })).map(([name, { init }]) => [name, init(key(2))]),
      );
      const { y } = await runLayer(layer, samples as never, { weights: fresh, key: key(4) });
      const { over, shape } = layer.outputs({ x: input }).y as Signature;
      expect(y.shape.slice(over === 'time' ? 2 : 1)).toEqual(shape);
      expect(await runLayer(restored, samples as never, { weights: fresh, key: key(4) })).toMatchObject({ y });
    });
  },
);

function freshOf(layer: Layer, input: Signature): object {
  return Object.fromEntries(
    Object.entries(layer.weights({ x: input })).map(([name, { init, initInParts, ...spec }]) => [
      name,
      { ...spec, values: init(key(11)), inParts: initInParts && atOnce(initInParts(key(11))) },
    ]),
  );
}

describe('what a layer cannot stand behind', () => {
  const FOR_IDS = 'put an embedding() before it';
  const PER_STEP = 'set returnSequences: true on the recurrent layer before it';
  test.each<readonly [string, Layer, Signature, string]>([
    [
      'embedding',
      embedding({ vocabulary: 7, units: 3 }),
      sequence(3),
      'token ids was expected as its input, but a sequence came; check the order of the layers',
    ],
    [
      'embedding',
      embedding({ vocabulary: 7, units: 3 }),
      tokens(8),
      'token ids below 7 were expected, but a vocabulary of 8 came; make them equal',
    ],
    ['lstm', lstm({ units: 2 }), vector(3), `a sequence was expected as its input, but a vector came; ${PER_STEP}`],
    [
      'bidirectional',
      bidirectional(lstm({ units: 2 })),
      tokens(3),
      `a sequence was expected as its input, but token ids came; ${FOR_IDS}`,
    ],
    [
      'pooling',
      pooling({ over: 'max' }),
      vector(3),
      `a sequence was expected as its input, but a vector came; ${PER_STEP}`,
    ],
    [
      'dropout',
      dropout({ rate: 0.2 }),
      tokens(3),
      `a vector or a sequence was expected as its input, but token ids came; ${FOR_IDS}`,
    ],
    [
      'dense',
      dense({ units: 2 }),
      tokens(3),
      `a vector or a sequence was expected as its input, but token ids came; ${FOR_IDS}`,
    ],
    [
      'dense',
      dense({ units: 2 }),
      sequence(3, 4),
      'rows of numbers were expected as its input, but entries of shape [3,4] came',
    ],
    [
      'dense',
      dense({ units: 2 }),
      vector(3, 4, 2),
      'rows of numbers were expected as its input, but entries of shape [3,4,2] came; put flatten() before it',
    ],
    [
      'conv2d',
      conv2d({ filters: 2, kernelSize: 1 }),
      vector(12),
      'images [H,W,C] were expected as its input, but entries of shape [12] came; put reshape({ shape: [H, W, C] }) before it',
    ],
    [
      'maxPool2d',
      maxPool2d({ poolSize: 3 }),
      vector(4, 2, 5),
      "images of at least 3 x 3 were expected, but [4,2,5] came; take smaller windows, or padding: 'same'",
    ],
    [
      'reshape',
      reshape({ shape: [2, 2, 1] }),
      vector(5),
      '4 numbers were expected for shape [2,2,1], but entries of shape [5] came, which have 5',
    ],
    [
      'dropout',
      dropout({ rate: 0.2, spatial: true }),
      sequence(3),
      'images [H,W,C] were expected with spatial, but a sequence came; its steps have one mask as it is: leave out spatial',
    ],
  ])('%s: %#', (who, layer, input, message) => {
    expect(() => layer.outputs({ x: input })).toThrow(new ModelError(`${who}: ${message}`));
  });

  test('a config of no type', async () => {
    for (const config of [{ type: 'conv3d' }, {}, null, 'dense']) {
      await expectRefusal(() => restoreLayer(config), ModelError, 'layer: a type of embedding, lstm', 'came');
    }
  });
});
