import { type Comparison, formatTable, percent, type Spread } from 'keepgate';
import type { Trained } from './compare.ts';

/** How accurate each scheme's network is after the last epoch. */
export function accuracyTable({ scores }: Comparison<Trained>): string {
  const rows = Object.entries(scores).map(([name, { train, test, gap, seconds }]) => [
    name,
    overSeeds(train, percent),
    overSeeds(test, percent),
    overSeeds(gap, percent),
    seconds.mean.toFixed(1),
  ]);
  return formatTable([['dropout', 'train', 'test', 'gap', 'seconds'], ...rows]);
}

/** Whether a scheme's network went on to learn its training lines by heart: then the test loss rises after its best epoch. */
export function overTrainingTable({ scores }: Comparison<Trained>): string {
  const rows = Object.entries(scores).map(([name, of]) => [
    name,
    overSeeds(of['best epoch'], (epoch) => epoch.toFixed(0)),
    overSeeds(of['best test'], percent),
    overSeeds(of['best loss'], decimals),
    overSeeds(of.test, percent),
    overSeeds(of.loss, decimals),
  ]);
  return formatTable([['dropout', 'best epoch', 'test', 'loss', 'at the end', 'loss'], ...rows]);
}

/** One seed's value, or the mean of all seeds with their standard deviation. */
function overSeeds({ mean, deviation }: Spread, show: (value: number) => string): string {
  return deviation === null ? show(mean) : `${show(mean)} ±${show(deviation)}`;
}

function decimals(value: number): string {
  return value.toFixed(3);
}
