import { expectOneOf, expectWhole, optionsOf } from '../../checks.ts';
import { define, type Maker } from '../../define.ts';
import { expectMonitor, modeOf, monitored } from '../monitor.ts';
import type { Averaging } from './averaging.ts';

/** What `ntAsgd` is told. */
export interface NtAsgdOptions {
  /** The non-monotone interval n: how many epochs without a better score are let pass; 5 when left out. */
  readonly interval?: number;
  /** The score of each epoch that it looks at; 'validation.loss' when left out. */
  readonly monitor?: string;
  /** Whether a smaller score is better, or a larger one; told by its name when left out, such as 'max' for an accuracy. */
  readonly mode?: 'min' | 'max';
}

/**
 * Non-monotonically triggered averaged SGD (Merity et al. 2017, arXiv:1708.02182), an option of `fit` beside `sgd`: once an epoch's score is
 * worse than the best of those more than n epochs before it, the weights of each update are averaged from there on. The mean has
 * the weights w_T of the trigger and all that follow: Σ w_i / (k - T + 1), i from T to k. As in the authors' program an epoch is
 * compared with the scores before the last n.
 * @throws OptionError for an option that is out of range; `fit` throws it for a monitor that no epoch has
 * @example
 * ```ts
 * import { ntAsgd } from 'keepgate';
 *
 * const averaging = ntAsgd({ interval: 2 });
 * const losses = [3, 2, 2.5, 2.4, 2.1];
 * const history = losses.map((loss, i) => ({ epoch: i + 1, training: { loss }, validation: { loss } }));
 * // 2.4 is not above 3, which alone is more than two epochs before it; 2.1 is above 2.
 * console.log([4, 5].map((epochs) => averaging.hasBegun(history.slice(0, epochs)))); // prints: [ false, true ]
 * ```
 */
export const ntAsgd: Maker<[options?: NtAsgdOptions], Averaging> = define({
  type: 'ntAsgd',
  make(options: NtAsgdOptions = {}) {
    const {
      interval = 5,
      monitor = 'validation.loss',
      ...told
    } = optionsOf('ntAsgd', options, {
      interval: true,
      monitor: true,
      mode: true,
    });
    expectWhole('ntAsgd', 'interval', interval, 0);
    expectMonitor('ntAsgd', monitor);
    if (told.mode !== undefined) expectOneOf('ntAsgd', 'mode', told.mode, ['min', 'max']);
    const mode = told.mode ?? modeOf('ntAsgd', monitor);
    const sign = mode === 'min' ? 1 : -1;
    return {
      config: { interval, monitor, mode },
      by: 'update',
      monitor,
      hasBegun(history) {
        let best = Number.POSITIVE_INFINITY;
        return history.some((epoch, t) => {
          // The best of those before the last n.
          const before = history[t - interval - 1];
          if (!before) return false;
          best = Math.min(best, sign * monitored('ntAsgd', monitor, before));
          return sign * monitored('ntAsgd', monitor, epoch) > best;
        });
      },
    };
  },
});
