import { expectNumber, expectOneOf, expectWhole, optionsOf, readable } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import type { Epoch } from '../history.ts';
import { expectMonitor, modeOf, monitored } from '../monitor.ts';
import { defineSchedule, type LearningRateSchedule } from './learning-rate-schedule.ts';

/** What `reduceOnPlateau` is told. */
export interface ReduceOnPlateauOptions {
  /** The learning rate at first. */
  readonly initial: number;
  /** The score of each epoch that it looks at; 'validation.loss' when left out. */
  readonly monitor?: string;
  /** Whether a smaller score is better, or a larger one; told by its name when left out, such as 'max' for an accuracy. */
  readonly mode?: 'min' | 'max';
  /** What the learning rate is multiplied with, in [0, 1); 0.1 when left out. */
  readonly factor?: number;
  /** How many epochs without a better score are let pass; the next one lowers the learning rate. 10 when left out. */
  readonly patience?: number;
  /** By how much a score must be better than the best to count; 1e-4 when left out. */
  readonly minDelta?: number;
  /** How many epochs after a reduction count for nothing; 0 when left out. */
  readonly cooldown?: number;
  /** Below this it does not fall; 0 when left out. */
  readonly minimum?: number;
}

/** Where it stands after some epochs. */
interface Standing {
  readonly learningRate: number;
  readonly best: number;
  /** Epochs since the best one. */
  readonly bad: number;
  /** Epochs that are still to count for nothing. */
  readonly cooling: number;
}

/**
 * A learning rate that is lowered when a score has not become better for some epochs. It follows from the scores of the epochs that
 * are over, which a snapshot holds, so a run that goes on has the learning rates of one that never stopped. PyTorch's ReduceLROnPlateau with
 * threshold_mode='abs'; in Keras' ReduceLROnPlateau one more is the same patience.
 * @throws OptionError for an option that is out of range; `fit` throws it for a monitor that no epoch has
 * @example
 * ```ts
 * import { reduceOnPlateau } from 'keepgate';
 *
 * const learningRate = reduceOnPlateau({ initial: 0.1, factor: 0.5, patience: 1, monitor: 'training.loss' });
 * const losses = [3, 2, 2, 2, 1];
 * const history = losses.map((loss, i) => ({ epoch: i + 1, training: { loss }, validation: null }));
 * const at = (epoch: number) => learningRate.at({ update: 0, epoch, history: history.slice(0, epoch) });
 * console.log([0, 1, 2, 3, 4, 5].map(at)); // prints: [ 0.1, 0.1, 0.1, 0.1, 0.05, 0.05 ]
 * ```
 */
export const reduceOnPlateau: Maker<[ReduceOnPlateauOptions], LearningRateSchedule> = defineSchedule({
  type: 'reduceOnPlateau',
  make(options: ReduceOnPlateauOptions) {
    const told = checked(options);
    const { initial, monitor, mode } = told;
    const first: Standing = { learningRate: initial, best: Number.POSITIVE_INFINITY, bad: 0, cooling: 0 };
    /** Where a list was gone through to: a run hands in the same one before each update, longer by one after each epoch. */
    const seen = new WeakMap<
      readonly Epoch[],
      { readonly last: Epoch | undefined; readonly count: number; readonly standing: Standing }
    >();
    return {
      config: { ...told },
      monitor,
      at({ history = [] }) {
        return readable('reduceOnPlateau', () => {
          const before = seen.get(history);
          const known = before && history[before.count - 1] === before.last ? before : { count: 0, standing: first };
          let { standing } = known;
          for (const epoch of history.slice(known.count)) {
            const score = monitored('reduceOnPlateau', monitor, epoch);
            standing = after(standing, mode === 'min' ? score : -score, told);
          }
          seen.set(history, { last: history.at(-1), count: history.length, standing });
          return standing.learningRate;
        });
      },
    };
  },
});

function checked(options: ReduceOnPlateauOptions): Required<ReduceOnPlateauOptions> {
  const {
    initial,
    monitor = 'validation.loss',
    mode: given,
    factor = 0.1,
    patience = 10,
    minDelta = 1e-4,
    cooldown = 0,
    minimum = 0,
  } = optionsOf('reduceOnPlateau', options, {
    initial: true,
    monitor: true,
    mode: true,
    factor: true,
    patience: true,
    minDelta: true,
    cooldown: true,
    minimum: true,
  });
  expectNumber('reduceOnPlateau', 'initial', initial);
  expectMonitor('reduceOnPlateau', monitor);
  if (given !== undefined) expectOneOf('reduceOnPlateau', 'mode', given, ['min', 'max']);
  const mode = given ?? modeOf('reduceOnPlateau', monitor);
  expectNumber('reduceOnPlateau', 'factor', factor, 1);
  expectWhole('reduceOnPlateau', 'patience', patience, 0);
  expectNumber('reduceOnPlateau', 'minDelta', minDelta);
  expectWhole('reduceOnPlateau', 'cooldown', cooldown, 0);
  expectNumber('reduceOnPlateau', 'minimum', minimum);
  return { initial, monitor, mode, factor, patience, minDelta, cooldown, minimum };
}

/** @param score the smaller the better; what is no number is never better */
function after(last: Standing, score: number, told: Required<ReduceOnPlateauOptions>): Standing {
  const { factor, patience, minDelta, cooldown, minimum } = told;
  const isBetter = score < last.best - minDelta;
  const best = isBetter ? score : last.best;
  if (last.cooling > 0) return { ...last, best, cooling: last.cooling - 1 };
  const bad = isBetter ? 0 : last.bad + 1;
  if (bad <= patience) return { ...last, best, bad };
  // A minimum above it does not raise it.
  const lowered = Math.min(last.learningRate, Math.max(last.learningRate * factor, minimum));
  return { learningRate: lowered, best, bad: 0, cooling: cooldown };
}
