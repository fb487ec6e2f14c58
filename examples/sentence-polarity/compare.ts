import {
  adam,
  type Callback,
  dense,
  type Epoch,
  embedding,
  fold,
  key,
  type LabelledTexts,
  lstm,
  naive,
  type Ops,
  recurrentDropout,
  type Scheme,
  split,
  TextClassifier,
  variational,
  weightDrop,
  zoneout,
} from 'keepgate';

/**
 * What is compared, with rates from the papers or their authors' code and none of them tuned here:
 * Zaremba et al. 2014 (medium network), Gal and Ghahramani 2016 (sentiment), Krueger et al. 2017 (zoneout alone, on
 * characters; with words they add other dropout), Semeniuta et al. 2016, Merity et al. 2017.
 */
export const SCHEMES: Readonly<Record<string, Scheme>> = {
  'no dropout': [],
  naive: naive({ input: 0.5, output: 0.5 }),
  variational: variational({ input: 0.5, recurrent: 0.5 }),
  zoneout: zoneout({ cell: 0.5, hidden: 0.05, scope: 'step' }),
  semeniuta: recurrentDropout({ update: 0.5, scope: 'step' }),
  'weight drop': weightDrop({ recurrent: 0.5 }),
};

/** The share of the sentences that is never trained on. */
const HELD_OUT = 0.1;

/** What a training comes to, of held-out sentences but where the name says otherwise. */
export type ScoreName = 'best' | 'best epoch' | 'best loss' | 'last' | 'last loss' | 'training' | 'seconds';

/** One training of one scheme. */
export interface Run {
  readonly scores: Readonly<Record<ScoreName, number>>;
  /** How many sentences it had. */
  readonly sizes: { readonly training: number; readonly heldOut: number };
}

export interface RunOptions {
  readonly dropout: Scheme;
  readonly seed: number;
  readonly epochs: number;
  readonly engine: Ops;
  readonly callback?: Callback;
}

/**
 * Hold out a tenth of each class, train on the rest, and score both. The seed decides the split, the first weights and
 * the order of the sentences, so all schemes of a seed have these in common.
 */
export async function trainOnce(sentences: LabelledTexts, options: RunOptions): Promise<Run> {
  const { dropout, seed, epochs, engine, callback } = options;
  const started = Date.now();
  const { train, test } = split(sentences, HELD_OUT, fold(key(seed), 'split'));
  const classifier = TextClassifier.from(train, {
    level: 'word',
    minCount: 2,
    layers: ({ vocabulary, classes }) => [
      embedding({ vocabulary, units: 64 }),
      lstm({ units: 64, dropout }),
      dense({ units: classes }),
    ],
    engine,
  });
  const history = await classifier.fit(train, {
    key: fold(key(seed), 'fit'),
    epochs,
    batchSize: 32,
    optimizer: adam({ learningRate: 0.001 }),
    clipNorm: 5,
    validation: test,
    callbacks: callback ? [callback] : [],
  });
  const { accuracy: training = 0 } = await classifier.evaluate(train);
  await classifier.model.dispose();
  return {
    scores: scoresOf(history.epochs, training, (Date.now() - started) / 1000),
    sizes: { training: train.texts.length, heldOut: test.texts.length },
  };
}

/** @param training the accuracy on the training sentences after the last epoch, without dropout */
export function scoresOf(
  epochs: readonly Pick<Epoch, 'validation'>[],
  training: number,
  seconds: number,
): Run['scores'] {
  const [accuracies, losses] = [
    epochs.map(({ validation }) => validation?.accuracy ?? 0),
    epochs.map(({ validation }) => validation?.loss ?? 0),
  ];
  // The first of the best.
  const at = accuracies.indexOf(Math.max(...accuracies));
  return {
    best: accuracies[at] as number,
    'best epoch': at + 1,
    'best loss': losses[at] as number,
    last: accuracies.at(-1) as number,
    'last loss': losses.at(-1) as number,
    training,
    seconds,
  };
}
