import type { Handle, MemoryScope, Ops, Shape } from '../engines/ops.ts';
import { ModelError, show } from '../errors.ts';
import type { Batch, Layer } from '../layers/layer.ts';
import type { ClassTargets } from '../layers/softmax/class-targets.ts';
import { isMoved, type WeightSpec } from '../layers/weight-spec.ts';
import { squareSum } from '../sequence/arithmetic.ts';
import type { BatchLoss } from './history.ts';
import type { Target } from './losses/loss.ts';
import type { Head } from './losses/loss-by-head.ts';
import { fraternalObjective, type JudgedHead, type Objective, objectiveOf, workedOut } from './losses/objective.ts';
import type { Tallies } from './metrics/metric.ts';
import { type HeadMetric, metricsFor } from './metrics/metrics.ts';
import type { Optimizer, UpdateContext } from './optimizers/optimizer.ts';
import { clipped, decayed, limited, penalized, type RegularizationByKind } from './optimizers/regularization.ts';
import { type PlanSource, type Progress, runLayers } from './pass.ts';
import { countedOf, totalsOf } from './prediction/scores.ts';

/** What a training step finds out, before anything is changed. */
export interface Gradients {
  /** Of several outputs the weighted sum. */
  readonly loss: number;
  /** That of each output. */
  readonly losses: readonly BatchLoss[];
  /** What is added to the loss: by layers, by fraternal dropout, and by L1 and L2. */
  readonly penalty: number;
  /** The global norm of all gradients. */
  readonly norm: number;
  readonly grads: Readonly<Record<string, Handle>>;
  /** The next values of weights that no gradient moves. */
  readonly statistics: Readonly<Record<string, Handle>>;
  /** By name. */
  readonly outputs: Readonly<Record<string, Batch>>;
  /** What its layers carry into the next chunk, by path; {} where nobody asks. */
  readonly carried: Readonly<Record<string, Handle>>;
  /** What was counted of the metrics. */
  readonly counted: Tallies;
}

/** One batch, and what is made of it. */
export interface StepInput {
  /** By the names of the inputs. */
  readonly batch: Readonly<Record<string, Batch>>;
  /** The targets at what the model hands on as an output. */
  readonly target: (head: Head, output: Batch) => Target;
  readonly heads: readonly Head[];
  readonly metrics: readonly HeadMetric[];
  readonly plans: PlanSource;
  readonly progress: Progress;
  /** For fraternal dropout: the plans of a second pass, and how much a disagreement of the two costs. */
  readonly twin: { readonly plans: PlanSource; readonly kappa: number } | null;
  /** What the layers carry from the chunk before, and the shapes of it, by path: for sequences that go on. */
  readonly carried?: {
    readonly shapes: Readonly<Record<string, unknown>>;
    readonly before: Readonly<Record<string, Handle>>;
  } | null;
  /** For a last layer that works out its loss: see `PassOptions`. */
  readonly classes?: ((at: Batch) => ClassTargets) | null;
  /** What is done to the gradients before their norm is measured; nothing when left out. */
  readonly adjust?: {
    readonly specs: Readonly<Record<string, WeightSpec>>;
    readonly regularization: RegularizationByKind | null;
    readonly clipValue: number | null;
  };
}

/** Forward, loss and backward of one batch. The gradients belong to the memory scope. */
export async function gradientsOf(
  ops: Ops,
  scope: MemoryScope,
  layers: readonly Layer[],
  weights: Readonly<Record<string, Handle>>,
  { batch, target, heads, metrics, plans, progress, twin, carried, classes, adjust }: StepInput,
): Promise<Gradients> {
  const { pass, states, judged, totals, penalties, grads, numbers } = scope.run(() => {
    const options = { progress, training: true, state: carried?.before, classes };
    const run = (source: PlanSource) => runLayers(ops, layers, weights, batch, source, options);
    const first = run(plans);
    const wanted = heads.map((head): JudgedHead => {
      return { ...head, target: target(head, first.outputs[head.name] as Batch) };
    });
    const objective = twin
      ? fraternalObjective(ops, [first, run(twin.plans)], wanted, twin.kappa)
      : classes
        ? workedOut(first)
        : objectiveOf(ops, first, wanted);
    const found = adjust ? adjusted(ops, weights, objective, adjust) : objective;
    const squares = Object.values(found.grads).map((grad) => squareSum(ops, grad, 1));
    const counted = wanted.flatMap((head, i) =>
      totalsOf(
        ops,
        metricsFor(metrics, head.name),
        (first.outputs[head.name] as Batch).values,
        head,
        found.losses[i] as Handle,
      ),
    );
    // One tensor for all numbers that the host waits for, so that there is one wait.
    return {
      pass: first,
      judged: wanted,
      states: carried ? first.state(carried.shapes) : {},
      totals: counted,
      ...found,
      numbers: ops.concat([...found.losses, ...counted.map(({ sum }) => sum), ...found.penalties, ...squares]),
    };
  });
  const rest = Array.from(await ops.read(numbers));
  const losses = rest.splice(0, judged.length);
  const sums = rest.splice(0, totals.length);
  const total = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0);
  return {
    loss: total(losses.map((loss, i) => loss * (judged[i] as JudgedHead).weight)),
    losses: judged.map((head, i) => ({ head: head.name, loss: losses[i] as number, weight: weightOf(head.target) })),
    penalty: total(rest.slice(0, penalties.length)),
    norm: Math.sqrt(total(rest.slice(penalties.length))),
    grads,
    statistics: scope.run(() => pass.statistics()),
    outputs: pass.outputs,
    counted: countedOf(totals, sums),
    carried: states,
  };
}

