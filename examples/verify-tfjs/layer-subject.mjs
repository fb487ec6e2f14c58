import * as tf from '@tensorflow/tfjs';

/** Where TensorFlow.js has the gates that PyTorch has in the order i, f, g, o or r, z, n. */
const GATES = { lstm: [0, 1, 2, 3], gru: [1, 0, 2], rnn: [0] };

/**
 * A layer of TensorFlow.js as a subject. `dropout` and `recurrentDropout` are documented as fractions of the inputs and
 * of the recurrent state to drop; the layer draws one mask for all steps, so both are claimed as variational.
 */
export function layerSubject({ name, cell, sizes: { inputSize, hiddenSize }, rates, make }) {
  const layer = make({ units: hiddenSize, returnSequences: true, ...rates });
  // Not by a first call, after which some layers would keep what it drew.
  layer.build([null, null, inputSize]);
  layer.built = true;

  return {
    name: `${name} of TensorFlow.js ${tf.version.tfjs}`,
    cell,
    ...(cell === 'gru' && { resetAfter: false }),
    inputSize,
    hiddenSize,
    claims: [
      { site: 'input', rate: rates.dropout },
      { site: 'recurrent', rate: rates.recurrentDropout },
    ],

    setWeights({ weight_ih, weight_hh, bias_ih, bias_hh }) {
      // A reset gate before the product needs one bias only, which is the sum of PyTorch's two.
      const bias = bias_ih.map((value, k) => value + bias_hh[k]);
      const inOrder = (rows) => GATES[cell].flatMap((gate) => rows.slice(gate * hiddenSize, (gate + 1) * hiddenSize));
      tf.tidy(() => {
        layer.setWeights([
          tf.transpose(tf.tensor2d(inOrder(weight_ih))),
          tf.transpose(tf.tensor2d(inOrder(weight_hh))),
          tf.tensor1d(inOrder(bias)),
        ]);
      });
    },

    forward(x, { training, seed, lengths }) {
      return withRandom(seed, () =>
        tf.tidy(() => {
          const mask = lengths && tf.tensor2d(x.map((steps, b) => steps.map((_, t) => (t < lengths[b] ? 1 : 0))));
          const y = layer.apply(tf.tensor3d(x), { training, ...(mask && { mask }) }).arraySync();
          // Past a sample's length the layer repeats its last output, where a subject gives zeros.
          return lengths ? y.map((steps, b) => steps.map((row, t) => (t < lengths[b] ? row : row.map(() => 0)))) : y;
        }),
      );
    },
  };
}

/**
 * Run with a Math.random that a seed decides. The layers take a `seed` only as a part of their options, and do not use
 * it: each mask is drawn from a generator that is seeded with Math.random().
 */
function withRandom(seed, work) {
  const { random } = Math;
  let word = (seed + 0x9e3779b9) >>> 0;
  Math.random = () => {
    word = (word + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(word ^ (word >>> 15), word | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  try {
    return work();
  } finally {
    Math.random = random;
  }
}
