import { type Comparison, formatTable } from 'keepgate';
import { range, withSpread } from '../spreads.ts';
import type { Measured, Run } from './compare.ts';

/** What counts as solved: the share of the test sequences that are right. */
const SOLVED = 0.99;

/** The first epoch, from 1, after which the task was solved; null if there was none. */
export function solvedAfter({ test }: Pick<Measured, 'test'>): number | null {
  const at = test.findIndex((accuracy) => accuracy >= SOLVED);
  return at < 0 ? null : at + 1;
}

/** One row a scheme, over its runs: means and standard deviations in the end, and how many solved the task, and when. */
export function table({ runs, scores }: Comparison<Run>): string {
  const rows = Object.entries(scores).map(([scheme, of]) => {
    const own = runs.filter((run) => run.scheme === scheme);
    const epochs = own.map(solvedAfter).filter((epoch) => epoch !== null);
    return [
      scheme,
      withSpread(of.training),
      withSpread(of['test, masks']),
      withSpread(of.test),
      `${epochs.length} of ${own.length}`,
      epochs.length === 0 ? '' : range({ values: epochs }),
      of.seconds.mean.toFixed(1),
    ];
  });
  return formatTable([['dropout', 'train', 'test, masks', 'test', 'solved', 'epoch', 'seconds'], ...rows]);
}
