import { OptionError } from '../../errors.ts';
import { fold, type Key } from '../../random/key.ts';
import { threefry2x32 } from '../../random/threefry.ts';
import { valueAt } from '../dimension.ts';
import { paramsOf, type Space } from '../space.ts';
import type { Sampler } from './sampler.ts';

const BITS = 32;

/**
 * Primitive polynomials, as the bits of their coefficients, and the first direction numbers, for the axes from the second on: those of
 * Joe and Kuo 2008 (new-joe-kuo-6).
 */
const NUMBERS: readonly (readonly number[])[] = [
  [3, 1],
  [7, 1, 3],
  [11, 1, 3, 1],
  [13, 1, 1, 1],
  [19, 1, 1, 3, 3],
  [25, 1, 3, 5, 13],
  [37, 1, 1, 5, 5, 17],
  [41, 1, 1, 5, 5, 5],
  [47, 1, 1, 7, 11, 19],
  [55, 1, 1, 5, 1, 1],
  [59, 1, 1, 1, 3, 11],
  [61, 1, 3, 5, 5, 31],
  [67, 1, 3, 3, 9, 7, 49],
  [91, 1, 1, 1, 15, 21, 21],
  [97, 1, 3, 1, 13, 27, 49],
  [103, 1, 1, 1, 15, 7, 5],
  [109, 1, 3, 1, 15, 13, 25],
  [115, 1, 1, 5, 5, 19, 61],
  [131, 1, 3, 7, 11, 23, 15, 103],
  [137, 1, 3, 7, 13, 13, 15, 69],
  [143, 1, 1, 3, 13, 7, 35, 63],
  [145, 1, 3, 5, 9, 1, 25, 53],
  [157, 1, 3, 1, 13, 9, 35, 107],
  [167, 1, 3, 1, 5, 27, 61, 31],
  [171, 1, 1, 5, 11, 19, 41, 61],
  [185, 1, 3, 5, 3, 3, 13, 69],
  [191, 1, 1, 7, 13, 1, 19, 1],
  [193, 1, 3, 7, 5, 13, 19, 59],
  [203, 1, 1, 3, 9, 25, 29, 41],
  [211, 1, 3, 5, 13, 23, 1, 55],
  [213, 1, 3, 7, 3, 13, 59, 17],
];

/** How many axes there are numbers for. */
const AXES = NUMBERS.length + 1;

/** The direction numbers of an axis, with 32 bits. */
function directions(axis: number): Uint32Array {
  const v = new Uint32Array(BITS);
  if (axis === 0) return v.map((_, k) => 2 ** (BITS - 1 - k));
  const [polynomial = 0, ...m] = NUMBERS[axis - 1] as readonly number[];
  const degree = m.length;
  for (let k = 0; k < BITS; k++) {
    if (k < degree) {
      v[k] = (m[k] as number) * 2 ** (BITS - 1 - k);
      continue;
    }
    let next = (v[k - degree] as number) ^ ((v[k - degree] as number) >>> degree);
    for (let j = 1; j < degree; j++) if ((polynomial >>> (degree - j)) & 1) next ^= v[k - j] as number;
    v[k] = next;
  }
  return v;
}

const ALL_DIRECTIONS: readonly Uint32Array[] = Array.from({ length: AXES }, (_, axis) => directions(axis));

/** A number of the Sobol sequence (in the order of Antonov and Saleev 1979), as 32 bits after the point. @param axis from 0 */
export function sobolWord(axis: number, number: number): number {
  const v = ALL_DIRECTIONS[axis] as Uint32Array;
  const gray = number ^ (number >>> 1);
  let word = 0;
  for (let k = 0; k < BITS; k++) if ((gray >>> k) & 1) word ^= v[k] as number;
  return word >>> 0;
}

/**
 * Owen's nested scrambling (1995): each bit is turned over or not, as the key and the bits before it decide. A point by itself is
 * uniform then, and all of them fill the space as evenly as before.
 */
export function scrambled(word: number, { words: [key0, key1] }: Key): number {
  let found = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const before = bit === 0 ? 0 : word >>> (BITS - bit);
    const flip = threefry2x32(key0, key1, bit, before)[0] & 1;
    found = found * 2 + (((word >>> (BITS - 1 - bit)) & 1) ^ flip);
  }
  return found;
}

/**
 * Points of a scrambled Sobol sequence, which leave no part of the space out as random ones do.
 * @throws OptionError for a space of more names than there are numbers for
 */
export function sobolSampler(space: Space, key: Key): Sampler {
  if (space.dimensions.length > AXES) {
    throw new OptionError(
      `sobol: a space of at most ${AXES} names was expected, but ${space.dimensions.length} came; take the sampler random`,
    );
  }
  const stream = fold(key, 'sobol');
  const axisOf = new Map(space.dimensions.map(({ name }, axis) => [name, axis]));
  return {
    trials: Number.POSITIVE_INFINITY,
    ask: (number) =>
      paramsOf(space, (one) => {
        const axis = axisOf.get(one.name) as number;
        return valueAt(one, scrambled(sobolWord(axis, number), fold(stream, axis)) / 2 ** BITS);
      }),
  };
}
