import { type Comparison, formatTable, percent } from 'keepgate';
import { range, withSpread } from '../spreads.ts';
import type { Run } from './compare.ts';

/** One row a scheme, over its runs: means, and for accuracies on held-out sentences the spread. */
export function table({ scores }: Comparison<Run>): string {
  const rows = Object.entries(scores).map(([scheme, of]) => [
    scheme,
    withSpread(of.best),
    range(of['best epoch']),
    of['best loss'].mean.toFixed(2),
    withSpread(of.last),
    of['last loss'].mean.toFixed(2),
    percent(of.training.mean),
    percent(of.training.mean - of.last.mean),
    of.seconds.mean.toFixed(0),
  ]);
  return formatTable([
    ['dropout', 'best epoch', 'which', 'loss', 'last epoch', 'loss', 'train', 'gap', 'seconds'],
    ...rows,
  ]);
}
