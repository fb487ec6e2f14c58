import { type Comparison, formatTable, percent } from 'keepgate';
import { range, withSpread } from '../spreads.ts';
import type { Run } from './compare.ts';

/** One row a scheme, over its runs: means and standard deviations. */
export function table({ scores }: Comparison<Run>): string {
  const rows = Object.entries(scores).map(([scheme, of]) => [
    scheme,
    withSpread(of.best),
    range(of['best epoch']),
    withSpread(of.last),
    percent(of.training.mean),
    percent(of.training.mean - of.last.mean),
    of.seconds.mean.toFixed(1),
  ]);
  return formatTable([['dropout', 'best epoch', 'which', 'last epoch', 'train', 'gap', 'seconds'], ...rows]);
}
