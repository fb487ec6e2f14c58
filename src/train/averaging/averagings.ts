import { type AnyMaker, restoreBy } from '../../define.ts';
import type { Averaging } from './averaging.ts';
import { ntAsgd } from './nt-asgd.ts';
import { swa } from './swa.ts';

/** What averages weights, of this package. */
export const AVERAGINGS: readonly AnyMaker<Averaging>[] = [ntAsgd, swa];

/** What a config stands for. @throws ModelError when nobody knows it */
export function restoreAveraging(config: unknown): Averaging {
  return restoreBy('averaging', AVERAGINGS, config);
}
