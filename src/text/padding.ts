import { expectWhole } from '../checks.ts';
import { DataError, ShapeError, show } from '../errors.ts';
import type { Nested } from '../tensor/tensor.ts';
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

/**
 * Put sequences of ids side by side, each filled up with padding at its end.
 * @param time the number of timesteps: the longest sequence, but at least 1, when left out
 * @throws ShapeError when a sequence is longer than `time`
 * @throws DataError when an id is not a whole number from 0
 * @example
 * ```ts
 * import { padTokens } from 'keepgate';
 *
 * const { ids, lengths, time, batch } = padTokens([[5, 6, 7], [8]]);
 * console.log(time, batch, [...lengths]); // prints: 3 2 [ 3, 1 ]
 * console.log([...ids]); // prints: [ 5, 8, 6, 0, 7, 0 ]
 * ```
 */
export function padTokens(sequences: readonly (readonly number[])[], time?: number): PaddedTokens {
  if (time !== undefined) expectWhole('padTokens', 'time', time, 1);
  const batch = sequences.length;
  const lengths = Int32Array.from(sequences, (sequence) => sequence.length);
  const steps = time ?? lengths.reduce((longest, length) => Math.max(longest, length), 1);
  const ids = new Int32Array(steps * batch).fill(PADDING_ID);
  for (const [b, sequence] of sequences.entries()) {
    if (sequence.length > steps) {
      throw new ShapeError(
        `padTokens: at most ${steps} tokens were expected, but sample ${b} (from 0) has ${sequence.length}; cut it or raise time`,
      );
    }
    for (const [t, id] of sequence.entries()) ids[t * batch + b] = checkedId(id, b, t);
  }
  return { ids, lengths, time: steps, batch };
}

/**
 * The timesteps of each sample.
 * @param isVector whether a sample is one vector, which is then a single timestep
 * @param first the number of the first sample, for messages
 * @throws DataError for a sample that is no list
 */
export function stepsOf(isVector: boolean, samples: readonly Nested[], first = 0): (readonly Nested[])[] {
  return samples.map((sample, i) => {
    if (!Array.isArray(sample))
      throw new DataError(`examples: a list was expected as sample ${first + i}, but ${show(sample)} came`);
    return isVector ? [sample] : sample;
  });
}

/**
 * Samples of numbers as one array [time, batch, size], padded with zeros.
 * @param size how many numbers a timestep has
 * @param time at least the timesteps of the longest sample
 * @param first the number of the first sample, for messages
 * @throws ShapeError when a timestep has not so many numbers
 * @throws DataError when a number is not finite
 */
export function padNumbers(
  size: number,
  samples: readonly (readonly Nested[])[],
  time: number,
  first = 0,
): Float64Array {
  const batch = samples.length;
  const out = new Float64Array(time * batch * size);
  for (const [b, sample] of samples.entries()) {
    for (const [t, step] of sample.entries()) {
      for (const [k, value] of expectStep(step, size, first + b, t).entries()) {
        if (!Number.isFinite(value)) {
          throw new DataError(
            `examples: a finite number was expected at sample ${first + b}, step ${t}, but ${show(value)} came; clean the data first`,
          );
        }
        out[(t * batch + b) * size + k] = value as number;
      }
    }
  }
  return out;
}

function expectStep(step: Nested, size: number, sample: number, t: number): readonly Nested[] {
  if (!Array.isArray(step)) {
    throw new ShapeError(
      `examples: a list of ${size} numbers was expected at sample ${sample}, step ${t}, but ${show(step)} came; token ids need an embedding`,
    );
  }
  if (step.length !== size) {
    throw new ShapeError(
      `examples: ${size} numbers were expected at sample ${sample}, step ${t}, but ${step.length} came`,
    );
  }
  return step;
}

// The upper limit is that of an Int32Array, which would wrap a larger id without a word.
function checkedId(id: number, sample: number, position: number): number {
  if (Number.isInteger(id) && id >= 0 && id <= LARGEST_ID) return id;
  throw new DataError(
    `padTokens: a whole number from 0 to 2^31 - 1 was expected at sample ${sample}, position ${position} (from 0), but ${show(id)} came; encode the tokens with a vocabulary`,
  );
}
