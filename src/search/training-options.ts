import { nearest } from '../checks.ts';
import { OptionError, show } from '../errors.ts';

/** A value of an option. */
export type Value = string | number | boolean;

/** What `keepgate train` has where nothing is said. */
export const TRAINING_DEFAULTS = {
  cell: 'lstm',
  units: 32,
  embedding: 32,
  layers: 1,
  bidirectional: false,
  optimizer: 'adam',
  learningRate: 0.003,
  clipNorm: 5,
  batchSize: 32,
  level: 'word',
  maxLength: 200,
  minCount: 2,
} as const;

/** What values an option of a training can have. */
export interface ValueKind {
  /** In words, for messages. */
  readonly expected: string;
  /** Whether its numbers are counts. */
  readonly isCount?: boolean;
  has(value: unknown): boolean;
}

/** The options of a training that a space may name, each as `keepgate train` has it. */
export const TRAINING_OPTIONS: Readonly<Record<string, ValueKind>> = {
  cell: oneOf('lstm', 'gru', 'rnn'),
  units: count(),
  embedding: count(),
  layers: count(),
  bidirectional: { expected: 'true or false', has: (value) => typeof value === 'boolean' },
  optimizer: oneOf('sgd', 'adam', 'adamW', 'rmsprop', 'adagrad', 'nadam', 'radam'),
  learningRate: above0(),
  clipNorm: above0(),
  batchSize: count(),
  level: oneOf('word', 'char'),
  maxLength: count(),
  minCount: count(),
};

function oneOf(...names: readonly string[]): ValueKind {
  return { expected: `one of ${names.join(', ')}`, has: (value) => names.includes(value as string) };
}

function count(): ValueKind {
  return {
    expected: 'whole numbers from 1',
    isCount: true,
    has: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  };
}

function above0(): ValueKind {
  return {
    expected: 'finite numbers above 0',
    has: (value) => typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY,
  };
}

/** @throws OptionError for what is no option of a training, nor one of the other names */
export function expectOption(who: string, name: string, others: readonly string[]): void {
  const known = [...others, ...Object.keys(TRAINING_OPTIONS)];
  if (known.includes(name)) return;
  const meant = nearest(name, known);
  throw new OptionError(
    `${who}: an option of a training, or a name in braces of a scheme, was expected, but ${show(name)} came; ${meant === undefined ? '' : `did you mean ${meant}? `}the options are ${Object.keys(TRAINING_OPTIONS).join(', ')}`,
  );
}
