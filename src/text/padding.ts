import { expectWhole, MOST_NUMBERS } from '../checks.ts';
import { DataError, ShapeError, show } from '../errors.ts';
import { typedArrayName } from '../realms.ts';
import { type Numbers, numbersOf } from '../tensor/typed-arrays.ts';
import { PADDING_ID } from './vocabulary.ts';

const LARGEST_ID = 2 ** 31 - 1;

/** Token sequences of different lengths as one array. */
export interface PaddedTokens {
  /** Time-major [time, batch]: the id at time t of sample b is `ids[t * batch + b]`. */
  readonly ids: Int32Array;
  /** The length of each sample before it was padded. */
  readonly lengths: Int32Array;
  /** T: the number of timesteps. */
  readonly time: number;
  /** B: the number of sequences. */
  readonly batch: number;
}

/** A sample of a model, checked. */
export interface Steps {
  /** How many timesteps it has; a vector is one. */
  readonly steps: number;
  /** Token ids [T]; numbers [T,I] in one typed array, or a list of rows [T][I]; a vector [I], which is one row. */
  readonly values: ArrayLike<number> | readonly ArrayLike<number>[];
}

/**
 * Put sequences of ids side by side, each filled up with padding at its end.
 * @param time the number of timesteps: the longest sequence, but at least 1, when left out
 * @throws ShapeError when a sequence is longer than `time`
 * @throws DataError when a sequence is no list, or an id is not a whole number from 0
 * @example
 * ```ts
 * import { padTokens } from 'keepgate';
 *
 * const { ids, lengths, time, batch } = padTokens([[5, 6, 7], [8]]);
 * console.log(time, batch, [...lengths]); // prints: 3 2 [ 3, 1 ]
 * console.log([...ids]); // prints: [ 5, 8, 6, 0, 7, 0 ]
 * ```
 */
export function padTokens(sequences: readonly ArrayLike<number>[], time?: number): PaddedTokens {
  if (time !== undefined) expectWhole('padTokens', 'time', time, 1);
  if (!Array.isArray(sequences))
    throw new DataError(`padTokens: a list of sequences was expected, but ${show(sequences)} came`);
  const rows = Array.from(sequences, expectIds);
  const batch = rows.length;
  const lengths = Int32Array.from(rows, (row) => row.length);
  const steps = time ?? lengths.reduce((longest, length) => Math.max(longest, length), 1);
  if (steps * batch > MOST_NUMBERS) {
    throw new ShapeError(`padTokens: at most ${MOST_NUMBERS} ids were expected, but ${batch} times ${steps} came`);
  }
  const ids = new Int32Array(steps * batch).fill(PADDING_ID);
  for (const [b, row] of rows.entries()) {
    if (row.length > steps) {
      throw new ShapeError(
        `padTokens: at most ${steps} tokens were expected, but sample ${b} (from 0) has ${row.length}; cut it or raise time`,
      );
    }
    for (let t = 0; t < row.length; t++) ids[t * batch + b] = checkedId(row[t] as number, b, t);
  }
  return { ids, lengths, time: steps, batch };
}

function expectIds(sequence: unknown, b: number): readonly number[] | Numbers {
  const ids = Array.isArray(sequence) ? sequence : numbersOf('padTokens', sequence);
  if (ids) return ids;
  throw new DataError(`padTokens: a list of ids was expected as sample ${b} (from 0), but ${show(sequence)} came`);
}

/** Whether they are a list of rows, and not numbers. */
export function isRows(values: Steps['values']): values is readonly ArrayLike<number>[] {
  return typeof values[0] === 'object';
}

/** Typed arrays whose numbers float32 has, all of them. */
const FLOAT32_KINDS: ReadonlySet<string | undefined> = new Set([
  'Float32Array',
  'Float16Array',
  'Int16Array',
  'Uint16Array',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
]);

/** So many numbers of a step are copied one by one: a view of them costs as much. */
const FEW_NUMBERS = 48;

/** Gives `count` zeros of a kind, for as long as nobody asks again. */
export type NumberRoom = (
  Kind: Float32ArrayConstructor | Float64ArrayConstructor,
  count: number,
) => Float64Array | Float32Array;

/**
 * Samples of numbers, checked, as one array [time, batch, size], padded with zeros: of float32 where all samples are, so
 * that engines of float32 take it as it is.
 * @param size how many numbers a timestep has
 * @param time at least the timesteps of the longest sample
 * @param room where they are put: in memory of their own when left out
 */
export function padNumbers(
  size: number,
  samples: readonly Steps[],
  time: number,
  room: NumberRoom = (Kind, count) => new Kind(count),
): Float64Array | Float32Array {
  const batch = samples.length;
  const isFloat32 = samples.every(({ values }) => FLOAT32_KINDS.has(typedArrayName(values)));
  const out = room(isFloat32 ? Float32Array : Float64Array, time * batch * size);
  for (const [b, { steps, values }] of samples.entries()) {
    for (let t = 0; t < steps; t++) {
      const to = (t * batch + b) * size;
      if (isRows(values)) out.set(values[t] as ArrayLike<number>, to);
      else copyNumbers(out, to, values, t * size, size);
    }
  }
  return out;
}

/** out[to...] = values[from...], `size` numbers. */
function copyNumbers(
  out: Float64Array | Float32Array,
  to: number,
  values: ArrayLike<number>,
  from: number,
  size: number,
): void {
  if (from === 0 && size === values.length) out.set(values, to);
  else if (size < FEW_NUMBERS) for (let k = 0; k < size; k++) out[to + k] = values[from + k] as number;
  else out.set((values as Numbers).subarray(from, from + size), to);
}

// The upper limit is that of an Int32Array, which would wrap a larger id without a word.
function checkedId(id: number, sample: number, position: number): number {
  if (Number.isInteger(id) && id >= 0 && id <= LARGEST_ID) return id;
  throw new DataError(
    `padTokens: a whole number from 0 to 2^31 - 1 was expected at sample ${sample}, position ${position} (from 0), but ${show(id)} came; encode the tokens with a vocabulary`,
  );
}
