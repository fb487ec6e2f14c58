import type { OptionNames } from '../../checks.ts';
import type { EngineOption } from '../../engines/select.ts';
import type { LengthsLike } from '../../layers/recurrent/lengths.ts';
import type { StopSignal } from '../../engines/give-way.ts';
import type { ModelStateLike } from '../carried-state.ts';
import type { Loss } from '../losses/loss.ts';
import type { LossByHead } from '../losses/loss-by-head.ts';
import type { MetricsLike } from '../metrics/metrics.ts';

/** What a model is told. */
export interface ModelOptions {
  /** What the sums run on: an engine, or the name of one that all models and layers share; 'auto' when left out. */
  readonly engine?: EngineOption;
}

/** What `evaluate` can be told. */
export interface EvaluateOptions {
  /** The one that the model was trained for when left out. */
  readonly loss?: Loss | LossByHead;
  /** What the loss of each of several outputs weighs, by name; 1 when left out. */
  readonly lossWeights?: Readonly<Record<string, number>>;
  /** Metrics, or the names of such; accuracy() for classes and yes or no when left out. Of several outputs for all, or by name. */
  readonly metrics?: MetricsLike;
  /** Sequences are gone through in chunks of so many steps, as `fit` with this option does: less memory, and the same scores. */
  readonly bptt?: number;
  /** Ends the work after the batch that is under way, with an AbortError. */
  readonly signal?: StopSignal;
}

/** The names of all options of `evaluate`. */
export const EVALUATE_OPTIONS: OptionNames<EvaluateOptions> = {
  loss: true,
  lossWeights: true,
  metrics: true,
  signal: true,
  bptt: true,
};

/** What `predict` can be told. */
export interface PredictOptions {
  /** What earlier steps of the sequences left: `state` of a call with `returnState: true`. Zeros when left out. */
  readonly state?: ModelStateLike;
  /** Valid steps of each sample, where x is padded behind them; all are valid when left out. By name where there are several inputs. */
  readonly lengths?: LengthsLike | Readonly<Record<string, LengthsLike>>;
  /** Ends the work after the batch that is under way, with an AbortError. */
  readonly signal?: StopSignal;
}
