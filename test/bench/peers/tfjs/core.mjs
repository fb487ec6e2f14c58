import { gru, lstm, productOfInput } from './cells.mjs';

/** The works as one writes them with the operations of tfjs. */
export function coreWork(tf, { size, cell, trains, given, masks }) {
  const { batch, time, inputSize, hiddenSize } = size;
  // Apart from the start: to take a step out of [T,B,I] copies all of it. So the products are one by one as well.
  const x = tf.tidy(() => tf.unstack(tf.tensor3d(given.x, [time, batch, inputSize])));
  // [I,G*H] and [H,G*H]: transposed products are slow here.
  const matrix = (values, columns) => tf.transpose(tf.tensor2d(values, [values.length / columns, columns]));
  const weights = {
    w: tf.variable(matrix(given.weight_ih, inputSize)),
    u: tf.variable(matrix(given.weight_hh, hiddenSize)),
    bi: tf.variable(tf.tensor1d(given.bias_ih)),
    bh: tf.variable(tf.tensor1d(given.bias_hh)),
    v: tf.variable(matrix(given.weight, hiddenSize)),
    b: tf.variable(tf.tensor1d(given.bias)),
  };
  const loop = cell === 'gru' ? gru : lstm;

  function states(input, recurrent) {
    const { w, bi, bh } = weights;
    const bias = cell === 'gru' ? bi : tf.add(bi, bh);
    const steps = x.map((step) => tf.add(productOfInput(tf, input ? tf.mul(step, input) : step, w), bias));
    return loop(tf, steps, weights, tf.zeros([batch, hiddenSize]), recurrent);
  }
  if (!trains) {
    return {
      step: () => {
        const y = tf.tidy(() => tf.stack(states(null, null)));
        const values = y.dataSync();
        y.dispose();
        return values;
      },
    };
  }

  const labels = tf.oneHot(tf.tensor1d(given.labels, 'int32'), 2).toFloat();
  const optimizer = tf.train.adam(0.001, 0.9, 0.999, 1e-8);
  return {
    step() {
      const drawn = masks();
      const input = drawn && tf.tensor2d(drawn.input, [batch, inputSize]);
      const recurrent = drawn && tf.tensor2d(drawn.recurrent, [batch, hiddenSize]);
      const cost = optimizer.minimize(() => {
        const last = states(input, recurrent).at(-1);
        return tf.losses.softmaxCrossEntropy(labels, tf.add(tf.matMul(last, weights.v), weights.b));
      }, true);
      const [loss] = cost.dataSync();
      tf.dispose([cost, input, recurrent]);
      return loss;
    },
  };
}
