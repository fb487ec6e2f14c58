import { expectNumber, expectOneOf, expectPositive, expectWhole, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { alongCosine } from './cosine-decay.ts';
import { defineSchedule, expectUnit, type LearningRateSchedule, type ScheduleUnit } from './learning-rate-schedule.ts';

/** What `oneCycle` is told. */
export interface OneCycleOptions {
  /** The largest learning rate. */
  readonly peak: number;
  /** How many updates or epochs the cycle has: as a rule, those of the whole run. It stays at its end. */
  readonly over: number;
  /** The share of them in which it rises, in [0, 1); 0.3 when left out. */
  readonly rise?: number;
  /** It begins at peak / startDivisor; 25 when left out. */
  readonly startDivisor?: number;
  /** It ends at peak / startDivisor / endDivisor; 1e4 when left out. */
  readonly endDivisor?: number;
  /** How it rises and falls; 'cosine' when left out. */
  readonly shape?: 'cosine' | 'linear';
  /** What it counts in; 'update' when left out. */
  readonly by?: ScheduleUnit;
}

/**
 * A learning rate that rises to a peak and then falls far below its beginning (Smith and Topin 2018, arXiv:1708.07120).
 * PyTorch's OneCycleLR, of two phases and with its defaults; momentum stays as it is (cycle_momentum=False).
 * @throws OptionError for an option that is out of range
 * @example
 * ```ts
 * import { oneCycle } from 'keepgate';
 *
 * const learningRate = oneCycle({ peak: 0.1, over: 100 });
 * console.log([0, 29, 99].map((update) => learningRate.at({ update, epoch: 0 }).toExponential(1)));
 * // prints: [ '4.0e-3', '1.0e-1', '4.0e-7' ]
 * ```
 */
export const oneCycle: Maker<[OneCycleOptions], LearningRateSchedule> = defineSchedule({
  type: 'oneCycle',
  make(options: OneCycleOptions) {
    const {
      peak,
      over,
      rise = 0.3,
      startDivisor = 25,
      endDivisor = 1e4,
      shape = 'cosine',
      by = 'update',
    } = optionsOf('oneCycle', options, {
      peak: true,
      over: true,
      rise: true,
      startDivisor: true,
      endDivisor: true,
      shape: true,
      by: true,
    });
    expectNumber('oneCycle', 'peak', peak);
    expectWhole('oneCycle', 'over', over, 1);
    expectNumber('oneCycle', 'rise', rise, 1);
    expectPositive('oneCycle', 'startDivisor', startDivisor);
    expectPositive('oneCycle', 'endDivisor', endDivisor);
    expectOneOf('oneCycle', 'shape', shape, ['cosine', 'linear']);
    expectUnit('oneCycle', by);
    const along = shape === 'cosine' ? alongCosine : alongLine;
    const start = peak / startDivisor;
    // Both as in PyTorch: the last of `over` updates has the end, and the one before the share `rise` is over the peak.
    const [top, last] = [rise * over - 1, over - 1];
    return {
      config: { peak, over, rise, startDivisor, endDivisor, shape, by },
      at({ [by]: t }) {
        if (t <= top) return along(start, peak, top === 0 ? 1 : t / top);
        return along(peak, start / endDivisor, Math.min(1, (t - top) / (last - top)));
      },
    };
  },
});

function alongLine(from: number, to: number, part: number): number {
  return from + (to - from) * part;
}
