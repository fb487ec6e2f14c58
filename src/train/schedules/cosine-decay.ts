import { expectNumber, expectWhole, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { defineSchedule, expectUnit, type LearningRateSchedule, type ScheduleUnit } from './learning-rate-schedule.ts';

/** What `cosineDecay` is told. */
export interface CosineDecayOptions {
  /** The learning rate at first. */
  readonly initial: number;
  /** After how many updates or epochs it has come to `final`, where it stays. */
  readonly over: number;
  /** 0 when left out. */
  readonly final?: number;
  /** What it counts in; 'update' when left out. */
  readonly by?: ScheduleUnit;
}

/**
 * A learning rate that falls along half a cosine (Loshchilov and Hutter 2017, arXiv:1608.03983, without restarts):
 * final + (initial - final) (1 + cos(π t / over)) / 2, where t counts updates, or epochs, up to `over`. PyTorch's
 * CosineAnnealingLR, which rises again after T_max, as this does not; Keras' CosineDecay.
 * @throws OptionError for an option that is out of range
 * @example
 * ```ts
 * import { cosineDecay } from 'keepgate';
 *
 * const learningRate = cosineDecay({ initial: 0.2, over: 100, final: 0.1 });
 * console.log([0, 50, 100, 500].map((update) => learningRate.at({ update, epoch: 0 }).toFixed(3)));
 * // prints: [ '0.200', '0.150', '0.100', '0.100' ]
 * ```
 */
export const cosineDecay: Maker<[CosineDecayOptions], LearningRateSchedule> = defineSchedule({
  type: 'cosineDecay',
  make(options: CosineDecayOptions) {
    const names = { initial: true, over: true, final: true, by: true } as const;
    const { initial, over, final = 0, by = 'update' } = optionsOf('cosineDecay', options, names);
    expectNumber('cosineDecay', 'initial', initial);
    expectWhole('cosineDecay', 'over', over, 1);
    expectNumber('cosineDecay', 'final', final);
    expectUnit('cosineDecay', by);
    return {
      config: { initial, over, final, by },
      at: (time) => alongCosine(initial, final, Math.min(1, time[by] / over)),
    };
  },
});

/** From one number to another along half a cosine: flat at both ends. @param part how far, from 0 to 1 */
export function alongCosine(from: number, to: number, part: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * part))) / 2;
}
