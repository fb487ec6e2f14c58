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

/** What the test lines came to after an epoch. */
export interface Standing {
  readonly epoch: number;
  readonly accuracy: number;
  readonly loss: number;
}

export interface Trained {
  readonly name: string;
  readonly seed: number;
  readonly classifier: TextClassifier;
  /** Accuracy after the last epoch, on the training lines and on the test lines. */
  readonly training: number;
  readonly test: number;
  /** The epoch after which the loss of the test lines was least: what came after it, the network learned by heart. */
  readonly best: Standing;
  readonly last: Standing;
  readonly seconds: number;
  readonly history: History;
  /** Loss and accuracy on the training lines, without dropout. */
  readonly scores: Scores;
  /** What was dropped in the last batch. */
  readonly plans: readonly DrawnPlan[];
}

/** Train a classifier of characters with a scheme, and measure it on both parts. */
export async function trainWith(
  name: string,
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
  const standings = history.epochs.map(({ epoch, validation }) => {
    return { epoch, accuracy: validation?.accuracy ?? Number.NaN, loss: validation?.loss ?? Number.NaN };
  });
  const best = standings.reduce((a, b) => (b.loss < a.loss ? b : a));
  const last = standings.at(-1) as Standing;
  const scores = await classifier.evaluate(data.train);
  const seconds = (Date.now() - started) / 1000;
  const { accuracy: training = Number.NaN } = scores;
  const { seed } = options;
  return { name, seed, classifier, training, test: last.accuracy, best, last, seconds, history, scores, plans };
}
