import { expectNoMore, expectWhole, optionsOf } from '../checks.ts';
import type { Handle, Ops } from '../engines/ops.ts';
import { DivergedError, EngineError, OptionError, show } from '../errors.ts';
import type { Layer } from '../layers/layer.ts';
import { fold, type Key } from '../random/key.ts';
import { lengthBuckets } from '../text/bucketing.ts';
import { type Examples, pick, stepsOf } from './examples.ts';
import { Averages, type Callback, type Epoch, type History, type Scores } from './history.ts';
import { readLearnedRates } from './learned-dropout-rates.ts';
import { HostCopy, Lineage, type Trained } from './lineage.ts';
import type { Loss } from './losses/losses.ts';
import { checkFraternal, type FraternalOptions, KAPPA } from './losses/objective.ts';
import { defaultMetrics, type Metric } from './metrics/metrics.ts';
import { everDrops } from './monte-carlo.ts';
import { type Network, readPredictions, score, scorePredictions, uploadTargets } from './network.ts';
import { adam, type Optimizer } from './optimizers/optimizers.ts';
import { drawing, uploadBatch } from './pass.ts';
import { gradientsOf, initialSlots, updated } from './step.ts';

export interface FitOptions {
  /** Everything random, from fresh weights to masks, comes from this key: the same key, the same model, bit for bit. */
  readonly key: Key;
  readonly epochs: number;
  /** What is made small: softmaxCrossEntropy(), binaryCrossEntropy() or meanSquaredError(). */
  readonly loss: Loss;
  /** 32 when left out. */
  readonly batchSize?: number;
  /** adam() when left out. */
  readonly optimizer?: Optimizer;
  /** Gradients whose global norm is above are scaled down to it (Pascanu et al. 2013). No clipping when left out. */
  readonly clipNorm?: number;
  /** Two passes with masks of their own in each step, which are to agree: see {@link FraternalOptions}. */
  readonly fraternal?: FraternalOptions;
  /** What is averaged besides the loss; accuracy() for classes and yes or no when left out. */
  readonly metrics?: readonly Metric[];
  /** Scored after each epoch. */
  readonly validation?: Examples;
  readonly callbacks?: readonly Callback[];
}

/** What came of a training: the weights are good ones even when it had to stop. */
export interface Outcome extends Trained {
  readonly history: History;
  /** The error that ended it early, if one did. */
  readonly stopped: { readonly error: unknown } | null;
}

/**
 * Train a network. Its weights are released as new ones take their place.
 * @param publish is told what there is after every step: the weights before it are not to be used any more
 */
