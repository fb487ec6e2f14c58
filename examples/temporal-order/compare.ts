import {
  adam,
  argmax,
  dense,
  embedding,
  fold,
  key,
  lstm,
  naive,
  type Ops,
  recurrentDropout,
  rnnDrop,
  type Scheme,
  sequential,
  softmaxCrossEntropy,
  variational,
  weightDrop,
  zoneout,
} from 'keepgate';
import { CLASSES, temporalOrder, VOCABULARY } from './sequences.ts';

/**
 * What is compared: 0.5 everywhere, which is the rate of Semeniuta et al. 2016 for this task, and zoneout with the
 * rates of Krueger et al. 2017 for characters. None was tuned here.
 */
export const SCHEMES: Readonly<Record<string, Scheme>> = {
  'no dropout': [],
  naive: naive({ input: 0.5 }),
  variational: variational({ input: 0.5, recurrent: 0.5 }),
  'update per step': recurrentDropout({ update: 0.5, scope: 'step' }),
  'update per sequence': recurrentDropout({ update: 0.5 }),
  // Moon et al. 2015 draw once a sequence; per step is what Semeniuta et al. compare it with.
  'memory per step': [{ site: 'memory', rate: 0.5, scope: 'step' }],
  rnnDrop: rnnDrop({ memory: 0.5 }),
  'rnnDrop literal': rnnDrop({ memory: 0.5, scaling: 'literal' }),
  zoneout: zoneout({ cell: 0.5, hidden: 0.05, scope: 'step' }),
  'weight drop': weightDrop({ recurrent: 0.5 }),
};

/** How many sequences: those trained on are the same in each epoch, those tested on are others. */
export interface Sizes {
  readonly training: number;
  readonly test: number;
}

export const SIZES: Sizes = { training: 2000, test: 1000 };

/** Passes of MC dropout, each with masks of its own. */
export const PASSES = 10;

/** What is measured of one training. */
export interface Measured {
  /** Accuracy on the test sequences after each epoch, without masks. */
  readonly test: readonly number[];
  /** Accuracy on the training sequences over each epoch, as the network was trained: with masks. */
  readonly training: readonly number[];
  /** Accuracy on the test sequences in the end of the mean of {@link PASSES} passes with masks: MC dropout. */
  readonly monteCarlo: number;
  readonly seconds: number;
}

/** What is compared: accuracies in the end, and how long it took. */
export type ScoreName = 'training' | 'test, masks' | 'test' | 'seconds';

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

/** The seed decides the sequences, the first weights and the order: all schemes of a seed have these in common. */
export async function trainOnce({ dropout, seed, epochs, engine, sizes }: RunOptions): Promise<Run> {
  const started = Date.now();
  const model = sequential(
    [embedding({ vocabulary: VOCABULARY, units: 16 }), lstm({ units: 64, dropout }), dense({ units: CLASSES })],
    { engine },
  );
  const held = temporalOrder(sizes.test, fold(key(seed), 'test'));
  const history = await model.fit(temporalOrder(sizes.training, fold(key(seed), 'training')), {
    key: fold(key(seed), 'fit'),
    epochs,
    batchSize: 32,
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: 0.003 }),
    clipNorm: 5,
    validation: held,
  });
  const passes = await model.predictMC(held.x, { passes: PASSES, key: fold(key(seed), 'passes') });
  await model.dispose();
  return runOf({
    training: history.epochs.map(({ training: { accuracy = 0 } }) => accuracy),
    test: history.epochs.map(({ validation }) => validation?.accuracy ?? 0),
    monteCarlo: passes.filter(({ mean }, i) => argmax(mean) === held.y[i]).length / passes.length,
    seconds: (Date.now() - started) / 1000,
  });
}

/** With what is compared. */
export function runOf(measured: Measured): Run {
  const { training, test, monteCarlo, seconds } = measured;
  const last = (shares: readonly number[]): number => shares.at(-1) as number;
  return {
    ...measured,
    scores: { training: last(training), 'test, masks': monteCarlo, test: last(test), seconds },
  };
}
