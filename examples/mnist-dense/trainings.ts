import {
  adam,
  batchNorm,
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
  swa,
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

/** What came of a training: shares of the digits that are right after it, without dropout. */
export interface Trained {
  readonly test: number;
  readonly training: number;
  readonly seconds: number;
}

/** Digits to train on and to test on. */
export interface Parts {
  readonly training: Examples;
  readonly test: Examples;
}

export async function trainOnce(
  { training, test }: Parts,
  name: string,
  { seed, epochs, engine }: { readonly seed: number; readonly epochs: number; readonly engine: Ops },
): Promise<Trained> {
  const started = performance.now();
  const { layers, regularization } = TRAININGS[name] as Training;
  const model = sequential(layers(), { engine });
  await model.fit(training, {
    key: fold(key(seed), 'fit'),
    epochs,
    batchSize: 128,
    loss: softmaxCrossEntropy(),
    optimizer: adam(),
    // Running statistics are of the weights before they are averaged.
    ...(name !== 'batchNorm' && { averaging: swa({ from: Math.ceil(epochs / 2) }) }),
    ...(regularization && { regularization }),
  });
  const seconds = (performance.now() - started) / 1000;
  const [onTest, onTraining] = [await model.evaluate(test), await model.evaluate(training)];
  await model.dispose();
  return { test: onTest.accuracy ?? 0, training: onTraining.accuracy ?? 0, seconds };
}