export async function trainNetwork(
  network: Network,
  examples: Examples,
  options: FitOptions,
  publish: (trained: Trained) => void,
): Promise<Outcome> {
  const {
    epochs,
    loss,
    batchSize = 32,
    optimizer = adam(),
    clipNorm = Number.POSITIVE_INFINITY,
    fraternal,
    validation,
    callbacks = [],
  } = options;
  const metrics = options.metrics ?? defaultMetrics(loss);
  const { ops, layers, input } = network;
  const lengths = stepsOf(input, examples.x).map((steps) => steps.length);
  const [shuffleKey, dropoutKey] = [fold(options.key, 'shuffle'), fold(options.key, 'dropout')];
  const steps = epochs * Math.ceil(examples.x.length / batchSize);

  const started = { weights: network.weights, updates: network.progress.updates };
  const lineage = new Lineage(ops, started, initialSlots(ops, optimizer, network.weights));
  const history: Epoch[] = [];
  const breathe = breather();
  const saved = new HostCopy(ops);
  let stopped: Outcome['stopped'] = null;
  try {
    await saved.take(lineage.state);
    let step = 0;
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const averages = new Averages();
      for (const picked of lengthBuckets(lengths, batchSize, fold(shuffleKey, epoch))) {
        step += 1;
        const found = await trainStep(pick(examples, picked), step);
        averages.add(found.scores, found.rows);
        for (const { onStep } of callbacks) await onStep?.({ step, steps, loss: found.scores.loss });
        await breathe();
      }
      await saved.take(lineage.state);
      const current = { ...network, weights: lineage.state.weights, progress: await progressNow() };
      const scores = validation ? await score(current, validation, loss, metrics) : null;
      if (scores && !Number.isFinite(scores.loss)) throw diverged(step, `a validation loss of ${scores.loss}`);
      const entry: Epoch = { epoch, training: averages.scores, validation: scores };
      history.push(entry);
      const answers: unknown[] = [];
      for (const { onEpoch } of callbacks) answers.push(await onEpoch?.(entry));
      if (answers.includes('stop')) break;
    }
    // No later loss will tell whether the last update went wrong.
    if (!(await allFinite(ops, lineage.state.weights))) throw diverged(step, 'weights that are not finite');
  } catch (error) {
    stopped = { error };
  }
  const kept = lineage.finish(stopped?.error instanceof DivergedError);
  return {
    ...(stopped?.error instanceof EngineError ? await saved.orIntact(kept) : kept),
    history: { epochs: history, warnings: warningsOf(layers, options) },
    stopped,
  };

  async function progressNow(): Promise<Network['progress']> {
    const { weights, updates } = lineage.state;
    return { updates, learned: await readLearnedRates(ops, weights) };
  }

  async function trainStep(samples: Examples, step: number): Promise<{ scores: Scores; rows: number }> {
    const progress = await progressNow();
    const scope = ops.openScope();
    try {
      const batch = scope.run(() => uploadBatch(ops, input, samples.x));
      const target = scope.run(() => uploadTargets(network, loss, samples.y, batch));
      const stepKey = fold(dropoutKey, step);
      const found = await gradientsOf(ops, scope, layers, lineage.state.weights, {
        ...{ batch, target, loss, progress },
        plans: drawing(stepKey),
        twin: fraternal ? { kappa: fraternal.kappa ?? KAPPA, plans: drawing(fold(stepKey, 'fraternal')) } : null,
      });
      if (!Number.isFinite(found.loss)) throw diverged(step, `a loss of ${found.loss}`);
      if (!Number.isFinite(found.penalty)) throw diverged(step, `a penalty of ${found.penalty}`);
      if (!Number.isFinite(found.norm)) throw diverged(step, `a gradient of norm ${found.norm}`);
      const predictions = metrics.length > 0 ? await readPredictions(network, found.output, loss.link, batch) : [];

      const scale = Math.min(1, clipNorm / Math.max(found.norm, Number.MIN_VALUE));
      const next = scope.run(() => updated(ops, optimizer, lineage.state, found.grads, { step, scale }));
      scope.keep([...Object.values(next.weights), ...Object.values(next.slots)]);
      lineage.advance(next);
      publish(lineage.state);
      const scores = { loss: found.loss, ...scorePredictions(network, loss, metrics, predictions, samples.y) };
      return { scores, rows: target.rows };
    } finally {
      scope.dispose();
    }
  }
}

function warningsOf(layers: readonly Layer[], { fraternal }: FitOptions): string[] {
  const own = layers.flatMap((layer) => layer.warnings?.() ?? []);
  if (!fraternal || everDrops(layers)) return own;
  return [...own, 'fraternal: no layer drops anything, so both passes are the same and take twice the time'];
}

/** Lets timers, events and a page have their turn now and then; an engine that computes at once never would. */
function breather(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < 50) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
    last = performance.now();
  };
}

function diverged(step: number, what: string): DivergedError {
  return new DivergedError(
    `fit: a finite loss was expected, but step ${step} gave ${what}; the last good weights are kept: lower the learning rate or set clipNorm`,
    step,
  );
}

async function allFinite(ops: Ops, weights: Readonly<Record<string, Handle>>): Promise<boolean> {
  const scope = ops.openScope();
  const reading = ops.read(scope.run(() => ops.concat(Object.values(weights).map((weight) => ops.sum(weight)))));
  return (await reading.finally(() => scope.dispose())).every(Number.isFinite);
}

/** @throws OptionError when an option is not what it can be */
export function checkFitOptions(options: FitOptions): void {
  const {
    epochs,
    batchSize = 32,
    clipNorm,
    key,
    loss,
    optimizer,
    fraternal,
    metrics,
    validation,
    callbacks,
    ...rest
  } = optionsOf('fit', options);
  expectNoMore('fit', rest);
  if (!key?.words) throw new OptionError(`fit: a key was expected, but ${show(key)} came; pass key: key(seed)`);
  if (!loss?.evaluate)
    throw new OptionError(`fit: a loss was expected, but ${show(loss)} came; pass softmaxCrossEntropy() or another`);
  if (optimizer && typeof optimizer.update !== 'function') {
    throw new OptionError(`fit: an optimizer was expected, but ${show(optimizer)} came; pass adam() or another`);
  }
  expectWhole('fit', 'epochs', epochs, 1);
  expectWhole('fit', 'batchSize', batchSize, 1);
  if (clipNorm !== undefined && !(clipNorm > 0))
    throw new OptionError(`fit: a number above 0 was expected as clipNorm, but ${show(clipNorm)} came`);
  if (fraternal !== undefined) checkFraternal(fraternal);
}
