import {
  adam,
  bidirectional,
  DataError,
  dense,
  dropout,
  embedding,
  heads,
  inputs,
  key,
  type Layer,
  lstm,
  type Ops,
  pooling,
  sequential,
  softmaxCrossEntropy,
  variational,
  Vocabulary,
} from 'keepgate';
import type { Sentence } from './conllu.ts';

type View = 'words' | 'first2' | 'last1' | 'last2' | 'last3' | 'shape';

/** What a tagger sees of a word, each by a vocabulary of its own: the word, the characters at its ends, and how it is written. */
const VIEWS: Readonly<Record<View, (word: string) => string>> = {
  words: (word: string) => word.toLowerCase(),
  first2: (word: string) => word.slice(0, 2),
  last1: (word: string) => word.slice(-1),
  last2: (word: string) => word.slice(-2),
  last3: (word: string) => word.slice(-3),
  shape: (word: string) =>
    /\d/.test(word) ? 'digit' : /^\p{Lu}+$/u.test(word) ? 'CAPITALS' : /^\p{Lu}/u.test(word) ? 'Capital' : 'other',
};

/** What is compared. */
export interface Plan {
  /** Whether the characters of words are seen, or the words alone. */
  readonly characters: boolean;
  /** Whether the class of the sentence is learned as well, of the same states. */
  readonly sentences: boolean;
}

export interface Sizes {
  readonly units: number;
  readonly epochs: number;
}

/** What a training came to: shares of the test words, and of the test sentences. */
export interface Tagged {
  readonly scores: Readonly<Record<string, number>>;
  /** Null where it was not learned. */
  readonly sentences: number | null;
  readonly seconds: number;
}

/** Training and test sentences, and the comment that has the class of a sentence, if that is to be learned. */
export interface Corpus {
  readonly training: readonly Sentence[];
  readonly test: readonly Sentence[];
  readonly comment: string | null;
}

/** The class of a sentence: what its comment says, up to the first '-', as `weblog` of `weblog-juancole.com_2003`. */
export function classOf({ comments }: Sentence, comment: string): string | undefined {
  return comments[comment]?.split('-', 1)[0];
}

/** Tags, classes and views of words by number, as training has them. */
export interface Numbered {
  readonly tags: readonly string[];
  readonly classes: readonly string[];
  readonly vocabularies: Readonly<Record<View, Vocabulary>>;
  examples(sentences: readonly Sentence[], views: readonly View[], learnsClasses: boolean): TaggerExamples;
}

interface TaggerExamples {
  readonly x: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly y: {
    readonly tags: readonly (readonly number[])[];
    readonly sentences?: readonly (number | null)[];
  };
}

/** @throws DataError where training sentences have less than two classes by the comment */
export function numbered({ training, comment }: Omit<Corpus, 'test'>): Numbered {
  const tags = namesOf(training.flatMap((sentence) => sentence.tags));
  const classes = namesOf(training.flatMap((sentence) => (comment === null ? [] : (classOf(sentence, comment) ?? []))));
  if (comment !== null && classes.length < 2) {
    throw new DataError(`sentences of two classes were expected by the comment ${comment}, but ${classes.length} came`);
  }
  const vocabularies = Object.fromEntries(
    Object.entries(VIEWS).map(([view, of]) => {
      const lists = training.map(({ words }) => words.map(of));
      // A word that came once is as unknown as those that will come.
      return [view, Vocabulary.build(lists, { minCount: view === 'words' ? 2 : 1 })] as const;
    }),
  ) as Record<View, Vocabulary>;
  const examples: Numbered['examples'] = (sentences, views, learnsClasses) => ({
    x: Object.fromEntries(
      views.map((view) => [view, sentences.map(({ words }) => vocabularies[view].encode(words.map(VIEWS[view])))]),
    ),
    y: {
      // A tag that training has not is none that counts.
      tags: sentences.map((sentence) => sentence.tags.map((tag) => tags.indexOf(tag))),
      ...(learnsClasses && { sentences: sentences.map((sentence) => placeOf(classes, sentence, comment as string)) }),
    },
  });
  return { tags, classes, vocabularies, examples };
}

/** The number of a class; null, a target that is missing, where training has not seen it. */
function placeOf(classes: readonly string[], sentence: Sentence, comment: string): number | null {
  const place = classes.indexOf(classOf(sentence, comment) ?? '');
  return place === -1 ? null : place;
}

function namesOf(all: readonly string[]): readonly string[] {
  return [...new Set(all)].sort();
}

/** Train a tagger, and try it on the test sentences. */
export async function trainTagger(
  corpus: Corpus,
  plan: Plan,
  sizes: Sizes,
  seed: number,
  engine: Ops,
): Promise<Tagged> {
  const started = performance.now();
  const { tags, classes, vocabularies, examples } = numbered(corpus);
  const views = (Object.keys(VIEWS) as View[]).filter((view) => plan.characters || view === 'words');
  const learnsClasses = plan.sentences && corpus.comment !== null;
  const ofView = (view: View): readonly Layer[] => [
    embedding({
      vocabulary: vocabularies[view].size,
      units: view === 'words' ? sizes.units : Math.ceil(sizes.units / 4),
    }),
  ];
  const model = sequential(
    [
      inputs(Object.fromEntries(views.map((view) => [view, ofView(view)]))),
      dropout({ rate: 0.25 }),
      bidirectional(
        lstm({ units: sizes.units, returnSequences: true, dropout: variational({ input: 0, recurrent: 0.25 }) }),
      ),
      dropout({ rate: 0.25 }),
      heads({
        tags: [dense({ units: tags.length })],
        ...(learnsClasses && { sentences: [pooling({ over: 'mean' }), dense({ units: classes.length })] }),
      }),
    ],
    { engine },
  );
  try {
    const ignoring = softmaxCrossEntropy({ ignoreIndex: -1 });
    const { epochs } = await model.fit(examples(corpus.training, views, learnsClasses), {
      key: key(seed),
      epochs: sizes.epochs,
      batchSize: 16,
      loss: { tags: ignoring, ...(learnsClasses && { sentences: softmaxCrossEntropy() }) },
      ...(learnsClasses && { lossWeights: { sentences: 0.3 } }),
      optimizer: adam({ learningRate: 0.005 }),
      clipNorm: 5,
    });
    const test = examples(corpus.test, views, learnsClasses);
    const scores = await model.evaluate(test);
    const predicted = await model.predict<Record<'tags', number[][][]>>(test.x);
    const unseen = rightOfUnseen(corpus, tags, predicted.tags);
    return {
      scores: {
        training: epochs.at(-1)?.training['tags.accuracy'] ?? 0,
        test: scores['tags.accuracy'] ?? 0,
        ...(unseen === null ? {} : { unseen }),
      },
      sentences: scores['sentences.accuracy'] ?? null,
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    await model.dispose();
  }
}

/** The share that is right of the test words that training has not; null where there are none. */
function rightOfUnseen({ training, test }: Corpus, tags: readonly string[], predicted: number[][][]): number | null {
  const seen = new Set(training.flatMap(({ words }) => words.map(VIEWS.words)));
  const found = test.flatMap((sentence, i) =>
    sentence.words.flatMap((word, t) => {
      const row = predicted[i]?.[t] ?? [];
      return seen.has(VIEWS.words(word)) ? [] : [tags[row.indexOf(Math.max(...row))] === sentence.tags[t]];
    }),
  );
  return found.length === 0 ? null : found.filter((right) => right).length / found.length;
}
