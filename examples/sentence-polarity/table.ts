import { formatTable, percent } from 'keepgate';
import type { HeldOut, Run } from './compare.ts';

/** The epoch, from 1, in which the most held-out sentences were right: the first of them. */
export function bestEpoch({ epochs }: Run): HeldOut & { readonly epoch: number } {
  const best = epochs.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  return { ...best, epoch: epochs.indexOf(best) + 1 };
}

export function lastEpoch({ epochs }: Run): HeldOut {
  return epochs.at(-1) as HeldOut;
}

/** One row a scheme, over its runs: means, and for accuracies on held-out sentences the spread. */
export function table(runs: readonly Run[]): string {
  const rows = [...new Set(runs.map(({ scheme }) => scheme))].map((scheme) => {
    const own = runs.filter((run) => run.scheme === scheme);
    const [best, last] = [own.map(bestEpoch), own.map(lastEpoch)];
    const training = mean(own.map((run) => run.training));
    return [
      scheme,
      withSpread(best.map(({ accuracy }) => accuracy)),
      range(best.map(({ epoch }) => epoch)),
      mean(best.map(({ loss }) => loss)).toFixed(2),
      withSpread(last.map(({ accuracy }) => accuracy)),
      mean(last.map(({ loss }) => loss)).toFixed(2),
      percent(training),
      percent(training - mean(last.map(({ accuracy }) => accuracy))),
      mean(own.map(({ seconds }) => seconds)).toFixed(0),
    ];
  });
  return formatTable([
    ['dropout', 'best epoch', 'which', 'loss', 'last epoch', 'loss', 'train', 'gap', 'seconds'],
    ...rows,
  ]);
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
