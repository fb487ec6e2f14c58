import type { Handle, Ops } from '../engines/ops.ts';
import { dense } from '../layers/dense/dense.ts';
import type { Batch, Layer } from '../layers/layer.ts';
import { gru, lstm } from '../layers/recurrent/recurrent-layers.ts';
import { sequence } from '../layers/signature.ts';
import type { WeightSpec } from '../layers/weight-spec.ts';
import type { Scheme } from '../masks/scheme.ts';
import { variational } from '../masks/schemes/variational.ts';
import { uniform } from '../random/draws.ts';
import { fold, type Key, key } from '../random/key.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { softmaxCrossEntropy } from '../train/losses/softmax-cross-entropy.ts';
import { adam } from '../train/optimizers/adam.ts';
import { drawing, expecting, runLayers, weightSpecs } from '../train/pass.ts';
import { initialSlots, type TrainingState, updated } from '../train/step.ts';
import type { WorkName, WorkSize } from './work-sizes.ts';

interface WorkKind {
  readonly cell: typeof lstm | typeof gru;
  readonly dropout: Scheme;
  readonly trains: boolean;
}

/** That of Adam's default: it changes the numbers, not the time. */
const LEARNING_RATE = 0.001;

const VARIATIONAL = variational({ input: 0.25, recurrent: 0.25 });

/** The standard works: what other libraries are timed on as well. */
export const WORKS: Readonly<Record<WorkName, WorkKind>> = {
  W1: { cell: lstm, dropout: [], trains: false },
  W2: { cell: lstm, dropout: VARIATIONAL, trains: true },
  W3: { cell: gru, dropout: VARIATIONAL, trains: true },
  W4: { cell: lstm, dropout: [], trains: true },
};

/** A work at hand: its input and its weights lie on the engine. */
export interface StandardWork {
  /**
   * Do it once, and wait until all of it is done.
   * @returns what was read back: y [T,B,H] of W1; of a training step the loss, and one number of all that it changed
   */
  run(): Promise<Float64Array>;
  /** The weights and what the optimizer remembers of them, as the last step left them. */
  readonly state: TrainingState;
  /** Free what it holds on the engine. */
  dispose(): void;
}

/**
 * Put a work on an engine. A training step is forward, loss, backward and Adam, with fresh masks of fixed time; there
 * are no metrics and no norm of the gradients, which `fit` computes besides.
 * @param dropout of a training step: the work's when left out
 */
export function standardWork(
  ops: Ops,
  name: WorkName,
  size: WorkSize,
  dropout: Scheme = WORKS[name].dropout,
): StandardWork {
  const { cell, trains } = WORKS[name];
  const units = size.hiddenSize;
  const layers = trains ? [cell({ units, dropout }), dense({ units: 2 })] : [cell({ units, returnSequences: true })];
  const from = fold(key(1), name);
  const resident = ops.openScope();
  const specs = weightSpecs(layers, { x: sequence(size.inputSize) });
  const weights = uploadWeights(ops, specs, size, from);
  const batch = resident.run(() => uploadInputs(ops, size, from));
  if (!trains) {
    return {
      run: () => forward(ops, layers, weights, batch),
      state: { weights, slots: {} },
      dispose: () => free(ops, resident, { weights, slots: {} }),
    };
  }

  const optimizer = adam({ learningRate: LEARNING_RATE });
  const loss = softmaxCrossEntropy();
  const classes = Array.from({ length: size.batch }, (_, sample) => sample % 2);
  const labels = resident.run(() => ops.uploadIndices(classes, [size.batch]));
  let state: TrainingState = { weights, slots: initialSlots(ops, optimizer, specs) };
  let step = 0;
  return {
    async run() {
      step += 1;
      const plans = drawing(fold(fold(from, 'dropout'), step));
      const scope = ops.openScope();
      try {
        const { next, numbers } = scope.run(() => {
          const pass = runLayers(ops, layers, state.weights, { x: batch }, plans);
          const { values: y } = pass.outputs.y as Batch;
          const found = loss.evaluate(ops, y, { values: labels, rows: size.batch, lengths: null });
          const grads = { grads: pass.backward({ y: found.grad }), statistics: {} };
          const after = updated(ops, optimizer, specs, state, grads, { step, scale: 1, learningRate: LEARNING_RATE });
          // An engine that computes what is read, and no more, would leave the update to the next step, and half of
          // it to the one after: so a number of all that is new is read, in one wait with the loss.
          return { next: after, numbers: ops.concat([found.loss, ...all(after).map((value) => first(ops, value))]) };
        });
        const values = await ops.read(numbers);
        scope.keep(all(next));
        ops.release(all(state));
        state = next;
        return values;
      } finally {
        scope.dispose();
      }
    },
    get state() {
      return state;
    },
    dispose: () => free(ops, resident, state),
  };
}

async function forward(
  ops: Ops,
  layers: readonly Layer[],
  weights: TrainingState['weights'],
  batch: Batch,
): Promise<Float64Array> {
  const scope = ops.openScope();
  try {
    return await ops.read(
      scope.run(() => runLayers(ops, layers, weights, { x: batch }, expecting).outputs.y?.values as Handle),
    );
  } finally {
    scope.dispose();
  }
}

/** Weights as PyTorch draws them for a recurrent layer: uniform within ±1/sqrt(H). */
function uploadWeights(
  ops: Ops,
  specs: Readonly<Record<string, WeightSpec>>,
  { hiddenSize }: WorkSize,
  from: Key,
): TrainingState['weights'] {
  const bound = 1 / Math.sqrt(hiddenSize);
  return Object.fromEntries(
    Object.entries(specs).map(([path, { shape }]) => [
      path,
      ops.upload(uniform(fold(from, path), sizeOf(shape), -bound, bound), shape),
    ]),
  );
}

function uploadInputs(ops: Ops, { batch, time, inputSize }: WorkSize, from: Key): Batch {
  const x = uniform(fold(from, 'x'), time * batch * inputSize, -1, 1);
  const validSteps = new Int32Array(batch).fill(time);
  return { values: ops.upload(x, [time, batch, inputSize]), batch, time, validSteps, lengths: null };
}

function all({ weights, slots }: TrainingState): Handle[] {
  return [...Object.values(weights), ...Object.values(slots)];
}

function first(ops: Ops, value: Handle): Handle {
  return ops.rows(ops.reshape(value, [sizeOf(value.shape)]), 0, 1);
}

function free(ops: Ops, resident: { dispose(): void }, state: TrainingState): void {
  resident.dispose();
  ops.release(all(state));
}
