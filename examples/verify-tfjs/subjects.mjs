/** The recurrent layers of TensorFlow.js, for `keepgate verify`: see README.md. */
import * as tf from '@tensorflow/tfjs';
import { layerSubject } from './layer-subject.mjs';

const inputSize = 4;
const hiddenSize = 5;
const rates = { dropout: 0.2, recurrentDropout: 0.35 };
const gru = { recurrentActivation: 'sigmoid', resetAfter: false };

await tf.setBackend('cpu');

export default [
  layerSubject({
    name: 'tf.layers.lstm',
    cell: 'lstm',
    sizes: { inputSize, hiddenSize },
    rates,
    make: (options) => tf.layers.lstm({ ...options, recurrentActivation: 'sigmoid' }),
  }),
  layerSubject({
    name: 'tf.layers.gru',
    cell: 'gru',
    sizes: { inputSize, hiddenSize },
    rates,
    make: (options) => tf.layers.gru({ ...options, ...gru }),
  }),
  layerSubject({
    name: 'tf.layers.simpleRNN',
    cell: 'rnn',
    sizes: { inputSize, hiddenSize },
    rates,
    make: (options) => tf.layers.simpleRNN(options),
  }),
  layerSubject({
    name: 'tf.layers.rnn({ cell: tf.layers.lstmCell() })',
    cell: 'lstm',
    sizes: { inputSize, hiddenSize },
    rates,
    make: ({ returnSequences, ...options }) =>
      tf.layers.rnn({ returnSequences, cell: tf.layers.lstmCell({ ...options, recurrentActivation: 'sigmoid' }) }),
  }),
];
