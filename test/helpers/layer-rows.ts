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
  encoderDecoder,
  flatten,
  frozen,
  gru,
  heads,
  highway,
  inputs,
  lastStates,
  type Layer,
  layerNorm,
  lstm,
  maxPool1d,
  maxPool2d,
  pooling,
  repeatVector,
  residual,
  reshape,
  reverse,
  rnn,
  sampledSoftmax,
  type Signature,
  sharedAcrossLayers,
  timeDistributed,
  variational,
  zoneout,
} from 'keepgate';
import { furthest } from './keras/written-models.ts';

const numbers = (over: 'time' | 'batch', ...shape: number[]): Signature => ({ over, dtype: 'numbers', shape });
const STEPS = numbers('time', 3);
const ROW = numbers('batch', 3);
const TOKENS: Signature = { over: 'time', dtype: 'ids', shape: [], vocabulary: 7 };
const all = { returnSequences: true };

/** What goes in: one input, or several by name. */
export type RowInput = Signature | { readonly inputs: Readonly<Record<string, Signature>> };

/** Every layer with every option that changes what it computes. What is looked at is the layer that is named. */
export const LAYER_ROWS: Readonly<Record<string, readonly [input: RowInput, layers: () => readonly Layer[]]>> = {
  lstm: [STEPS, () => [lstm({ units: 2 })]],
  'lstm, a stack without biases': [STEPS, () => [lstm({ units: 2, layers: 2, bias: false, ...all })]],
  'lstm, normalised': [STEPS, () => [lstm({ units: 2, normalization: 'layer' })]],
  'lstm, hard gates': [STEPS, () => [lstm({ units: 2, recurrentActivation: 'hardSigmoid' })]],
  'lstm, hard gates of old': [STEPS, () => [lstm({ units: 2, recurrentActivation: 'hardSigmoid0.2' })]],
  'lstm, zones': [STEPS, () => [lstm({ units: 2, dropout: zoneout({ hidden: 0.25, scope: 'step' }) })]],
  'lstm, masks of a stack': [
    STEPS,
    () => [lstm({ units: 2, layers: 2, dropout: sharedAcrossLayers(variational({ recurrent: 0.5 })) })],
  ],
  gru: [STEPS, () => [gru({ units: 2, ...all })]],
  'gru, reset before': [STEPS, () => [gru({ units: 2, resetAfter: false, activation: 'relu' })]],
  'gru, normalised': [STEPS, () => [gru({ units: 2, resetAfter: false, normalization: 'layer' })]],
  rnn: [STEPS, () => [rnn({ units: 2, activation: 'relu', layers: 2 })]],
  bidirectional: [STEPS, () => [bidirectional(lstm({ units: 2, layers: 2 }))]],
  'bidirectional, all steps': [STEPS, () => [bidirectional(gru({ units: 2, resetAfter: false, ...all }))]],
  'bidirectional, normalised': [STEPS, () => [bidirectional(lstm({ units: 2, normalization: 'layer' }))]],
  embedding: [TOKENS, () => [embedding({ vocabulary: 7, units: 3 }), lstm({ units: 2 })]],
  'embedding, padding': [TOKENS, () => [embedding({ vocabulary: 7, units: 3, padding: 0 }), lstm({ units: 2 })]],
  'embedding, padding of another id': [
    TOKENS,
    () => [embedding({ vocabulary: 7, units: 3, padding: 4 }), lstm({ units: 2 })],
  ],
  'embedding, padding and all steps': [
    TOKENS,
    () => [embedding({ vocabulary: 7, units: 3, padding: 0 }), lstm({ units: 2, ...all }), dense({ units: 2 })],
  ],
  'embedding, padding that is kept': [
    TOKENS,
    () => [embedding({ vocabulary: 7, units: 3, padding: 0, keepPadding: true }), lstm({ units: 2, ...all })],
  ],
  allSteps: [
    TOKENS,
    () => [
      embedding({ vocabulary: 7, units: 3, padding: 0, keepPadding: true }),
      lstm({ units: 2, ...all }),
      allSteps({ behind: 'zeros' }),
      lstm({ units: 2 }),
    ],
  ],
  pooling: [STEPS, () => [lstm({ units: 2, ...all }), pooling({ over: 'mean' })]],
  'pooling, the largest': [STEPS, () => [pooling({ over: 'max' }), dense({ units: 2 })]],
  'pooling, the last of both directions': [
    STEPS,
    () => [bidirectional(lstm({ units: 2, ...all })), pooling({ over: 'last' })],
  ],
  'pooling behind padding': [
    TOKENS,
    () => [embedding({ vocabulary: 7, units: 3, padding: 0 }), pooling({ over: 'mean' }), dense({ units: 2 })],
  ],
  dropout: [STEPS, () => [lstm({ units: 2, ...all }), dropout({ rate: 0.5 }), dense({ units: 2 })]],
  'dropout, Gaussian': [ROW, () => [dense({ units: 2 }), dropout({ rate: 0.5, distribution: 'gaussian' })]],
  dense: [ROW, () => [dense({ units: 4, activation: 'relu' }), dense({ units: 2, activation: 'softmax' })]],
  'dense, hard': [ROW, () => [dense({ units: 2, activation: 'hardSigmoid' })]],
  'dense, tied': [
    TOKENS,
    () => [embedding({ vocabulary: 7, units: 3 }), lstm({ units: 3 }), dense({ units: 7, tiedTo: '0.weight' })],
  ],
  layerNorm: [STEPS, () => [layerNorm({ epsilon: 0.1 }), lstm({ units: 2 })]],
  batchNorm: [ROW, () => [batchNorm({ epsilon: 0.1 }), dense({ units: 2 })]],
  frozen: [STEPS, () => [frozen(lstm({ units: 2 })), frozen(dense({ units: 2, activation: 'tanh' }))]],
  'frozen, twice': [STEPS, () => [frozen(frozen(gru({ units: 2, resetAfter: false })))]],
  conv1d: [STEPS, () => [conv1d({ filters: 2, kernelSize: 2, strides: 2, padding: 'same', activation: 'relu' })]],
  'conv1d, causal': [STEPS, () => [conv1d({ filters: 2, kernelSize: 2, dilation: 2, padding: 'causal' })]],
  'conv1d behind padding': [
    TOKENS,
    () => [embedding({ vocabulary: 7, units: 3, padding: 0 }), conv1d({ filters: 2, kernelSize: 2 })],
  ],
  maxPool1d: [STEPS, () => [maxPool1d({ poolSize: 2, strides: 1 }), lstm({ units: 2 })]],
  averagePool1d: [STEPS, () => [averagePool1d({ poolSize: 3, strides: 2, padding: 'same' })]],
  conv2d: [
    numbers('batch', 12),
    () => [reshape({ shape: [3, 4, 1] }), conv2d({ filters: 2, kernelSize: 2 }), flatten(), dense({ units: 2 })],
  ],
  maxPool2d: [numbers('batch', 12), () => [reshape({ shape: [3, 4, 1] }), maxPool2d(), flatten(), dense({ units: 2 })]],
  reshape: [numbers('batch', 12), () => [dense({ units: 6 }), reshape({ shape: [2, 3] }), flatten()]],
  flatten: [ROW, () => [flatten(), dense({ units: 2 })]],
  reverse: [STEPS, () => [reverse(), lstm({ units: 2 })]],
  'reverse in front of both directions': [STEPS, () => [reverse(), bidirectional(lstm({ units: 2, ...all }))]],
  'reverse at the end': [STEPS, () => [lstm({ units: 2, ...all }), reverse()]],
  repeatVector: [ROW, () => [repeatVector(3), lstm({ units: 2, ...all })]],
  lastStates: [STEPS, () => [lstm({ units: 2, ...all }), lastStates(2)]],
  residual: [STEPS, () => [residual([dense({ units: 3 })]), lstm({ units: 2 })]],
  'residual, left out at times': [STEPS, () => [residual([dense({ units: 3 })], { stochasticDepth: 0.25 })]],
  highway: [STEPS, () => [highway([dense({ units: 3 })]), lstm({ units: 2 })]],
  concatenate: [STEPS, () => [concatenate([lstm({ units: 2 })], [gru({ units: 2 })])]],
  heads: [STEPS, () => [lstm({ units: 2 }), heads({ y: [dense({ units: 2 })], z: [dense({ units: 1 })] })]],
  inputs: [STEPS, () => [inputs({ x: [lstm({ units: 2 })] }), dense({ units: 2 })]],
  'inputs, two': [
    { inputs: { x: STEPS, z: ROW } },
    () => [inputs({ x: [lstm({ units: 2 })], z: [dense({ units: 2 })] }), dense({ units: 2 })],
  ],
  encoderDecoder: [
    { inputs: { source: TOKENS, target: TOKENS } },
    () => [
      encoderDecoder({
        encoder: [embedding({ vocabulary: 7, units: 3 }), gru({ units: 2 })],
        decoder: [embedding({ vocabulary: 7, units: 3 }), gru({ units: 2, ...all })],
      }),
      dense({ units: 7 }),
    ],
  ],
  timeDistributed: [
    STEPS,
    () => [lstm({ units: 2, ...all }), timeDistributed(dense({ units: 2, activation: 'tanh' }))],
  ],
  'timeDistributed, images': [
    numbers('time', 4, 4, 1),
    () => [timeDistributed(conv2d({ filters: 1, kernelSize: 2 })), timeDistributed(flatten())],
  ],
  'timeDistributed, frozen': [STEPS, () => [timeDistributed(frozen(dense({ units: 2 })))]],
  attention: [STEPS, () => [lstm({ units: 2, ...all }), attention({ kind: 'dot' }), dense({ units: 2 })]],
  sampledSoftmax: [STEPS, () => [lstm({ units: 2 }), sampledSoftmax({ units: 6, samples: 2 })]],
  adaptiveSoftmax: [STEPS, () => [lstm({ units: 4 }), adaptiveSoftmax({ units: 6, cutoffs: [2, 4] })]],
};

/** Whether samples are rows of numbers or ids, which models take from outside one at a time. */
export function isPlainInput(input: RowInput): input is Signature {
  return 'shape' in input && input.shape.length < 2;
}

/** Samples for a model, also with ids of padding, which are behind the others. */
export function samplesFor({ over, dtype, shape }: Signature): unknown[] {
  if (dtype === 'ids')
    return [
      [1, 5, 2, 6, 3],
      [5, 2, 6, 0, 0],
    ];
  const size = shape.reduce((product, axis) => product * axis, 1);
  const row = (k: number): number[] => Array.from({ length: size }, (_, i) => Math.sin(3 * k + 1.7 * i + 1));
  return [0, 1].map((b) => (over === 'time' ? [0, 1, 2, 3, 4].map((t) => row(5 * b + t)) : row(b)));
}

/** The largest difference at steps that count: what pads a shorter sample behind them is nobody's. */
export function furthestOfValid(padded: unknown, valid: unknown): number {
  const cut = (given: unknown, like: unknown): unknown =>
    Array.isArray(given) && Array.isArray(like)
      ? given.slice(0, like.length).map((value, i) => cut(value, like[i]))
      : given;
  return furthest(cut(padded, valid), valid);
}
