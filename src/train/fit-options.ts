import { expectOneOf, expectPositive, expectWhole, type OptionNames, optionsOf } from '../checks.ts';
import { OptionError, show } from '../errors.ts';
import { type AnyMaker, expectComesBack, expectMade, makersOf, restoreBy } from '../define.ts';
import { type Key, wordsOf } from '../random/key.ts';
import { type Averaging, expectAveraging } from './averaging/averaging.ts';
import { AVERAGINGS, restoreAveraging } from './averaging/averagings.ts';
import { type Callback, expectCallbacks, type RunBegin } from './callbacks/callback.ts';
import { expectRunSpec, type RunSpec, type RunState } from './checkpoints/run-state.ts';
import type { ExamplesLike } from './examples/examples.ts';
import { type ClassWeight, type ClassWeightByHead, expectClassWeight } from './examples/class-weight.ts';
import type { Layer } from '../layers/layer.ts';
import { expectSavableLayers } from '../layers/restore.ts';
import type { Augmentation } from '../text/augmentation.ts';
import type { StopSignal } from '../engines/give-way.ts';
import { scoreNames } from './history.ts';
import type { Loss } from './losses/loss.ts';
import { type LossByHead, lossesOf, lossOf } from './losses/loss-by-head.ts';
import { LOSSES, restoreLoss } from './losses/losses.ts';
import { checkFraternal, type FraternalOptions, KAPPA } from './losses/objective.ts';
import { type HeadMetric, headMetrics, type MetricsLike } from './metrics/metrics.ts';
import { expectScoresOf } from './monitor.ts';
import { adam } from './optimizers/adam.ts';
import { expectOptimizer, type Optimizer } from './optimizers/optimizer.ts';
import { OPTIMIZERS, restoreOptimizer } from './optimizers/optimizers.ts';
import { checkedRegularization, type Regularization, type RegularizationByKind } from './optimizers/regularization.ts';
import { augmentationsOf, labelsOf } from './sources/augmented.ts';
import {
  type Continuation,
  type ContinuationOptions,
  continuationOf,
  continuationOptions,
} from './sources/continuation.ts';
import { type Streaming, type StreamingOptions, streamingOf, streamingOptions } from './sources/streamed.ts';
import type { LearningRateSchedule } from './schedules/learning-rate-schedule.ts';
import { SCHEDULES } from './schedules/schedules.ts';

/** What `fit` and `trainer` are told. */
export interface FitOptions extends ContinuationOptions, StreamingOptions {
  /** Everything random, from fresh weights to masks, comes from this key: the same key, the same model, bit for bit. */
  readonly key: Key;
  /** How often all examples are gone through. */
  readonly epochs: number;
  /**
   * What is minimised: softmaxCrossEntropy(), binaryCrossEntropy(), meanSquaredError(), or one of `defineLoss`; of several outputs such by
   * name, `{ tags: softmaxCrossEntropy(), topic: softmaxCrossEntropy() }`.
   */
  readonly loss: Loss | LossByHead;
  /** What the loss of each of several outputs weighs in the sum of them, by name, from 0; 1 when left out. */
  readonly lossWeights?: Readonly<Record<string, number>>;
  /** 32 when left out. */
  readonly batchSize?: number;
  /** adam() when left out. */
  readonly optimizer?: Optimizer;
  /** Gradients whose global norm is above are scaled down to it (Pascanu et al. 2013). No clipping when left out. */
  readonly clipNorm?: number;
  /** Each number of a gradient is brought into [-clipValue, clipValue], before its norm is measured. None when left out. */
  readonly clipValue?: number;
  /** L1, L2, weight decay and a maximal norm, for all weights or by their kind; none when left out. */
  readonly regularization?: Regularization;
  /** Two passes with different masks in each step, whose disagreement costs: see {@link FraternalOptions}. */
  readonly fraternal?: FraternalOptions;
  /** Evaluation and the finished model have averaged weights: `ntAsgd()` or `swa({ from })`. The last weights when left out. */
  readonly averaging?: Averaging;
  /**
   * What is scored besides the loss, or the names of such; accuracy() for classes and yes or no when left out. Of several outputs for all, or
   * by name.
   */
  readonly metrics?: MetricsLike;
  /** Scored after each epoch. */
  readonly validation?: ExamplesLike;
  /**
   * Hold out this share of the examples for validation, between 0 and 1, by the key; of each class the same share, where each
   * sample is of one class.
   */
  readonly validationSplit?: number;
  /**
   * What classes weigh in the loss that is trained on, by number; 'balanced' has all weigh the same. The loss of validation
   * and evaluation is without. Of several outputs by name.
   */
  readonly classWeight?: ClassWeight | ClassWeightByHead;
  /**
   * 'balanced' draws as many samples for an epoch as there are, of each class the same number, by the key and anew for each
   * epoch: those of a rare class come again, and some of a frequent one do not come. Each comes once when left out.
   */
  readonly sampling?: 'balanced';
  /**
   * Makes another text of each that is trained on, anew in each epoch: token ids and a key in, token ids out, such as `tokenDeletion`;
   * several take their turns. Validation and evaluation have the texts as they are.
   */
  readonly augment?: Augmentation | readonly Augmentation[];
  /** Called after each step and each epoch. */
  readonly callbacks?: readonly Callback[];
  /** Ends training after the step that is under way, with an AbortError; the model keeps that step's weights. */
  readonly signal?: StopSignal;
  /**
   * Goes on from a snapshot of a run over the same examples with the same options, see `Trainer.snapshot`; or from the newest
   * in a folder of `checkpoint`.
   */
  readonly resume?: RunState | string;
}

