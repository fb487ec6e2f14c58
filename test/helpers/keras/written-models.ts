import { fc } from '@fast-check/vitest';
import {
  batchNorm,
  bidirectional,
  dense,
  dropout,
  embedding,
  gru,
  key,
  type Layer,
  layerNorm,
  lstm,
  type Model,
  normal,
  pooling,
  reverse,
  rnn,
  sequential,
  Tensor,
  variational,
} from 'keepgate';

/** A model that Keras has as well, yet to be made. */
export interface WrittenCase {
  readonly cell: 'lstm' | 'gru' | 'gru before' | 'rnn';
  readonly tokens: boolean;
  readonly inputSize: number;
  readonly units: number;
  readonly layers: number;
  readonly bothWays: boolean;
  /** 'taken': the last of all steps, by a pooling right behind the recurrent layer. */
  readonly end: 'steps' | 'last' | 'mean' | 'max' | 'taken';
  readonly activation: 'linear' | 'softmax' | 'relu';
  /** What normalises behind the recurrent layer; nothing when left out. */
  readonly normalised?: 'layer' | 'batch' | undefined;
  /** Whether the steps are turned round in front of the recurrent layer, if that is of one direction; false when left out. */
  readonly backwards?: boolean | undefined;
}

export const writtenCase: fc.Arbitrary<WrittenCase> = fc.record({
  cell: fc.constantFrom('lstm', 'gru', 'gru before', 'rnn'),
  tokens: fc.boolean(),
  inputSize: fc.integer({ min: 1, max: 5 }),
  units: fc.integer({ min: 1, max: 6 }),
  layers: fc.integer({ min: 1, max: 3 }),
  bothWays: fc.boolean(),
  end: fc.constantFrom('steps', 'last', 'mean', 'max', 'taken'),
  activation: fc.constantFrom('linear', 'softmax', 'relu'),
  normalised: fc.constantFrom(undefined, 'layer', 'batch'),
  backwards: fc.boolean(),
});

export const VOCABULARY = 7;

/** The model with weights, biases among them, in which no two are alike. */
export async function makeModel(given: WrittenCase): Promise<Model> {
  const input = given.tokens
    ? ({ kind: 'tokens', vocabulary: VOCABULARY } as const)
    : ({ kind: 'sequence', size: given.inputSize } as const);
  const model = sequential(layersOf(given), { engine: 'reference' });
  await model.build(input, key(1));
  const weights = Object.entries(await model.getWeights()).map(([name, { shape }], i) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const drawn = normal(key(i + 2), size).map((value) => Math.fround(0.7 * value));
    const values = name.endsWith('.running_var') ? drawn.map((value) => 0.5 + Math.abs(value)) : drawn;
    return [name, new Tensor(Float64Array.from(values), shape)] as const;
  });
  await model.setWeights(Object.fromEntries(weights), { input });
  return model;
}

function layersOf(given: WrittenCase): Layer[] {
  const { cell, tokens, inputSize, units, layers, bothWays, activation, normalised, backwards } = given;
  // In both directions each has a last step of its own, which is not that of all steps.
  const end = given.end === 'taken' && bothWays ? 'last' : given.end;
  const options = { units, layers, returnSequences: end !== 'last', dropout: variational({ input: 0.25 }) };
  const inner = {
    lstm: () => lstm(options),
    gru: () => gru(options),
    'gru before': () => gru({ units, layers, returnSequences: options.returnSequences, resetAfter: false }),
    rnn: () => rnn(options),
  }[cell]();
  return [
    ...(tokens ? [embedding({ vocabulary: VOCABULARY, units: inputSize })] : []),
    ...(backwards && !bothWays ? [reverse()] : []),
    bothWays ? bidirectional(inner) : inner,
    ...(end === 'taken' ? [pooling({ over: 'last' })] : []),
    ...(normalised === 'layer' ? [layerNorm({ epsilon: 0.1 })] : []),
    ...(normalised === 'batch' ? [batchNorm({ momentum: 0.2 })] : []),
    dropout({ rate: 0.25 }),
    ...(end === 'mean' || end === 'max' ? [pooling({ over: end })] : []),
    dense({ units: 3, activation }),
  ];
}

/** Two samples of four steps. */
export function samples({ tokens, inputSize }: WrittenCase): number[][] | number[][][] {
  if (tokens) return [0, 1].map((b) => [0, 1, 2, 3].map((t) => (3 * b + 2 * t + 1) % VOCABULARY));
  const values = normal(key(99), 8 * inputSize);
  return [0, 1].map((b) => [0, 1, 2, 3].map((t) => [...values.slice((4 * b + t) * inputSize).slice(0, inputSize)]));
}

/** The largest difference of two nested lists of one form. */
export function furthest(a: unknown, b: unknown): number {
  const flat = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(flat) : [value as number]);
  const [x, y] = [flat(a), flat(b)];
  if (x.length !== y.length) return Number.POSITIVE_INFINITY;
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - (y[i] as number))), 0);
}
