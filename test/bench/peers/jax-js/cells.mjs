import { nn, numpy as np } from '@jax-js/jax';

/**
 * h after each step, for the products with x of each step, which hold the biases of W: see `inputs`. What is used again
 * is a `ref`: each use consumes an array. The LSTM adds up all of its biases, so they are all in these.
 */
export function lstm({ u }, steps, { batch, hiddenSize }, mask) {
  const ut = np.transpose(u);
  let h = np.zeros([batch, hiddenSize]);
  let c = np.zeros([batch, hiddenSize]);
  const states = steps.map((a) => {
    const [i, f, g, o] = np.split(a.add(np.matmul(mask ? h.mul(mask.ref) : h, ut.ref)), 4, 1);
    c = nn
      .sigmoid(f)
      .mul(c)
      .add(nn.sigmoid(i).mul(np.tanh(g)));
    h = nn.sigmoid(o).mul(np.tanh(c.ref));
    return h.ref;
  });
  for (const rest of [h, c, ut, ...(mask ? [mask] : [])]) rest.dispose();
  return states;
}

/** The same of a GRU with the reset gate after the product. */
export function gru({ u, bh }, steps, { batch, hiddenSize }, mask) {
  const ut = np.transpose(u);
  let h = np.zeros([batch, hiddenSize]);
  const states = steps.map((a) => {
    const [ar, az, an] = np.split(a, 3, 1);
    const [br, bz, bn] = np.split(np.matmul(mask ? h.ref.mul(mask.ref) : h.ref, ut.ref).add(bh.ref), 3, 1);
    const n = np.tanh(an.add(nn.sigmoid(ar.add(br)).mul(bn)));
    // (1 - z) n + z h
    h = nn.sigmoid(az.add(bz)).mul(h.sub(n.ref)).add(n);
    return h.ref;
  });
  for (const rest of [h, ut, bh, ...(mask ? [mask] : [])]) rest.dispose();
  return states;
}

/** The products of x [T,B,I] with W for each step: all at once, which is faster forward, or one by one, in training. */
export function inputs(x, w, bias, { batch, time, inputSize }, { atOnce }) {
  const wt = np.transpose(w);
  if (atOnce)
    return np.unstack(
      np
        .matmul(x.reshape([time * batch, inputSize]), wt)
        .add(bias)
        .reshape([time, batch, -1]),
    );
  const steps = np.unstack(x).map((step) => np.matmul(step, wt.ref).add(bias.ref));
  wt.dispose();
  bias.dispose();
  return steps;
}
