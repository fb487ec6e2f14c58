import {
  adam,
  type Augmentation,
  bidirectional,
  bigramNoising,
  dense,
  earlyStopping,
  embedding,
  fold,
  gru,
  key,
  lstm,
  type Ops,
  readVectors,
  type Scheme,
  TextClassifier,
  tokenDeletion,
  tokenizer,
  tokenSwap,
  unigramNoising,
  Vocabulary,
} from 'keepgate';
import { type DataSet, partsOf } from './data.ts';

export type AugmentationName = 'none' | 'deletion' | 'swap' | 'unigram' | 'bigram';

/** What becomes of texts in training, with a token in ten. */
const AUGMENTATIONS: Readonly<Record<AugmentationName, (texts: readonly (readonly number[])[]) => Augmentation[]>> = {
  none: () => [],
  deletion: () => [tokenDeletion({ rate: 0.1 })],
  swap: () => [tokenSwap({ rate: 0.1 })],
  unigram: (texts) => [unigramNoising({ rate: 0.1, texts })],
  bigram: (texts) => [bigramNoising({ rate: 0.1, texts })],
};

export const AUGMENTATION_NAMES = Object.keys(AUGMENTATIONS) as readonly AugmentationName[];

/** What all trainings have in common. */
export interface Settings {
  readonly level: 'word' | 'char';
  readonly cell: 'lstm' | 'gru';
  readonly units: number;
  readonly epochs: number;
  readonly patience: number;
  readonly l2: number;
  readonly augment: AugmentationName;
  /** A file of pretrained vectors. */
  readonly vectors?: string;
}

/** One training: the share of each part that is right, of the epoch that was best on the validation texts. */
export interface Run {
  readonly scores: Readonly<Record<'test' | 'validation' | 'training' | 'epoch' | 'seconds', number>>;
}

/** Train until the validation texts have not got better for some epochs, and score the best epoch. The seed decides all that is random. */
export async function trainOnce(
  data: DataSet,
  run: { readonly dropout: Scheme; readonly seed: number; readonly engine: Ops },
  settings: Settings,
): Promise<Run> {
  const { level, cell, units, epochs, patience, l2, augment, vectors } = settings;
  const started = performance.now();
  const { train, validation, test } = partsOf(data, fold(key(run.seed), 'parts'));
  const { tokenize } = tokenizer(level);
  const vocabulary = Vocabulary.build(
    train.texts.map((text) => tokenize(text)),
    { minCount: 2 },
  );
  const pretrained = vectors === undefined ? null : await readVectors(vectors, { vocabulary, key: key(run.seed) });
  const words = pretrained
    ? { units: pretrained.units, weights: pretrained.weights }
    : { units: level === 'word' ? units : 16 };
  const classifier = TextClassifier.from(train, {
    level,
    vocabulary,
    engine: run.engine,
    layers: ({ vocabulary: size, classes }) => [
      embedding({ vocabulary: size, ...words }),
      bidirectional({ lstm, gru }[cell]({ units, dropout: run.dropout })),
      dense({ units: classes }),
    ],
  });
  const augmentations = AUGMENTATIONS[augment](classifier.encode(train).x);
  const history = await classifier.fit(train, {
    key: fold(key(run.seed), 'fit'),
    epochs,
    optimizer: adam({ learningRate: 0.002 }),
    clipNorm: 5,
    validation,
    callbacks: [earlyStopping({ monitor: 'validation.accuracy', patience })],
    ...(l2 > 0 ? { regularization: { l2 } } : {}),
    ...(augmentations.length > 0 ? { augment: augmentations } : {}),
  });
  const accuracyOf = async (texts: typeof train): Promise<number> => (await classifier.evaluate(texts)).accuracy ?? 0;
  const [onTest, onValidation, onTraining] = [
    await accuracyOf(test),
    await accuracyOf(validation),
    await accuracyOf(train),
  ];
  await classifier.model.dispose();
  return {
    scores: {
      test: onTest,
      validation: onValidation,
      training: onTraining,
      epoch: history.keptEpoch ?? history.epochs.length,
      seconds: (performance.now() - started) / 1000,
    },
  };
}