/** What training was told, checked, with every default filled in. */
export interface RunOptions {
  readonly key: Key;
  readonly epochs: number;
  readonly loss: Loss;
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  readonly clipNorm: number | null;
  readonly clipValue: number | null;
  readonly regularization: RegularizationByKind | null;
  readonly fraternal: Required<FraternalOptions> | null;
  readonly averaging: Averaging | null;
  readonly metrics: readonly HeadMetric[];
  readonly validation: ExamplesLike | null;
  readonly validationSplit: number | null;
  readonly classWeight: ClassWeight | ClassWeightByHead | null;
  readonly sampling: 'balanced' | null;
  readonly augment: readonly Augmentation[] | null;
  readonly callbacks: readonly Callback[];
  readonly signal: StopSignal | undefined;
  readonly resume: RunState | string | null;
  readonly continuation: Continuation | null;
  readonly streaming: Streaming | null;
}

/** The same, with the snapshot that it goes on from. */
export interface ResumedOptions extends RunOptions {
  readonly resume: RunState | null;
}

/** The names of all options of `fit`. */
export const FIT_OPTIONS: OptionNames<FitOptions> = {
  key: true,
  epochs: true,
  loss: true,
  lossWeights: true,
  batchSize: true,
  optimizer: true,
  clipNorm: true,
  clipValue: true,
  regularization: true,
  fraternal: true,
  averaging: true,
  metrics: true,
  validation: true,
  validationSplit: true,
  classWeight: true,
  sampling: true,
  augment: true,
  callbacks: true,
  signal: true,
  resume: true,
  bptt: true,
  stateful: true,
  masks: true,
  stepsPerEpoch: true,
  shuffleBuffer: true,
};

/** Fill in the defaults. @throws OptionError when an option is not what it can be */
export function runOptions(options: FitOptions): RunOptions {
  const {
    key,
    epochs,
    loss: told,
    lossWeights,
    batchSize = 32,
    optimizer = adam(),
    clipNorm,
    clipValue,
    ...more
  } = optionsOf('fit', options, FIT_OPTIONS);
  const { regularization, fraternal, averaging, metrics, validation, validationSplit, classWeight } = more;
  const { sampling, augment, callbacks = [], signal, resume } = more;
  wordsOf('fit', key);
  const loss = lossOf('fit', told, lossWeights);
  expectOptimizer('fit', optimizer);
  expectWhole('fit', 'epochs', epochs, 1);
  expectWhole('fit', 'batchSize', batchSize, 1);
  if (clipNorm !== undefined) expectPositive('fit', 'clipNorm', clipNorm);
  if (clipValue !== undefined) expectPositive('fit', 'clipValue', clipValue);
  if (fraternal !== undefined) checkFraternal(fraternal);
  if (averaging !== undefined) expectAveraging('fit', averaging);
  if (validationSplit !== undefined) expectSplit(validationSplit, validation);
  if (classWeight !== undefined && !loss.heads) expectClassWeight('fit', classWeight as ClassWeight);
  if (sampling !== undefined) expectOneOf('fit', 'sampling', sampling, ['balanced']);
  expectCallbacks(callbacks);
  const measured = headMetrics('fit', loss, metrics);
  expectScoresOf(
    [optimizer.learningRate, averaging],
    scoreNames({ loss, metrics: measured }),
    validation !== undefined || validationSplit !== undefined,
  );
  return {
    key,
    epochs,
    loss,
    batchSize,
    optimizer,
    clipNorm: clipNorm ?? null,
    clipValue: clipValue ?? null,
    regularization: regularization === undefined ? null : checkedRegularization('fit', regularization, optimizer),
    fraternal: fraternal ? { kappa: fraternal.kappa ?? KAPPA } : null,
    averaging: averaging ?? null,
    metrics: measured,
    validation: validation ?? null,
    validationSplit: validationSplit ?? null,
    classWeight: classWeight ?? null,
    sampling: sampling ?? null,
    augment: augment === undefined ? null : augmentationsOf(augment),
    callbacks,
    signal,
    resume: resume ?? null,
    continuation: continuationOf(more),
    streaming: streamingOf(more),
  };
}

/** @throws OptionError unless it is a share, and there is no validation beside it */
function expectSplit(share: number, validation: ExamplesLike | undefined): void {
  if (!(typeof share === 'number' && share > 0 && share < 1)) {
    throw new OptionError(`fit: a number between 0 and 1 was expected as validationSplit, but ${show(share)} came`);
  }
  if (validation === undefined) return;
  throw new OptionError('fit: validation or validationSplit was expected, but both came; leave one out');
}

