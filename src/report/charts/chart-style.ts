import type { ChartSize } from './chart-library.ts';

/** Every chart is drawn twice: texts in it keep their size on a narrow page. */
export const SIZES: Readonly<Record<'wide' | 'narrow', ChartSize>> = {
  wide: { width: 760, height: 300 },
  narrow: { width: 340, height: 260 },
};

/** What the page calls its colours: light and dark ones, so that one SVG serves both. */
export const TEXT = 'var(--quiet)';
export const LINES = 'var(--line)';
export const TRAINING = 'var(--c0)';
export const HELD_OUT = 'var(--c1)';
export const GAP = 'var(--gap)';

/** The colour and the line of the i-th of several: they differ by more than their colour. */
export function seriesStyle(i: number): { readonly color: string; readonly type: 'solid' | 'dashed' | 'dotted' } {
  return {
    color: `var(--c${i % 8})`,
    type: (['solid', 'dashed', 'dotted'] as const)[Math.floor(i / 8) % 3] ?? 'solid',
  };
}

const LABEL = { color: TEXT, fontSize: 12 };

/** What all charts have. */
export function baseOption(): object {
  return { animation: false, backgroundColor: 'transparent', textStyle: { fontFamily: 'system-ui, sans-serif' } };
}

export function axis(more: object): object {
  return {
    silent: true,
    axisLabel: LABEL,
    nameTextStyle: LABEL,
    axisLine: { show: true, lineStyle: { color: LINES } },
    axisTick: { lineStyle: { color: LINES } },
    splitLine: { lineStyle: { color: LINES } },
    ...more,
  };
}

export function legend(names: readonly string[], more: object = {}): object {
  return {
    selectedMode: false,
    left: 0,
    top: 0,
    itemWidth: 22,
    itemGap: 16,
    // The line alone tells them apart: most lines have no symbols.
    itemStyle: { opacity: 0 },
    textStyle: LABEL,
    data: [...names],
    ...more,
  };
}
