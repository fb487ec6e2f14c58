/**
 * The works as one writes them with the layers of tfjs. Its LSTM is the same work, with one bias a gate. Its GRU is
 * not, and only timed: the reset gate stands before the product, and the carried state is masked.
 */
export async function layersWork(tf, { kind, size, cell, trains, rate, given }) {
  // The layers draw their masks themselves.
  if (kind !== 'time' && rate > 0) return null;
  const { batch, time, inputSize, hiddenSize } = size;
  const model = tf.sequential();
  model.add(
    tf.layers[cell]({
      units: hiddenSize,
      inputShape: [time, inputSize],
      recurrentActivation: 'sigmoid',
      // The default one, which is orthogonal, takes long to make.
      recurrentInitializer: 'glorotUniform',
      dropout: rate,
      recurrentDropout: rate,
      returnSequences: !trains,
    }),
  );
  const x = tf.tidy(() => tf.transpose(tf.tensor3d(given.x, [time, batch, inputSize]), [1, 0, 2]));
  if (cell === 'lstm') model.layers[0].setWeights(recurrentWeights(tf, size, given));
  if (!trains) {
    return {
      step() {
        const y = model.predictOnBatch(x);
        const values = y.dataSync();
        y.dispose();
        return values;
      },
    };
  }

  model.add(tf.layers.dense({ units: 2 }));
  model.layers[1].setWeights([tf.transpose(tf.tensor2d(given.weight, [2, hiddenSize])), tf.tensor1d(given.bias)]);
  model.compile({
    optimizer: tf.train.adam(0.001, 0.9, 0.999, 1e-8),
    loss: (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits),
  });
  const labels = tf.oneHot(tf.tensor1d(given.labels, 'int32'), 2).toFloat();
  return { biases: 1, step: () => model.trainOnBatch(x, labels) };
}

function recurrentWeights(tf, { inputSize, hiddenSize }, given) {
  const matrix = (values, columns) => tf.transpose(tf.tensor2d(values, [values.length / columns, columns]));
  return [
    matrix(given.weight_ih, inputSize),
    matrix(given.weight_hh, hiddenSize),
    tf.tensor1d(given.bias_ih.map((value, i) => value + given.bias_hh[i])),
  ];
}
