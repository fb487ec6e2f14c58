import { kernel } from '../engines/kernel.ts';
import type { Handle, MemoryScope, Ops } from '../engines/ops.ts';
import type { Layer } from '../layers/layer.ts';
import type { Loss, Target } from './losses.ts';
import type { Optimizer } from './optimizers.ts';
import { type Batch, type PlanSource, runLayers } from './pass.ts';

/** What a training step finds out, before anything is changed. */
export interface Gradients {
  readonly loss: number;
  /** The global norm of all gradients. */
  readonly norm: number;
  readonly grads: Readonly<Record<string, Handle>>;
  readonly output: Handle;
}

/** Forward, loss and backward of one batch. The gradients belong to the scope. */
export async function gradientsOf(
  ops: Ops,
  scope: MemoryScope,
  layers: readonly Layer[],
  weights: Readonly<Record<string, Handle>>,
  {
    batch,
    target,
    loss,
    plans,
  }: { readonly batch: Batch; readonly target: Target; readonly loss: Loss; readonly plans: PlanSource },
): Promise<Gradients> {
  const { y, grads, numbers } = scope.run(() => {
    const pass = runLayers(ops, layers, weights, batch, plans);
    const found = loss.evaluate(ops, pass.y, target);
    const byWeight = pass.backward(found.grad);
    const squares = Object.values(byWeight).map((grad) => ops.sum(ops.run(square, { inputs: { x: grad } }).squared));
    // One tensor for all numbers that the host waits for, so that there is one wait.
    return { y: pass.y, grads: byWeight, numbers: ops.concat([found.loss, ...squares]) };
  });
  const [value = Number.NaN, ...squares] = await ops.read(numbers);
  return { loss: value, norm: Math.sqrt(squares.reduce((sum, s) => sum + s, 0)), grads, output: y };
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
    const result = optimizer.update(ops, weight, grad, own, at);
    next.weights[name] = result.weight;
    for (const [slot, value] of Object.entries(result.slots)) next.slots[`${slot}/${name}`] = value;
  }
  return next;
}

const square = kernel({
  name: 'square',
  inputs: { x: ['x'] },
  outputs: { squared: ['squared'] },
  body: ({ mul }, v) => ({ squared: mul(v.x, v.x) }),
});
