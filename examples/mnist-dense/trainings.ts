import {
  adam,
  batchNorm,
  cosineDecay,
  dense,
  dropout,
  type Examples,
  fold,
  key,
  type Layer,
  type Ops,
  type Regularization,
  sequential,
  softmaxCrossEntropy,
} from 'keepgate';
import { digits } from './module.ts';

/** What is trained: the layers, and what keeps the weights small. */
interface Training {
  readonly layers: () => readonly Layer[];
  readonly regularization?: Regularization;
}

const hidden = (): Layer => dense({ units: 128, activation: 'relu' });
const output = (): Layer => dense({ units: 10, activation: 'softmax' });
const half = (): Layer => dropout({ rate: 0.5 });

/** 784-128-128-10, and below it 784-128-10. */
export const TRAININGS: Readonly<Record<string, Training>> = {
  none: { layers: () => [hidden(), hidden(), output()] },
  dropout: { layers: () => [hidden(), half(), hidden(), half(), output()] },
  batchNorm: { layers: () => [hidden(), batchNorm(), hidden(), batchNorm(), output()] },
  L2: { layers: () => [hidden(), hidden(), output()], regularization: { l2: { kernel: 1e-4 } } },
  'one hidden layer': { layers: () => [hidden(), half(), output()] },
  'explicit forward': { layers: () => [digits({ units: 128, rate: 0.5 })] },
};

const BATCH = 128;

/** What came of a training: shares of the digits that are right after it, without dropout. */
export interface Trained {
  readonly test: number;
  readonly training: number;
  readonly seconds: number;
}

/** Digits to train on and to test on. */
export interface Parts {
  readonly training: Examples & { readonly y: readonly number[] };
  readonly test: Examples;
}

export async function trainOnce(
  { training, test }: Parts,
  { layers, regularization }: Training,
  { seed, epochs, engine }: { readonly seed: number; readonly epochs: number; readonly engine: Ops },
): Promise<Trained> {
  const started = performance.now();
  const updates = Math.ceil(training.y.length / BATCH);
  const model = sequential(layers(), { engine });
  await model.fit(training, {
    key: fold(key(seed), 'fit'),
    epochs,
    batchSize: BATCH,
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: cosineDecay({ initial: 0.002, over: epochs * updates }) }),
    ...(regularization && { regularization }),
  });
  const seconds = (performance.now() - started) / 1000;
  const [onTest, onTraining] = [await model.evaluate(test), await model.evaluate(training)];
  await model.dispose();
  return { test: onTest.accuracy ?? 0, training: onTraining.accuracy ?? 0, seconds };
}