/** What the rows of a target weigh: how many have one, where all weigh the same. */
export function weightOf({ weights, rows }: Target): number {
  return weights?.total ?? rows;
}

function adjusted(
  ops: Ops,
  weights: Readonly<Record<string, Handle>>,
  objective: Objective,
  { specs, regularization, clipValue }: NonNullable<StepInput['adjust']>,
): Objective {
  const whole = penalized(ops, regularization, specs, weights, objective);
  return { ...whole, grads: clipped(ops, clipValue, whole.grads) };
}

/** The weights, and what the optimizer remembers of each: `slot/weight`. */
export interface TrainingState {
  readonly weights: Readonly<Record<string, Handle>>;
  readonly slots: Readonly<Record<string, Handle>>;
}

/** The name of what an optimizer remembers of a weight. */
export function slotOf(slot: string, path: string): string {
  return `${slot}/${path}`;
}

/** The shape of everything that an optimizer remembers: nothing of weights that no gradient moves. */
export function slotShapes(optimizer: Optimizer, specs: Readonly<Record<string, WeightSpec>>): Record<string, Shape> {
  return Object.fromEntries(
    Object.entries(specs).flatMap(([path, spec]) =>
      isMoved(spec) ? optimizer.slots.map((slot) => [slotOf(slot, path), spec.shape] as const) : [],
    ),
  );
}

/** Zeros for everything that an optimizer remembers. */
export function initialSlots(
  ops: Ops,
  optimizer: Optimizer,
  specs: Readonly<Record<string, WeightSpec>>,
): Record<string, Handle> {
  const shapes = Object.entries(slotShapes(optimizer, specs));
  return Object.fromEntries(shapes.map(([path, shape]) => [path, ops.zeros(shape)]));
}

/** The state after one update; the old one is untouched. */
export function updated(
  ops: Ops,
  optimizer: Optimizer,
  specs: Readonly<Record<string, WeightSpec>>,
  { weights, slots }: TrainingState,
  { grads, statistics }: Pick<Gradients, 'grads' | 'statistics'>,
  at: Omit<UpdateContext, 'decays'>,
  regularization: RegularizationByKind | null = null,
): TrainingState {
  const next = { weights: { ...weights, ...statistics }, slots: { ...slots } };
  for (const [path, weight] of Object.entries(weights)) {
    const grad = grads[path];
    // A layer may keep a weight as it is.
    if (!grad) continue;
    const remembered = Object.fromEntries(optimizer.slots.map((slot) => [slot, slots[slotOf(slot, path)] as Handle]));
    const spec = specs[path];
    const context: UpdateContext = { ...at, decays: spec?.decays ?? true };
    const smaller = decayed(ops, regularization, spec, weight, at.learningRate);
    const result = optimizer.update(ops, smaller, grad, remembered, context);
    expectShapeOf(optimizer, `weight ${path}`, weight, result.weight);
    next.weights[path] = limited(ops, regularization, spec, result.weight);
    for (const slot of optimizer.slots) {
      const value = result.slots[slot];
      expectShapeOf(optimizer, `slot ${slotOf(slot, path)}`, weight, value);
      next.slots[slotOf(slot, path)] = value;
    }
  }
  return next;
}

/** @throws ModelError unless an optimizer gave what is shaped like the weight */
function expectShapeOf(
  { config }: Optimizer,
  what: string,
  { shape }: Handle,
  value: Handle | undefined,
): asserts value is Handle {
  const fits = value?.shape?.length === shape.length && shape.every((size, axis) => size === value.shape[axis]);
  if (!fits) {
    throw new ModelError(
      `${config.type}: a ${what} of shape [${shape}] was expected from its update, but ${value?.shape ? `shape [${value.shape}]` : show(value)} came; see Optimizer`,
    );
  }
}
