import { formatTable, percent } from 'keepgate';
import type { Trained } from './compare.ts';

/** How accurate each scheme's network is after the last epoch. */
export function accuracyTable(results: readonly Trained[]): string {
  const rows = byName(results).map(([name, runs]) => [
    name,
    overSeeds(runs, ({ training }) => training, percent),
    overSeeds(runs, ({ test }) => test, percent),
    overSeeds(runs, ({ training, test }) => training - test, percent),
    mean(runs.map(({ seconds }) => seconds)).toFixed(1),
  ]);
  return formatTable([['dropout', 'train', 'test', 'gap', 'seconds'], ...rows]);
}

/** Whether a scheme's network went on to learn its training lines by heart: then the test loss rises after its best epoch. */
export function overTrainingTable(results: readonly Trained[]): string {
  const rows = byName(results).map(([name, runs]) => [
    name,
    overSeeds(
      runs,
      ({ best }) => best.epoch,
      (epoch) => epoch.toFixed(0),
    ),
    overSeeds(runs, ({ best }) => best.accuracy, percent),
    overSeeds(runs, ({ best }) => best.loss, decimals),
    overSeeds(runs, ({ last }) => last.accuracy, percent),
    overSeeds(runs, ({ last }) => last.loss, decimals),
  ]);
  return formatTable([['dropout', 'best epoch', 'test', 'loss', 'at the end', 'loss'], ...rows]);
}

/** The runs of each scheme, one for each seed. */
function byName(results: readonly Trained[]): [name: string, runs: Trained[]][] {
  const names = [...new Set(results.map(({ name }) => name))];
  return names.map((name) => [name, results.filter((run) => run.name === name)]);
}

/** One seed's value, or the mean of all seeds with their standard deviation. */
function overSeeds(runs: readonly Trained[], of: (run: Trained) => number, show: (value: number) => string): string {
  const values = runs.map(of);
  const middle = mean(values);
  if (values.length === 1) return show(middle);
  const spread = Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) * (values.length / (values.length - 1)));
  return `${show(middle)} ±${show(spread)}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function decimals(value: number): string {
  return value.toFixed(3);
}
