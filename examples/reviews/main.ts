/**
 * Ratings of film reviews by an LSTM, after Gal and Ghahramani 2016 (arXiv:1512.05287): what over-training does without dropout, with
 * naive and with variational dropout, and what MC dropout adds.
 *
 *     npx tsx examples/reviews/main.ts PATH [--epochs 3] [--every 1] [--seeds 1] [--passes 20] [--units 128] [--only none,variational] [--json]
 *
 * PATH is the folder of the scale data of Pang and Lee 2005, with a folder for each of its four authors. Nothing is downloaded.
 */
import { Command } from 'commander';
import { compareSchemes, createEngine, formatTable, key, type Spread } from 'keepgate';
import { picked, runExample, someOf, wholeNumber } from '../options.ts';
import { numberWithSpread } from '../spreads.ts';
import { type Pieces, readReviews } from './reviews.ts';
import { SCHEMES, trainOnce } from './trainings.ts';

interface Options {
  readonly epochs: number;
  readonly every: number;
  readonly seeds: number;
  readonly passes: number;
  readonly units: number;
  readonly pieces?: number;
  readonly only: readonly string[];
  readonly json?: true;
}

const NAMES = Object.keys(SCHEMES);

const command = new Command('npx tsx examples/reviews/main.ts')
  .description('Rate film reviews with and without recurrent dropout.')
  .argument('<path>', 'the folder of the scale data, with a folder for each author')
  .option('--epochs <n>', 'passes over the training pieces; 250 in the paper', wholeNumber, 3)
  .option('--every <n>', 'epochs from one look at the test pieces to the next', wholeNumber, 1)
  .option('--seeds <n>', 'trainings of each kind, with the seeds 1 to n', wholeNumber, 1)
  .option('--passes <n>', 'of MC dropout, from 2; 50 in the paper', wholeNumber, 20)
  .option('--units <n>', 'of the embedding and of the LSTM', wholeNumber, 128)
  .option('--pieces <n>', 'training pieces, and a quarter as many to test on; all when left out', wholeNumber)
  .option('--only <names>', `some of ${NAMES.join(', ')}, with commas between`, someOf(NAMES), NAMES)
  .option('--json', 'one JSON object a training instead of the table');

async function main(path: string, options: Options): Promise<void> {
  const { epochs, every, seeds, pieces = Number.POSITIVE_INFINITY, only, json } = options;
  const all = await readReviews(path);
  const reviews = { ...all, training: firstOf(all.training, pieces), test: firstOf(all.test, Math.ceil(pieces / 4)) };
  const engine = await createEngine();
  try {
    const { scores } = await compareSchemes(
      picked(SCHEMES, only),
      async ({ name, scheme, seed }) => {
        const trained = await trainOnce(reviews, scheme, { ...options, seed, engine });
        const last = trained.test.at(-1) as number;
        const line = `${`${name}, seed ${seed}:`.padEnd(21)} RMSE ${last.toFixed(4)} after epoch ${epochs}; ${trained.seconds.toFixed(0)} s`;
        console.log(json ? JSON.stringify({ scheme: name, seed, ...trained }) : line);
        const looked = trained.test.flatMap((rmse, i) => {
          const epoch = i + 1;
          return epoch === 1 || epoch % every === 0 || epoch === epochs ? [[`epoch ${epoch}`, rmse] as const] : [];
        });
        return {
          scores: Object.fromEntries<number>([
            ...looked,
            ['MC dropout', trained.monteCarlo],
            ['on training pieces', trained.training.at(-1) as number],
          ]),
        };
      },
      { seeds, key: key(0) },
    );
    if (json) return;
    const [first = {}] = Object.values(scores);
    const rows = Object.keys(first).map((score) => [
      score,
      ...Object.values(scores).map((of) => numberWithSpread(of[score] as Spread, 4)),
    ]);
    console.log(`\n${formatTable([['RMSE', ...Object.keys(scores)], ...rows])}`);
  } finally {
    await engine.dispose();
  }
}

function firstOf({ x, ratings }: Pieces, count: number): Pieces {
  return { x: x.slice(0, count), ratings: ratings.slice(0, count) };
}

await runExample(command, main);
