import { fold, type Key, permutation } from 'keepgate';

/** T, the length of a sequence. */
export const STEPS = 30;

/** Token ids: 0 is for padding by convention; what is no signal only fills. */
const [FILLERS, SIGNALS] = [
  [1, 2, 3, 4],
  [5, 6],
];

/** V, the number of token ids, padding included. */
export const VOCABULARY = 7;

/** XX, XY, YX and YY. */
export const CLASSES = 4;

/** Where the signals stand: at one step of a range each, in shares of the length, ends included. */
const RANGES = [
  [0.1, 0.2],
  [0.5, 0.6],
] as const;

export interface Sequences {
  /** Token ids [T] of each sequence. */
  readonly x: readonly (readonly number[])[];
  /** The class of each. */
  readonly y: readonly number[];
}

/**
 * Temporal order (Hochreiter and Schmidhuber 1997, task 6a), shortened: among filler, one of two signals at an early
 * step, and one of them again at a later step. The class is which of the two came first and which second, so the
 * earlier one must be remembered past the later one, and both to the end.
 */
export function temporalOrder(count: number, key: Key): Sequences {
  const samples = Array.from({ length: count }, (_, i) => sequence(fold(key, i)));
  return { x: samples.map(({ tokens }) => tokens), y: samples.map(({ label }) => label) };
}

function sequence(key: Key): { readonly tokens: readonly number[]; readonly label: number } {
  const tokens = Array.from({ length: STEPS }, (_, t) => oneOf(FILLERS, fold(fold(key, 'filler'), t)));
  let label = 0;
  for (const [i, [first, last]] of RANGES.entries()) {
    const signal = oneOf(SIGNALS, fold(fold(key, 'signal'), i));
    tokens[oneOf(steps(first, last), fold(fold(key, 'step'), i))] = signal;
    label = label * SIGNALS.length + SIGNALS.indexOf(signal);
  }
  return { tokens, label };
}

function steps(first: number, last: number): number[] {
  const [from, to] = [Math.round(first * STEPS), Math.round(last * STEPS)];
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** One of the values, each with the same probability. */
function oneOf(values: readonly number[], key: Key): number {
  return values[permutation(key, values.length)[0] as number] as number;
}
