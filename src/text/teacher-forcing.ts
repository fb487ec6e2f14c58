import { expectWhole, optionsOf } from '../checks.ts';
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
  const given: unknown = sequences;
  const isList = Array.isArray(given) && given.every((ids) => typeof Object(ids).length === 'number');
  if (!isList) {
    throw new DataError(`teacherForcing: a list of lists of ids was expected, but ${show(sequences)} came`);
  }
  return {
    target: sequences.map((ids) => [start, ...Array.from(ids)]),
    y: sequences.map((ids) => [...Array.from(ids), end]),
  };
}
