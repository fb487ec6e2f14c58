import {
  adam,
  dense,
  dropout,
  embedding,
  fold,
  key,
  type Layer,
  lstm,
  meanSquaredError,
  type Model,
  naive,
  type Ops,
  type Scheme,
  sequential,
  splitScheme,
  variational,
  wordTypeDropout,
} from 'keepgate';
import type { Pieces, Reviews } from './reviews.ts';

/** The rate of Gal and Ghahramani at every site, and what they decay weights by. */
const [RATE, DECAY] = [0.25, 1e-4];

/** What is dropped in the embedding and the LSTM, and whether its last state is. */
interface Dropped {
  readonly scheme: Scheme;
  readonly last: boolean;
}

export const SCHEMES: Readonly<Record<string, Dropped>> = {
  none: { scheme: [], last: false },
  naive: { scheme: naive({ input: RATE }), last: true },
  variational: {
    scheme: [...wordTypeDropout({ rate: RATE }), ...variational({ input: RATE, recurrent: RATE })],
    last: true,
  },
};

/** Root mean square errors in units of the rating. */
export interface Trained {
  /** On the test pieces after each epoch, in evaluation. */
  readonly test: readonly number[];
  /** On the training pieces over each epoch, under dropout. */
  readonly training: readonly number[];
  /** On the test pieces in the end: of the mean of passes of MC dropout. */
  readonly monteCarlo: number;
  readonly seconds: number;
}

export interface TrainOptions {
  readonly seed: number;
  readonly epochs: number;
  readonly passes: number;
  readonly units: number;
  readonly engine: Ops;
}

function layersOf({ scheme, last }: Dropped, vocabulary: number, units: number): Layer[] {
  const { embedding: ofWords, cell } = splitScheme(scheme);
  return [
    embedding({ vocabulary, units, dropout: ofWords }),
    lstm({ units, dropout: cell }),
    ...(last ? [dropout({ rate: RATE })] : []),
    dense({ units: 1 }),
  ];
}

/** A network that learns standardised ratings, and what it says in the units of the rating. */
export async function trainOnce(
  { training, test, vocabulary }: Reviews,
  dropped: Dropped,
  { seed, epochs, passes, units, engine }: TrainOptions,
): Promise<Trained> {
  const started = performance.now();
  const { ratings } = training;
  const mean = ratings.reduce((a, b) => a + b, 0) / ratings.length;
  const deviation = Math.sqrt(ratings.reduce((sum, rating) => sum + (rating - mean) ** 2, 0) / ratings.length);
  const asExamples = ({ x, ratings: of }: Pieces) => ({ x, y: of.map((rating) => [(rating - mean) / deviation]) });
  const [learned, others] = [asExamples(training), asExamples(test)];
  const model = sequential(layersOf(dropped, vocabulary, units), { engine });
  const inRatings = (loss: number): number => deviation * Math.sqrt(loss);
  const drops = dropped.scheme.length > 0;
  const history = await model.fit(learned, {
    key: fold(key(seed), 'fit'),
    epochs,
    batchSize: 128,
    loss: meanSquaredError(),
    optimizer: adam(),
    validation: others,
    ...(drops && { regularization: { l2: DECAY } }),
  });
  const ofTest = history.epochs.map(({ validation }) => inRatings(validation?.loss ?? Number.NaN));
  const monteCarlo = drops ? inRatings(await monteCarloError(model, others, passes, seed)) : (ofTest.at(-1) as number);
  await model.dispose();
  const seconds = (performance.now() - started) / 1000;
  return {
    test: ofTest,
    training: history.epochs.map(({ training: { loss } }) => inRatings(loss)),
    monteCarlo,
    seconds,
  };
}

/** The mean square error of the mean of passes under masks. */
async function monteCarloError(
  model: Model,
  { x, y }: { readonly x: Pieces['x']; readonly y: readonly number[][] },
  passes: number,
  seed: number,
): Promise<number> {
  const found = await model.predictMC(x, { passes, key: fold(key(seed), 'passes') });
  const squares = found.map(({ mean: [guess = 0] }, i) => (guess - (y[i]?.[0] as number)) ** 2);
  return squares.reduce((a, b) => a + b, 0) / squares.length;
}
