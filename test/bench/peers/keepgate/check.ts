import {
  adam,
  type Batch,
  dense,
  gru,
  type Handle,
  injectMasks,
  type Layer,
  lstm,
  none,
  type Ops,
  type Plan,
  softmaxCrossEntropy,
  Tensor,
} from 'keepgate';
import { sequence } from '../../../../src/layers/signature.ts';
import { runLayers, weightSpecs } from '../../../../src/train/pass.ts';
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
  const specs = weightSpecs(layers, { x: sequence(inputSize) });
  const weights: Record<string, Handle> = {};
  for (const [path, { shape }] of Object.entries(specs)) {
    const name = path.slice(path.indexOf('.') + 1).replace('_l0', '');
    weights[path] = ops.upload(given[name as 'weight'], shape);
  }
  const validSteps = new Int32Array(batch).fill(time);
  const x = ops.upload(given.x, [time, batch, inputSize]);
  const input: Batch = { values: x, batch, time, validSteps, lengths: null };
  const plan = planOf(task);
  if (!trains)
    return {
      step: () => ops.read(runLayers(ops, layers, weights, { x: input }, () => plan).outputs.y?.values as Handle),
    };

  const labels = ops.uploadIndices(given.labels, [batch]);
  const optimizer = adam();
  const loss = softmaxCrossEntropy();
  let state: TrainingState = { weights, slots: initialSlots(ops, optimizer, specs) };
  let step = 0;
  return {
    async step() {
      step += 1;
      const pass = runLayers(ops, layers, state.weights, { x: input }, () => plan);
      const found = loss.evaluate(ops, pass.outputs.y?.values as Handle, {
        values: labels,
        rows: batch,
        lengths: null,
      });
      const grads = pass.backward({ y: found.grad });
      if (kind === 'check-one-bias') delete grads['0.bias_hh_l0'];
      const at = { step, scale: 1, learningRate: 0.001 };
      state = updated(ops, optimizer, specs, state, { grads, statistics: {} }, at);
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
