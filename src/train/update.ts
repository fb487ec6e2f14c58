import type { MemoryScope } from '../engines/ops.ts';
import { fold, type Key } from '../random/key.ts';
import { meanAfterUpdate } from './averaging/averaging.ts';
import type { CarriedState } from './carried-state.ts';
import { expectFiniteStep } from './divergence.ts';
import { classTargets, uploadInputs, uploadTargets } from './examples/batch.ts';
import { targetsOfHead } from './examples/examples.ts';
import type { ClassWeights } from './examples/class-weight.ts';
import type { RunOptions } from './fit-options.ts';
import type { BatchLoss, Epoch, EpochUpdates } from './history.ts';
import type { Standing } from './lineage.ts';
import { headsOf } from './losses/loss-by-head.ts';
import { worksOutLoss } from './losses/works-out-loss.ts';
import type { Tallies } from './metrics/metric.ts';
import type { Network } from './model/network.ts';
import { type DrawnPlan, drawing, noting, ratesOf } from './pass.ts';
import { talliesByHead } from './prediction/scores.ts';
import { learningRateAt } from './schedules/learning-rate-schedule.ts';
import type { RunBatch } from './sources/run-batches.ts';
import { gradientsOf, updated } from './step.ts';

/** When an update takes place. */
interface UpdateTime {
  /** Its number in its run, from 1. */
  readonly step: number;
  /** What plans are drawn with, together with the count of all updates. */
  readonly key: Key;
  /** The epochs that are over. */
  readonly history: readonly Epoch[];
}

/** What an update came to. */
interface Update {
  readonly next: Standing;
  /** The mean over the batch, before the update, and that of each output. */
  readonly loss: number;
  readonly losses: readonly BatchLoss[];
  /** What metrics counted, by their names. */
  readonly tallies: Tallies;
  /** What the layers carry into the next; null where sequences do not go on. */
  readonly carried: CarriedState | null;
  /** What was dropped. */
  readonly plans: readonly DrawnPlan[];
  /** For the history. */
  readonly told: EpochUpdates;
}

/**
 * One update: gradients of a batch, what the schedule and the optimizer make of them, and what there is to tell. Nothing of what
 * comes in is changed; what is made belongs to the memory scope.
 * @throws DivergedError when a number is not finite
 */
export async function updateOf(
  { ops, layers, inputs, outputs, specs, progress }: Network,
  scope: MemoryScope,
  options: RunOptions,
  state: Standing,
  { step, key, history }: UpdateTime,
  { batch, classWeights }: { readonly batch: RunBatch; readonly classWeights: ClassWeights },
): Promise<Update> {
  const { loss, fraternal, metrics, clipNorm, clipValue, optimizer, regularization, averaging } = options;
  const { examples, firstStep, masksAge } = batch;
  const drawnAt = progress.updates - masksAge;
  const heads = headsOf(loss, outputs);
  const stepKey = fold(key, drawnAt + 1);
  const isWorkedOut = worksOutLoss(layers, options);
  const measured = isWorkedOut ? [] : metrics;
  const plans: DrawnPlan[] = [];
  const found = await gradientsOf(ops, scope, layers, state.weights, {
    batch: scope.run(() => uploadInputs(ops, inputs, examples)),
    target: (head, at) =>
      uploadTargets(ops, head.loss, head.output, targetsOfHead(examples, head.name), at, classWeights[head.name]),
    heads,
    metrics: measured,
    progress: { ...progress, updates: drawnAt },
    plans: noting(drawing(stepKey, 0, firstStep), plans),
    twin: fraternal && { kappa: fraternal.kappa, plans: drawing(fold(stepKey, 'fraternal'), 0, firstStep) },
    carried: scope.run(() => batch.carried(ops)),
    classes: isWorkedOut
      ? (at) => {
          const { name, output } = heads[0] as (typeof heads)[number];
          const mine = targetsOfHead(examples, name);
          return classTargets(loss, output, mine, at, classWeights[name], fold(stepKey, 'classes'));
        }
      : null,
    adjust: { specs, regularization, clipValue },
  });
  expectFiniteStep(step, found);
  const scale = Math.min(1, (clipNorm ?? Number.POSITIVE_INFINITY) / Math.max(found.norm, Number.MIN_VALUE));
  const time = { update: step - 1, epoch: history.length, history };
  const learningRate = learningRateAt(optimizer.learningRate, time);
  const tallies = await talliesByHead(ops, heads, measured, found, examples.y);
  const carried = await batch.carriedOn(ops, found.carried);
  const next = scope.run(() => {
    const trained = updated(ops, optimizer, specs, state, found, { step, scale, learningRate }, regularization);
    return { ...trained, mean: meanAfterUpdate(ops, averaging, history, state, trained.weights, specs) };
  });
  const told = { gradientNorm: found.norm, learningRate, dropoutRates: ratesOf(plans) };
  return { next, loss: found.loss, losses: found.losses, tallies, carried, plans, told };
}