/** What callbacks are told of a run before it begins. */
export function beginOf(run: ResumedOptions, layers: readonly Layer[]): RunBegin {
  const { validation, validationSplit, resume } = run;
  return {
    step: resume ? resume.updates - resume.before.updates : 0,
    epochs: resume?.history.length ?? 0,
    scores: scoreNames(run),
    validates: validation !== null || validationSplit !== null,
    expectSavable() {
      savedSpecOf(run);
      expectSavableLayers('checkpoint', layers);
    },
  };
}

export function specOf(run: RunOptions): RunSpec {
  const { key, epochs, batchSize, loss, optimizer, clipNorm, clipValue, regularization, fraternal } = run;
  const { averaging, classWeight, sampling, augment, validationSplit } = run;
  const { continuation, streaming } = run;
  return {
    key: key.words,
    epochs,
    batchSize,
    loss: loss.config,
    optimizer: optimizer.config,
    clipNorm,
    clipValue,
    regularization,
    fraternal,
    classWeight,
    sampling,
    augment: labelsOf(augment),
    validationSplit,
    averaging: averaging?.config ?? null,
    continuation,
    streaming,
  };
}

/**
 * The same, for a run that is written down.
 * @throws ModelError for what was put together by hand, or comes back as another from its config, which does not tell what it does
 */
export function savedSpecOf(options: RunOptions): RunSpec {
  const { loss, optimizer } = options;
  const { learningRate } = optimizer;
  for (const one of [loss, ...lossesOf(loss)]) expectMade('snapshot', 'loss', one, LOSSES);
  expectComesBack('snapshot', 'loss', loss, restoreLoss);
  expectMade('snapshot', 'optimizer', optimizer, OPTIMIZERS);
  if (typeof learningRate !== 'number') {
    for (let one: LearningRateSchedule | undefined = learningRate; one; one = one.inner)
      expectMade('snapshot', 'schedule', one, SCHEDULES);
    expectComesBack('snapshot', 'schedule', learningRate, (config, own) => restoreBy('schedule', own, config));
  }
  if (options.averaging) expectMade('snapshot', 'averaging', options.averaging, AVERAGINGS);
  // Where its schedule is the user's own, its maker is handed in when the run is loaded.
  expectComesBack('snapshot', 'optimizer', optimizer, (config, optimizers) => restoreOptimizer(config, { optimizers }));
  return specOf(options);
}

/** A user's own makers of what a saved run names: what `defineLoss`, `defineOptimizer` and `defineSchedule` gave. */
export interface OwnMakers {
  readonly losses?: Readonly<Record<string, AnyMaker<Loss>>>;
  readonly optimizers?: Readonly<Record<string, AnyMaker<Optimizer>>>;
  readonly schedules?: Readonly<Record<string, AnyMaker<LearningRateSchedule>>>;
}

/**
 * The options that a spec stands for: what `fit` or `trainer` take, together with what no JSON holds (validation,
 * callbacks, metrics, augment).
 * @param own makers of the user's own losses, optimizers and schedules, if the spec names any
 * @throws ModelError when nobody knows a loss, an optimizer or a schedule
 * @example
 * ```ts
 * import { dense, fitOptions, key, meanSquaredError, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const run = { key: key(1), epochs: 2, loss: meanSquaredError() };
 * const trainer = await model.trainer({ x: [[0], [1]], y: [[1], [3]] }, run);
 * const { spec } = await trainer.snapshot();
 * const { epochs, loss, optimizer } = fitOptions(JSON.parse(JSON.stringify(spec)));
 * console.log(epochs, loss.config.type, optimizer?.config.type); // prints: 2 meanSquaredError adam
 * await trainer.finish();
 * await model.dispose();
 * ```
 */
export function fitOptions(spec: RunSpec, own: OwnMakers = {}): FitOptions & { readonly loss: Loss } {
  expectRunSpec('fitOptions', spec);
  const { losses, optimizers, schedules } = optionsOf('fitOptions', own, {
    losses: true,
    optimizers: true,
    schedules: true,
  });
  const { key, epochs, batchSize, loss, optimizer, clipNorm, clipValue, regularization, fraternal } = spec;
  const { averaging, classWeight, sampling, validationSplit } = spec;
  return {
    key: { words: key },
    epochs,
    batchSize,
    loss: restoreLoss(loss, makersOf('fitOptions', 'losses', losses)),
    optimizer: restoreOptimizer(optimizer, {
      optimizers: makersOf('fitOptions', 'optimizers', optimizers),
      schedules: makersOf('fitOptions', 'schedules', schedules),
    }),
    ...(clipNorm === null ? {} : { clipNorm }),
    ...(clipValue ? { clipValue } : {}),
    ...(regularization ? { regularization } : {}),
    ...(fraternal === null ? {} : { fraternal }),
    ...(classWeight == null ? {} : { classWeight }),
    ...(sampling == null ? {} : { sampling }),
    ...(validationSplit == null ? {} : { validationSplit }),
    ...(averaging ? { averaging: restoreAveraging(averaging) } : {}),
    ...continuationOptions(spec.continuation),
    ...streamingOptions(spec.streaming),
  };
}
