import {
  adam,
  type Callback,
  dense,
  type DrawnPlan,
  embedding,
  fold,
  type History,
  key,
  type LabelledTexts,
  lstm,
  naive,
  type Ops,
  pooling,
  type Scheme,
  type Scores,
  TextClassifier,
  variational,
  zoneout,
} from 'keepgate';

/** Zoneout as Krueger et al. 2017 draw it: at each step. */
const zones = zoneout({ hidden: 0.1, cell: 0.3, scope: 'step' });
const fixed = variational({ input: 0.15, recurrent: 0.25 });

/** What is compared: the same network, dropped in five ways. */
export const SCHEMES: Readonly<Record<string, Scheme>> = {
  'no dropout': [],
  naive: naive({ input: 0.15, output: 0.25 }),
  variational: fixed,
  zoneout: zones,
  'variational + zoneout': [...fixed, ...zones],
};

/**
 * What a training comes to: accuracies after the last epoch, and the test lines after the best one, that of their least loss:
 * what came after it, the network learned by heart.
 */
export type ScoreName = 'train' | 'test' | 'gap' | 'loss' | 'best epoch' | 'best test' | 'best loss' | 'seconds';

export interface Trained {
  readonly scores: Readonly<Record<ScoreName, number>>;
  readonly classifier: TextClassifier;
  readonly history: History;
  /** Loss and accuracy on the training lines, without dropout. */
  readonly training: Scores;
  /** What was dropped in the last batch. */
  readonly plans: readonly DrawnPlan[];
}

/** What the test lines came to after an epoch. */
interface Standing {
  readonly epoch: number;
  readonly accuracy: number;
  readonly loss: number;
}

/** Train a classifier of characters with a scheme, and measure it on both parts. */
export async function trainWith(
  scheme: Scheme,
  data: { readonly train: LabelledTexts; readonly test: LabelledTexts },
  options: { readonly seed: number; readonly epochs: number; readonly callback: Callback; readonly engine: Ops },
): Promise<Trained> {
  const started = Date.now();
  const classifier = TextClassifier.from(data.train, {
    level: 'char',
    maxLength: 48,
    minCount: 3,
    engine: options.engine,
    layers: ({ vocabulary, classes }) => [
      embedding({ vocabulary, units: 16 }),
      lstm({ units: 32, dropout: scheme, returnSequences: true }),
      pooling({ over: 'max' }),
      dense({ units: classes }),
    ],
  });
  let plans: readonly DrawnPlan[] = [];
  const seePlans: Callback = {
    onStep(step) {
      plans = step.plans;
    },
  };
  const history = await classifier.fit(data.train, {
    // The same key for all: the same initial weights, the same order of the lines.
    key: fold(key(options.seed), 'fit'),
    epochs: options.epochs,
    batchSize: 32,
    optimizer: adam({ learningRate: 0.005 }),
    clipNorm: 2,
    // It is looked at, and chooses nothing: the network of the last epoch is the one that is saved.
    validation: data.test,
    callbacks: [options.callback, seePlans],
  });
  const standings = history.epochs.map(({ epoch, validation }): Standing => {
    return { epoch, accuracy: validation?.accuracy ?? Number.NaN, loss: validation?.loss ?? Number.NaN };
  });
  const best = standings.reduce((a, b) => (b.loss < a.loss ? b : a));
  const { accuracy: test, loss } = standings.at(-1) as Standing;
  const training = await classifier.evaluate(data.train);
  const { accuracy: train = Number.NaN } = training;
  const scores = {
    train,
    test,
    gap: train - test,
    loss,
    'best epoch': best.epoch,
    'best test': best.accuracy,
    'best loss': best.loss,
    seconds: (Date.now() - started) / 1000,
  };
  return { scores, classifier, history, training, plans };
}
