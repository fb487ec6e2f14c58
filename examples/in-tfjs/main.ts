/**
 * A GRU under recurrent dropout in a model of TensorFlow.js: its own layer, and keepgate's.
 *
 *     npx tsx examples/in-tfjs/main.ts [--epochs 12] [--seeds 2]
 *
 * Each sequence begins with one of four symbols, and noise follows: the class is the symbol. Nothing is read or downloaded.
 */
import * as tf from '@tensorflow/tfjs';
import { Command, InvalidArgumentError } from 'commander';
import { fold, key, type Key, percent, uniform, variational } from 'keepgate';
import { keepgateLayer } from './recurrent-layer.ts';

const [SYMBOLS, STEPS, UNITS, RATE] = [4, 10, 16, 0.25];

const LAYERS: Readonly<Record<string, (seed: number) => tf.layers.Layer>> = {
  // resetAfter and a sigmoid as keepgate's layer has them, as far as TensorFlow.js can.
  'tf.layers.gru': (seed) =>
    tf.layers.gru({
      inputShape: [STEPS, SYMBOLS],
      units: UNITS,
      recurrentDropout: RATE,
      recurrentActivation: 'sigmoid',
      kernelInitializer: tf.initializers.glorotUniform({ seed }),
      recurrentInitializer: tf.initializers.orthogonal({ seed }),
    }),
  'keepgateLayer gru': (seed) =>
    keepgateLayer(
      { cell: 'gru', units: UNITS, dropout: variational({ recurrent: RATE }), seed },
      { inputShape: [STEPS, SYMBOLS] },
    ),
};

/** Sequences [N,T,4] whose first step is a symbol, and whose others are noise below it, with their symbols. */
function sequences(count: number, from: Key): { readonly x: tf.Tensor; readonly y: tf.Tensor } {
  const symbols = uniform(fold(from, 'symbols'), count).map((u) => Math.floor(u * SYMBOLS));
  const noise = uniform(fold(from, 'noise'), count * STEPS * SYMBOLS);
  const x = Float32Array.from(noise, (u, i) => {
    const [sample, t, symbol] = [Math.floor(i / (STEPS * SYMBOLS)), Math.floor(i / SYMBOLS) % STEPS, i % SYMBOLS];
    return t === 0 ? Number(symbols[sample] === symbol) : 0.5 * u;
  });
  return { x: tf.tensor3d(x, [count, STEPS, SYMBOLS]), y: tf.oneHot(tf.tensor1d([...symbols], 'int32'), SYMBOLS) };
}

async function train(name: string, seed: number, epochs: number): Promise<{ right: number; seconds: number }> {
  const [training, test] = [sequences(256, fold(key(seed), 'training')), sequences(512, fold(key(seed), 'test'))];
  const kernelInitializer = tf.initializers.glorotUniform({ seed });
  const model = tf.sequential({
    layers: [
      (LAYERS[name] as (typeof LAYERS)[string])(seed),
      tf.layers.dense({ units: SYMBOLS, activation: 'softmax', kernelInitializer }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const start = performance.now();
  await model.fit(training.x, training.y, { epochs, batchSize: 32, shuffle: false, verbose: 0 });
  const seconds = (performance.now() - start) / 1000;
  const [, accuracy] = model.evaluate(test.x, test.y) as tf.Scalar[];
  return { right: accuracy?.dataSync()[0] ?? 0, seconds };
}

const whole = (text: string): number => {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number from 1 was expected');
};

const { epochs, seeds } = new Command('npx tsx examples/in-tfjs/main.ts')
  .description("Compare TensorFlow.js' GRU under recurrentDropout with keepgate's, in its models.")
  .option('--epochs <n>', 'passes over the training sequences', whole, 12)
  .option('--seeds <n>', 'trainings of each layer, with the seeds 1 to n', whole, 2)
  .parse()
  .opts<{ epochs: number; seeds: number }>();

// Without it TensorFlow.js recommends another of its packages.
tf.enableProdMode();
await tf.setBackend('cpu');
for (const name of Object.keys(LAYERS)) {
  for (let seed = 1; seed <= seeds; seed++) {
    const { right, seconds } = await train(name, seed, epochs);
    console.log(`${name}, seed ${seed}: ${percent(right)} of the test sequences are right; ${seconds.toFixed(0)} s`);
  }
}
