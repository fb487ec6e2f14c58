import { formatTable, percent } from 'keepgate';
import type { Run } from './compare.ts';

/** The epoch, from 1, in which the most test digits were right: the first of them. */
export function bestEpoch({ test }: Run): { readonly epoch: number; readonly accuracy: number } {
  const accuracy = Math.max(...test);
  return { epoch: test.indexOf(accuracy) + 1, accuracy };
}

/** One row a scheme, over its runs: means and standard deviations. */
export function table(runs: readonly Run[]): string {
  const rows = [...new Set(runs.map(({ scheme }) => scheme))].map((scheme) => {
    const own = runs.filter((run) => run.scheme === scheme);
    const best = own.map(bestEpoch);
    const last = own.map(({ test }) => test.at(-1) as number);
    const training = mean(own.map((run) => run.training));
    return [
      scheme,
      withSpread(best.map(({ accuracy }) => accuracy)),
      range(best.map(({ epoch }) => epoch)),
      withSpread(last),
      percent(training),
      percent(training - mean(last)),
      mean(own.map(({ seconds }) => seconds)).toFixed(1),
    ];
  });
  return formatTable([['dropout', 'best epoch', 'which', 'last epoch', 'train', 'gap', 'seconds'], ...rows]);
}

function withSpread(shares: readonly number[]): string {
  if (shares.length < 2) return percent(mean(shares));
  return `${percent(mean(shares))} ± ${(100 * deviation(shares)).toFixed(1)}`;
}

/** The standard deviation of a sample. */
function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? `${least}` : `${least}-${most}`;
}
