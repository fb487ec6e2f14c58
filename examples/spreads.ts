import { type ComparedRun, type Comparison, formatTable, percent, type Spread } from 'keepgate';

/** A share, with its standard deviation over seeds where there are several. */
export function withSpread({ mean, deviation }: Spread): string {
  return deviation === null ? percent(mean) : `${percent(mean)} ± ${(100 * deviation).toFixed(1)}`;
}

/** Any number, with its standard deviation where there are several. */
export function numberWithSpread({ mean, deviation }: Spread, digits: number): string {
  return deviation === null ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
}

/** The least and the largest of whole numbers. */
export function range({ values }: Pick<Spread, 'values'>): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? `${least}` : `${least}-${most}`;
}

/** By how many points each scheme's share is above the baseline's, seed by seed. */
export function pairedTable(
  { differences }: Pick<Comparison<ComparedRun>, 'differences'>,
  names: readonly string[],
): string {
  const points = (share: number): string => (100 * share).toFixed(1);
  const rows = differences.flatMap(({ scheme, baseline, score, mean, deviation, interval }) => {
    if (!names.includes(score)) return [];
    const spread = deviation === null ? '' : ` ± ${points(deviation)}`;
    return [
      [
        `${scheme} - ${baseline}`,
        score,
        `${points(mean)}${spread}`,
        interval ? interval.map(points).join(' to ') : '-',
      ],
    ];
  });
  return rows.length === 0 ? '' : formatTable([['points, paired by seed', 'of', 'mean', '95% interval'], ...rows]);
}
