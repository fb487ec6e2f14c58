import { expectBoolean, expectNumber, expectOneOf, expectWhole, isPlain, optionsOf } from '../../checks.ts';
import { ModelError, show } from '../../errors.ts';
import { expectMonitor, expectMonitored, modeOf, monitored } from '../monitor.ts';
import type { Callback } from './callback.ts';

/** What `earlyStopping` is told. */
export interface EarlyStoppingOptions {
  /** The score of each epoch that it looks at; 'validation.loss' when left out. */
  readonly monitor?: string;
  /** Whether a smaller score is better, or a larger one; told by its name when left out, such as 'max' for an accuracy. */
  readonly mode?: 'min' | 'max';
  /** After so many epochs in a row without a better score the training ends; 3 when left out. 0 is the same as 1. */
  readonly patience?: number;
  /** By how much a score must be better than the best to count; 0 when left out. */
  readonly minDelta?: number;
  /** Whether the model gets the weights of the best epoch, however the training ends; true when left out. */
  readonly restoreBest?: boolean;
}

/** What it remembers. */
interface Standing {
  /** The best score; null before there is one. */
  readonly best: number | null;
  /** Epochs since then. */
  readonly waited: number;
}

const FIRST: Standing = { best: null, waited: 0 };

/**
 * Ends a training when a score has not become better for some epochs. The model then has the weights of the best epoch, and
 * `history.keptEpoch` says which that was; so it has when a signal, an error or a divergence ends the training. Best score, epochs waited and
 * best weights are in snapshots. Keras' EarlyStopping, with `restore_best_weights`.
 * @throws OptionError for an option that is out of range; `fit` throws it for a monitor that no epoch has
 * @example
 * ```ts
 * import { dense, earlyStopping, key, meanSquaredError, sequential, sgd } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const { epochs, keptEpoch } = await model.fit(
 *   { x: [[0], [1]], y: [[1], [3]] },
 *   {
 *     key: key(1),
 *     epochs: 100,
 *     loss: meanSquaredError(),
 *     optimizer: sgd({ learningRate: 0.5 }),
 *     validation: { x: [[2]], y: [[2]] },
 *     callbacks: [earlyStopping({ monitor: 'validation.loss', patience: 2 })],
 *   },
 * );
 * console.log(epochs.length - (keptEpoch ?? 0)); // prints: 2
 * await model.dispose();
 * ```
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const { monitor, mode, patience, minDelta, restoreBest } = checked(options);
  let standing = FIRST;
  return Object.freeze<Callback>({
    name: 'earlyStopping',
    onBegin({ scores, validates }) {
      expectMonitored('earlyStopping', monitor, scores, validates);
      standing = FIRST;
    },
    async onEpoch(epoch, run) {
      const score = monitored('earlyStopping', monitor, epoch);
      if (isBetter(score, standing.best, mode, minDelta)) {
        standing = { best: score, waited: 0 };
        if (restoreBest) await run.keepWeights();
        return undefined;
      }
      standing = { ...standing, waited: standing.waited + 1 };
      return standing.waited >= patience ? 'stop' : undefined;
    },
    state: () => standing,
    restore(state) {
      expectStanding(state);
      standing = state;
    },
  });
}

function checked(options: EarlyStoppingOptions): Required<EarlyStoppingOptions> {
  const {
    monitor = 'validation.loss',
    mode,
    patience = 3,
    minDelta = 0,
    restoreBest = true,
  } = optionsOf('earlyStopping', options, {
    monitor: true,
    mode: true,
    patience: true,
    minDelta: true,
    restoreBest: true,
  });
  expectMonitor('earlyStopping', monitor);
  if (mode !== undefined) expectOneOf('earlyStopping', 'mode', mode, ['min', 'max']);
  expectWhole('earlyStopping', 'patience', patience, 0);
  expectNumber('earlyStopping', 'minDelta', minDelta);
  expectBoolean('earlyStopping', 'restoreBest', restoreBest);
  return { monitor, mode: mode ?? modeOf('earlyStopping', monitor), patience, minDelta, restoreBest };
}

/** What is no finite number is never better. */
function isBetter(score: number, best: number | null, mode: 'min' | 'max', minDelta: number): boolean {
  if (!Number.isFinite(score)) return false;
  if (best === null) return true;
  return mode === 'min' ? score < best - minDelta : score > best + minDelta;
}

/** @throws ModelError for the state of another callback of that name */
function expectStanding(state: unknown): asserts state is Standing {
  if (isPlain(state)) {
    const { best, waited } = state;
    if ((best === null || Number.isFinite(best)) && Number.isSafeInteger(waited)) return;
  }
  throw new ModelError(
    `earlyStopping: its best score and epochs waited were expected in the snapshot, but ${show(state)} came; resume from a run with earlyStopping()`,
  );
}
