import { STILL } from './chart-library.ts';
import { axis, baseOption, seriesStyle, TEXT } from './chart-style.ts';

/** What one scheme came to: a dot a seed, a bar from end to end of the interval, and the mean. */
export interface SchemeDots {
  readonly name: string;
  readonly values: readonly number[];
  readonly mean: number;
  readonly interval: { readonly from: number; readonly to: number } | null;
}

/** Schemes below each other, their scores from left to right. */
export function scoresChart(schemes: readonly SchemeDots[], isShare: boolean, nameWidth: number): object {
  const names = schemes.map(({ name }) => name);
  return {
    ...baseOption(),
    grid: { left: nameWidth + 12, right: 22, top: 8, bottom: 30 },
    xAxis: axis({
      type: 'value',
      scale: true,
      splitNumber: 4,
      axisLabel: {
        color: TEXT,
        fontSize: 12,
        hideOverlap: true,
        formatter: (value: number) =>
          isShare ? `${Math.round(1000 * value) / 10}%` : `${Number(value.toPrecision(4))}`,
      },
    }),
    yAxis: axis({
      type: 'category',
      inverse: true,
      data: names,
      splitLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: TEXT, fontSize: 12, width: nameWidth, overflow: 'break' },
    }),
    series: schemes.flatMap(({ name, values, mean, interval }, i) => {
      const { color } = seriesStyle(i);
      return [
        ...(interval
          ? [
              {
                ...STILL,
                type: 'line',
                symbol: 'none',
                data: [
                  [interval.from, name],
                  [interval.to, name],
                ],
                lineStyle: { color, width: 3, opacity: 0.55 },
              },
            ]
          : []),
        {
          ...STILL,
          type: 'scatter',
          symbol: 'circle',
          symbolSize: 6,
          data: values.map((value) => [value, name]),
          itemStyle: { color: 'transparent', borderColor: color, borderWidth: 1.5 },
        },
        { ...STILL, type: 'scatter', symbol: 'diamond', symbolSize: 13, data: [[mean, name]], itemStyle: { color } },
      ];
    }),
  };
}
