import { STILL } from './chart-library.ts';
import { axis, baseOption, GAP, HELD_OUT, LINES, legend, seriesStyle, TEXT, TRAINING } from './chart-style.ts';

/** A value for each epoch; null where there is none. */
export type Curve = readonly (number | null)[];

export interface CurvesOptions {
  /** The numbers of the epochs. */
  readonly epochs: readonly number[];
  readonly isShare: boolean;
}

const SHADE = { ...STILL, type: 'line', stack: 'gap', symbol: 'none', lineStyle: { opacity: 0 } };

/** Training and validation over the epochs, with the gap between them shaded, and the best epoch marked. */
export function gapChart(
  training: Curve,
  validation: Curve | null,
  best: number | null,
  options: CurvesOptions,
): object {
  const line = (name: string, color: string, data: Curve, more: object = {}): object => ({
    ...STILL,
    ...symbolOf(options),
    name,
    type: 'line',
    data: [...data],
    lineStyle: { color, width: 2 },
    itemStyle: { color },
    ...more,
  });
  const names = validation ? ['training', 'validation'] : ['training'];
  const pairs = (validation ?? []).map((held, i) => [training[i] ?? null, held] as const);
  const known = pairs.map(([a, b]) =>
    a === null || b === null ? null : { low: Math.min(a, b), apart: Math.abs(a - b) },
  );
  return {
    ...curves(options, legend(names)),
    series: [
      ...(validation
        ? [
            { ...SHADE, data: known.map((pair) => pair?.low ?? null) },
            { ...SHADE, data: known.map((pair) => pair?.apart ?? null), areaStyle: { color: GAP } },
          ]
        : []),
      line('training', TRAINING, training),
      ...(validation
        ? [line('validation', HELD_OUT, validation, { ...markOf(best, options), ...dashed(HELD_OUT) })]
        : []),
    ],
  };
}

function dashed(color: string): object {
  return { lineStyle: { color, width: 2, type: 'dashed' } };
}

function markOf(best: number | null, { epochs }: CurvesOptions): object {
  const at = best === null ? -1 : epochs.indexOf(best);
  if (at === -1) return {};
  return {
    markLine: {
      silent: true,
      symbol: 'none',
      animation: false,
      lineStyle: { color: TEXT, type: 'dotted', width: 1 },
      label: { show: true, formatter: `epoch ${best}`, color: TEXT, fontSize: 11, position: 'end' },
      data: [{ xAxis: at }],
    },
  };
}

/** One scheme of several: its seeds thin, their mean thick. */
export interface SchemeCurves {
  readonly name: string;
  readonly seeds: readonly Curve[];
  readonly mean: Curve;
}

export function schemesChart(schemes: readonly SchemeCurves[], options: CurvesOptions): object {
  return {
    ...curves(
      options,
      legend(
        schemes.map(({ name }) => name),
        { type: 'plain' },
      ),
      schemes.length,
    ),
    series: schemes.flatMap(({ name, seeds, mean }, i) => {
      const { color, type } = seriesStyle(i);
      const thin = { ...STILL, type: 'line', symbol: 'none', lineStyle: { color, width: 1, opacity: 0.4, type } };
      return [
        ...(seeds.length > 1 ? seeds.map((seed) => ({ ...thin, data: [...seed] })) : []),
        {
          ...STILL,
          ...symbolOf(options),
          name,
          type: 'line',
          data: [...mean],
          lineStyle: { color, width: 2.5, type },
          itemStyle: { color },
        },
      ];
    }),
  };
}

function symbolOf({ epochs }: CurvesOptions): object {
  return epochs.length > 1 ? { symbol: 'none' } : { symbol: 'circle', symbolSize: 7 };
}

function curves({ epochs, isShare }: CurvesOptions, names: object, entries = 2): object {
  return {
    ...baseOption(),
    legend: names,
    // A legend of many may take two lines.
    grid: { left: 50, right: 34, top: entries > 3 ? 62 : 46, bottom: 44 },
    xAxis: axis({
      type: 'category',
      boundaryGap: epochs.length === 1,
      data: epochs.map(String),
      name: 'epoch',
      nameLocation: 'middle',
      nameGap: 28,
      splitLine: { show: false },
    }),
    yAxis: axis({
      type: 'value',
      scale: true,
      splitNumber: 4,
      axisLine: { show: false, lineStyle: { color: LINES } },
      axisLabel: {
        color: TEXT,
        fontSize: 12,
        formatter: (value: number) =>
          isShare ? `${Math.round(1000 * value) / 10}%` : `${Number(value.toPrecision(4))}`,
      },
    }),
  };
}
