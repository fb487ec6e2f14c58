import { EngineError, show } from '../../../errors.ts';

/** How many threads there are when nobody says: more were not measured. */
const MOST_BY_DEFAULT = 4;

/**
 * How many threads an engine has.
 * @param cores what the machine can run at once, or null where threads cannot share memory
 * @throws EngineError unless 1 to 64 are asked for, or none are named
 */
export function threadCount(asked: number | undefined, cores: number | null): number {
  if (asked !== undefined && !(Number.isInteger(asked) && asked >= 1 && asked <= 64)) {
    throw new EngineError(`simd: 1 to 64 threads were expected, but ${show(asked)} came; leave it out for one a core`);
  }
  if (cores === null) return 1;
  return asked ?? Math.min(cores, MOST_BY_DEFAULT);
}
