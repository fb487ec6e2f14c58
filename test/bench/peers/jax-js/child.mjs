/** jax-js: `node child.mjs`. Steps unrolled under one jit, with the gradients and Adam in it; there is no scan. */
import { createRequire } from 'node:module';
import { defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { serve } from '../common/peer.mjs';
import { gru, inputs, lstm } from './cells.mjs';

// WebGPU is not to be had in Node, and threads of WebAssembly need the workers of browsers.
await init('wasm');
defaultDevice('wasm');
const { version } = createRequire(import.meta.url)('./node_modules/@jax-js/jax/package.json');

const [RATE, BETA1, BETA2, EPSILON] = [0.001, 0.9, 0.999, 1e-8];

function prepare({ size, cell, trains, given, masks }) {
  const { batch, time, inputSize, hiddenSize } = size;
  const loop = cell === 'gru' ? gru : lstm;
  const array = (values, ...shape) => np.array(values).reshape(shape);
  const x = array(given.x, time, batch, inputSize);
  let weights = {
    w: array(given.weight_ih, given.bias_ih.length, inputSize),
    u: array(given.weight_hh, given.bias_hh.length, hiddenSize),
    bi: np.array(given.bias_ih),
    bh: np.array(given.bias_hh),
  };
  const states = ({ w, u, bi, bh }, input, mask) => {
    const bias = cell === 'gru' ? bi : bi.add(bh);
    return loop({ u, bh }, inputs(input, w, bias, size, { atOnce: !trains }), size, mask);
  };
  if (!trains) {
    const forward = jit((own, input) => np.stack(states(own, input, null)));
    return { step: () => forward(tree.ref(weights), x.ref).data() };
  }

  weights = { ...weights, v: array(given.weight, 2, hiddenSize), b: np.array(given.bias) };
  const labels = nn.oneHot(np.array(Int32Array.from(given.labels), { dtype: np.int32 }), 2);

  function lossOf({ v, b, ...own }, input, target, drawn) {
    const all = states(own, drawn.input ? input.mul(drawn.input) : input, drawn.recurrent);
    const last = all.pop();
    for (const state of all) state.dispose();
    const logits = np.matmul(last, np.transpose(v)).add(b);
    return nn.logSoftmax(logits, -1).mul(target).sum().div(-batch);
  }

  const update = jit((state, correct1, correct2, input, target, drawn) => {
    const [loss, grads] = valueAndGrad(lossOf)(tree.ref(state.weights), input, target, drawn);
    const mean = tree.map((m, g) => m.mul(BETA1).add(g.mul(1 - BETA1)), state.mean, tree.ref(grads));
    const square = tree.map((s, g) => s.mul(BETA2).add(np.square(g).mul(1 - BETA2)), state.square, grads);
    const next = tree.map(
      (w, m, s) => w.sub(m.mul(correct1.ref).div(np.sqrt(s.mul(correct2.ref)).add(EPSILON))),
      state.weights,
      tree.ref(mean),
      tree.ref(square),
    );
    correct1.dispose();
    correct2.dispose();
    return { loss, state: { weights: next, mean, square } };
  });

  const zeros = () => tree.map((w) => np.zerosLike(w), tree.ref(weights));
  let state = { weights, mean: zeros(), square: zeros() };
  let steps = 0;
  return {
    async step() {
      steps += 1;
      const drawn = masks();
      const result = update(
        state,
        np.array(RATE / (1 - BETA1 ** steps)),
        np.array(1 / (1 - BETA2 ** steps)),
        x.ref,
        labels.ref,
        drawn
          ? {
              input: array(drawn.input, batch, inputSize),
              recurrent: array(drawn.recurrent, batch, hiddenSize),
            }
          : {},
      );
      state = result.state;
      const [loss] = await result.loss.data();
      return loss;
    },
  };
}

await serve({ version: `${version}, wasm`, prepare: async (task) => prepare(task) });
