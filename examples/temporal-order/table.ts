import { formatTable, percent } from 'keepgate';
import type { Run } from './compare.ts';

/** What counts as solved: the share of the test sequences that are right. */
const SOLVED = 0.99;

/** The first epoch, from 1, after which the task was solved; null if there was none. */
export function solvedAfter({ test }: Run): number | null {
  const at = test.findIndex((accuracy) => accuracy >= SOLVED);
  return at < 0 ? null : at + 1;
}

/** One row a scheme, over its runs: means and standard deviations in the end, and how many solved the task, and when. */
export function table(runs: readonly Run[]): string {
  const rows = [...new Set(runs.map(({ scheme }) => scheme))].map((scheme) => {
    const own = runs.filter((run) => run.scheme === scheme);
    const epochs = own.map(solvedAfter).filter((epoch) => epoch !== null);
    return [
      scheme,
      withSpread(own.map(({ training }) => training.at(-1) as number)),
      withSpread(own.map(({ monteCarlo }) => monteCarlo)),
      withSpread(own.map(({ test }) => test.at(-1) as number)),
      `${epochs.length} of ${own.length}`,
      epochs.length === 0 ? '' : range(epochs),
      mean(own.map(({ seconds }) => seconds)).toFixed(1),
    ];
  });
  return formatTable([['dropout', 'train', 'test, masks', 'test', 'solved', 'epoch', 'seconds'], ...rows]);
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
