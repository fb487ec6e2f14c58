import {
  dense,
  gru,
  type Handle,
  injectMasks,
  type Layer,
  lstm,
  none,
  type Ops,
  type Plan,
  type Signature,
  Tensor,
} from 'keepgate';
import { softmaxCrossEntropy } from '../../../../src/train/losses/losses.ts';
import { adam } from '../../../../src/train/optimizers/optimizers.ts';
import { type Batch, runLayers } from '../../../../src/train/pass.ts';
import { initialSlots, type TrainingState, updated } from '../../../../src/train/step.ts';
import type { Prepared, Task } from '../common/peer.mjs';

/**
 * A work on the numbers that all systems share, of the parts that the standard works are made of: those draw their own.
 * @returns for 'check-one-bias' a training in which bias_hh stays as it is
 */
export function checkWork(ops: Ops, task: Task): Prepared {
  const { cell, given, kind, size, trains } = task;
  const { batch, time, inputSize, hiddenSize } = size;
  const recurrent = { lstm, gru }[cell]({ units: hiddenSize, returnSequences: !trains });
  const layers: Layer[] = trains ? [recurrent, dense({ units: 2 })] : [recurrent];
  const inputs: Signature[] = [
    { kind: 'sequence', size: inputSize },
    { kind: 'vector', size: hiddenSize },
  ];
  const weights: Record<string, Handle> = {};
  for (const [index, layer] of layers.entries()) {
    for (const [name, shape] of Object.entries(layer.weightShapes(inputs[index] as Signature))) {
      weights[`${index}.${name}`] = ops.upload(given[name.replace('_l0', '') as 'weight'], shape);
    }
  }
  const validSteps = new Int32Array(batch).fill(time);
  const x = ops.upload(given.x, [time, batch, inputSize]);
  const input: Batch = { x, batch, time, validSteps, lengths: null };
  const plan = planOf(task);
  if (!trains) return { step: () => ops.read(runLayers(ops, layers, weights, input, () => plan).y) };

  const labels = ops.uploadIndices(given.labels, [batch]);
  const optimizer = adam();
  const loss = softmaxCrossEntropy();
  let state: TrainingState = { weights, slots: initialSlots(ops, optimizer, weights) };
  let step = 0;
  return {
    async step() {
      step += 1;
      const pass = runLayers(ops, layers, state.weights, input, () => plan);
      const found = loss.evaluate(ops, pass.y, { values: labels, rows: batch, lengths: null });
      const grads = pass.backward(found.grad);
      if (kind === 'check-one-bias') delete grads['0.bias_hh_l0'];
      state = updated(ops, optimizer, state, grads, { step, scale: 1 });
      return (await ops.read(found.loss))[0] as number;
    },
  };
}

function planOf({ masks, rate, size }: Task): Plan {
  const drawn = masks();
  if (!drawn) return none();
  const mask = (factors: Float32Array, units: number): Tensor =>
    new Tensor(
      factors.map((factor) => (factor > 0 ? 1 : 0)),
      [size.batch, units],
    );
  return injectMasks({
    input: { rate, mask: mask(drawn.input, size.inputSize) },
    recurrent: { rate, mask: mask(drawn.recurrent, size.hiddenSize) },
  });
}
