import {
  adam,
  dense,
  fold,
  key,
  lockedDropout,
  lstm,
  naive,
  type Ops,
  permutation,
  recurrentDropout,
  type Scheme,
  sequential,
  softmaxCrossEntropy,
  variational,
  weightDrop,
  zoneout,
} from 'keepgate';
import { choose, type Digits } from '../mnist.ts';
import { asRows, ROWS } from './rows.ts';

/**
 * What is compared, and none of it tuned here: 0.2 where pixels are dropped, as is usual (Srivastava et al. 2014),
 * 0.5 elsewhere; zoneout with the rates of Krueger et al. 2017 for permuted MNIST.
 */
export const SCHEMES: Readonly<Record<string, Scheme>> = {
  'no dropout': [],
  naive: naive({ input: 0.2, output: 0.5 }),
  variational: variational({ input: 0.2, recurrent: 0.5 }),
  semeniuta: recurrentDropout({ update: 0.5, scope: 'step' }),
  zoneout: zoneout({ cell: 0.15, hidden: 0.15, scope: 'step' }),
  'weight drop': weightDrop({ recurrent: 0.5 }),
  'locked dropout': lockedDropout({ output: 0.5 }),
};

/** How many digits: few to train on, so that there is something to over-train on. */
export interface Sizes {
  readonly training: number;
  readonly test: number;
}

export const SIZES: Sizes = { training: 2000, test: 5000 };

/** The order of the rows, the test digits: drawn once, for all seeds. */
const FIXED = key(0);

/** What is measured of one training. */
export interface Measured {
  /** Accuracy on the test digits after each epoch. */
  readonly test: readonly number[];
  /** Accuracy on the training digits after the last epoch, without dropout. */
  readonly training: number;
  readonly seconds: number;
}

/** What is compared: of the test digits but where the name says otherwise. */
export type ScoreName = 'best' | 'best epoch' | 'last' | 'training' | 'seconds';

/** One training of one scheme. */
export interface Run extends Measured {
  readonly scores: Readonly<Record<ScoreName, number>>;
}

export interface RunOptions {
  readonly dropout: Scheme;
  readonly seed: number;
  readonly epochs: number;
  readonly engine: Ops;
  readonly sizes: Sizes;
}

/** The two parts of MNIST. */
export type Mnist = Readonly<Record<'train' | 't10k', Digits>>;

/** The seed decides the training digits, the first weights and the order: all schemes of a seed have these in common. */
export async function trainOnce({ train, t10k }: Mnist, options: RunOptions): Promise<Run> {
  const { dropout, seed, epochs, engine, sizes } = options;
  const started = Date.now();
  const order = permutation(fold(FIXED, 'rows'), ROWS);
  const training = asRows(train, choose(train, sizes.training, fold(key(seed), 'training')), order);
  const model = sequential([lstm({ units: 100, dropout }), dense({ units: 10 })], { engine });
  const history = await model.fit(training, {
    key: fold(key(seed), 'fit'),
    epochs,
    batchSize: 32,
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: 0.005 }),
    clipNorm: 5,
    validation: asRows(t10k, choose(t10k, sizes.test, fold(FIXED, 'test')), order),
  });
  const { accuracy = 0 } = await model.evaluate(training);
  await model.dispose();
  const test = history.epochs.map(({ validation }) => validation?.accuracy ?? 0);
  return runOf({ test, training: accuracy, seconds: (Date.now() - started) / 1000 });
}

/** With what is compared: the best epoch is the first in which the most test digits were right, from 1. */
export function runOf(measured: Measured): Run {
  const { test, training, seconds } = measured;
  const best = Math.max(...test);
  const last = test.at(-1) as number;
  return { ...measured, scores: { best, 'best epoch': test.indexOf(best) + 1, last, training, seconds } };
}
