import type { Handle, MemoryScope, Ops } from '../engines/ops.ts';
import { learnedSite } from '../layers/dropout/learned-dropout-rate.ts';
import type { Layer } from '../layers/layer.ts';
import { squareSum } from '../sequence/arithmetic.ts';
import type { Loss, Target } from './losses/losses.ts';
import { fraternalObjective, objectiveOf } from './losses/objective.ts';
import type { Optimizer } from './optimizers/optimizers.ts';
import { type Batch, type PlanSource, type Progress, runLayers } from './pass.ts';

/** What a training step finds out, before anything is changed. */
export interface Gradients {
  readonly loss: number;
  /** What is added to the loss: by layers, and by fraternal dropout. */
  readonly penalty: number;
  /** The global norm of all gradients. */
  readonly norm: number;
  readonly grads: Readonly<Record<string, Handle>>;
  readonly output: Handle;
}

/** One batch, and what is made of it. */
export interface StepInput {
  readonly batch: Batch;
  readonly target: Target;
  readonly loss: Loss;
  readonly plans: PlanSource;
  readonly progress: Progress;
  /** For fraternal dropout: the plans of a second pass, and how much the two are to agree. */
  readonly twin: { readonly plans: PlanSource; readonly kappa: number } | null;
}

/** Forward, loss and backward of one batch. The gradients belong to the scope. */
export async function gradientsOf(
  ops: Ops,
  scope: MemoryScope,
  layers: readonly Layer[],
  weights: Readonly<Record<string, Handle>>,
  { batch, target, loss, plans, progress, twin }: StepInput,
): Promise<Gradients> {
  const { y, penalties, grads, numbers } = scope.run(() => {
    const run = (source: PlanSource) => runLayers(ops, layers, weights, batch, source, { progress });
    const pass = run(plans);
    const found = twin
      ? fraternalObjective(ops, [pass, run(twin.plans)], loss, target, twin.kappa)
      : objectiveOf(ops, pass, loss, target);
    const squares = Object.values(found.grads).map((grad) => squareSum(ops, grad, 1));
    // One tensor for all numbers that the host waits for, so that there is one wait.
    return { y: pass.y, ...found, numbers: ops.concat([found.loss, ...found.penalties, ...squares]) };
  });
  const [value = Number.NaN, ...rest] = await ops.read(numbers);
  const total = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0);
  return {
    loss: value,
    penalty: total(rest.slice(0, penalties.length)),
    norm: Math.sqrt(total(rest.slice(penalties.length))),
    grads,
    output: y,
  };
}

/** The weights, and what the optimizer remembers of each: `slot/weight`. */
export interface TrainingState {
  readonly weights: Readonly<Record<string, Handle>>;
  readonly slots: Readonly<Record<string, Handle>>;
}

/** Zeros for everything that an optimizer remembers. */
export function initialSlots(
  ops: Ops,
  optimizer: Optimizer,
  weights: Readonly<Record<string, Handle>>,
): Record<string, Handle> {
  return Object.fromEntries(
    Object.entries(weights).flatMap(([name, { shape }]) =>
      optimizer.slots.map((slot) => [`${slot}/${name}`, ops.zeros(shape)]),
    ),
  );
}

/** The state after one update; the old one is untouched. */
export function updated(
  ops: Ops,
  optimizer: Optimizer,
  { weights, slots }: TrainingState,
  grads: Readonly<Record<string, Handle>>,
  at: { readonly step: number; readonly scale: number },
): TrainingState {
  const next = { weights: { ...weights }, slots: { ...slots } };
  for (const [name, weight] of Object.entries(weights)) {
    const grad = grads[name];
    // A layer may keep a weight as it is.
    if (!grad) continue;
    const own = Object.fromEntries(optimizer.slots.map((slot) => [slot, slots[`${slot}/${name}`] as Handle]));
    const result = optimizer.update(ops, weight, grad, own, {
      ...at,
      // Decay would pull a logit towards 0, which is the rate 0.5: what a rate costs is its regularizers' part.
      decays: learnedSite(name) === null,
    });
    next.weights[name] = result.weight;
    for (const [slot, value] of Object.entries(result.slots)) next.slots[`${slot}/${name}`] = value;
  }
  return next;
}
