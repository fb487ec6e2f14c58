/** h after each step, for the products with x of each step, which hold all biases. */
export function lstm(tf, steps, { u }, zero, mask) {
  const ut = tf.transpose(u);
  let [h, c] = [zero, zero];
  return steps.map((a) => {
    // Memory that is free again after a step is in the caches for the next one.
    [h, c] = tf.tidy(() => {
      const gates = tf.add(a, product(tf, mask ? tf.mul(h, mask) : h, u, ut));
      const [i, f, g, o] = tf.split(gates, 4, 1);
      const state = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
      return [tf.mul(tf.sigmoid(o), tf.tanh(state)), state];
    });
    return h;
  });
}

/** The same of a GRU with the reset gate after the product; the products with x hold the biases of W. */
export function gru(tf, steps, { u, bh }, zero, mask) {
  const ut = tf.transpose(u);
  const units = zero.shape[1];
  let h = zero;
  return steps.map((step) => {
    h = tf.tidy(() => {
      const [a, an] = tf.split(step, [2 * units, units], 1);
      const [b, bn] = tf.split(tf.add(product(tf, mask ? tf.mul(h, mask) : h, u, ut), bh), [2 * units, units], 1);
      const [r, z] = tf.split(tf.sigmoid(tf.add(a, b)), 2, 1);
      const n = tf.tanh(tf.add(an, tf.mul(r, bn)));
      // (1 - z) n + z h
      return tf.add(n, tf.mul(z, tf.sub(h, n)));
    });
    return h;
  });
}

/**
 * The product h u, with gradients that transpose first and multiply then. Those that tfjs has multiply transposed
 * matrices, which takes the wasm backend two to three times as long for the whole of a training step.
 */
function product(tf, h, u, ut) {
  return tf.customGrad((left, right, save) => {
    save([left, ut]);
    return {
      value: tf.matMul(left, right),
      gradFunc: (dy, [seen, turned]) => [tf.matMul(dy, turned), tf.matMul(tf.transpose(seen), dy)],
    };
  })(h, u);
}

/** The same of x w, without the gradient by x. */
export function productOfInput(tf, x, w) {
  return tf.customGrad((right, save) => {
    save([x]);
    return {
      value: tf.matMul(x, right),
      gradFunc: (dy, [seen]) => tf.matMul(tf.transpose(seen), dy),
    };
  })(w);
}
