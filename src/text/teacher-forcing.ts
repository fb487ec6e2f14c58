import { expectWhole, optionsOf, readable } from '../checks.ts';
import { DataError, show } from '../errors.ts';

/**
 * Sequences of ids as a decoder trains by them: what it reads, which begins with `start` and is one step late, and what is to come of it, which
 * ends with `end`.
 * @throws DataError for what are no lists of ids, OptionError for what are none of `start` and `end`
 * @example
 * ```ts
 * import { teacherForcing } from 'keepgate';
 *
 * console.log(teacherForcing([[3, 4]], { start: 1, end: 2 })); // prints: { target: [ [ 1, 3, 4 ] ], y: [ [ 3, 4, 2 ] ] }
 * ```
 */
export function teacherForcing(
  sequences: readonly ArrayLike<number>[],
  options: { readonly start: number; readonly end: number },
): { readonly target: number[][]; readonly y: number[][] } {
  const { start, end } = optionsOf('teacherForcing', options, { start: true, end: true });
  expectWhole('teacherForcing', 'start', start, 0);
  expectWhole('teacherForcing', 'end', end, 0);
  const lists = readable('teacherForcing', () =>
    Array.isArray(sequences) ? Array.from<unknown, number[] | null>(sequences, idsOf) : [null],
  );
  if (!lists.every((ids) => ids !== null)) {
    throw new DataError(`teacherForcing: a list of lists of ids was expected, but ${show(sequences)} came`);
  }
  return { target: lists.map((ids) => [start, ...ids]), y: lists.map((ids) => [...ids, end]) };
}

/** Ids as a list; null for what are none. */
function idsOf(value: unknown): number[] | null {
  const isList = typeof value === 'object' && typeof (value as ArrayLike<number> | null)?.length === 'number';
  const ids = isList ? Array.from(value as ArrayLike<number>) : [];
  return isList && ids.every((id) => Number.isSafeInteger(id) && id >= 0) ? ids : null;
}
