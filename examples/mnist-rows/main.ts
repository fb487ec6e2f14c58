/**
 * Seven ways to drop in one LSTM that reads MNIST digits row by row, the rows in a fixed random order.
 *
 *     npx tsx examples/mnist-rows/main.ts [PATH] [--seeds 5] [--epochs 30] [--only naive,zoneout] [--json]
 *
 * PATH is the folder with the four files of MNIST, gzipped. Nothing is downloaded.
 */
import { Command } from 'commander';
import { compareSchemes, createEngine, key, percent } from 'keepgate';
import { readDigits } from '../mnist.ts';
import { picked, runExample, someOf, wholeNumber } from '../options.ts';
import { pairedTable } from '../spreads.ts';
import { type Run, SCHEMES, SIZES, type Sizes, trainOnce } from './compare.ts';
import { table } from './table.ts';

interface Options {
  readonly seeds: number;
  readonly epochs: number;
  readonly training: number;
  readonly test: number;
  readonly only: readonly string[];
  readonly json?: true;
}

const command = new Command('npx tsx examples/mnist-rows/main.ts')
  .description('Compare dropout schemes on digits that are read row by row.')
  .argument('[path]', 'the folder with train-images-idx3-ubyte.gz and the other three files', '../shared/data/mnist')
  .option('--seeds <n>', 'trainings of each scheme, with the seeds 1 to n', wholeNumber, 5)
  .option('--epochs <n>', 'passes over the training digits', wholeNumber, 30)
  .option('--training <n>', 'digits to train on', wholeNumber, SIZES.training)
  .option('--test <n>', 'digits to test on', wholeNumber, SIZES.test)
  .option(
    '--only <names>',
    'some of the schemes, with commas between',
    someOf(Object.keys(SCHEMES)),
    Object.keys(SCHEMES),
  )
  .option('--json', 'one JSON object a training instead of the table');

async function main(path: string, { seeds, epochs, training, test, only, json }: Options): Promise<void> {
  const mnist = { train: await readDigits(path, 'train'), t10k: await readDigits(path, 't10k') };
  // A network this small gains little from more threads, and its numbers do not depend on them.
  const engine = await createEngine('simd', { threads: 1 });
  try {
    const comparison = await compareSchemes(
      picked(SCHEMES, only),
      async ({ name, scheme: dropout, seed }) => {
        const run = await trainOnce(mnist, { dropout, seed, epochs, engine, sizes: { training, test } });
        const { scores: _, ...measured } = run;
        console.log(json ? JSON.stringify({ scheme: name, seed, ...measured }) : line(name, seed, run));
        return run;
      },
      { seeds, key: key(0) },
    );
    const parts = [table(comparison), pairedTable(comparison, ['best', 'last']), notes({ training, test })];
    if (!json) console.log(`\n${parts.filter((part) => part !== '').join('\n\n')}`);
  } finally {
    await engine.dispose();
  }
}

function line(scheme: string, seed: number, { test, scores }: Run): string {
  const last = `${percent(scores.last)} in epoch ${test.length}`;
  return `${`${scheme}, seed ${seed}:`.padEnd(23)} ${percent(scores.best)} in epoch ${scores['best epoch']}, ${last}; ${scores.seconds.toFixed(1)} s`;
}

/** What the columns are, and how far to trust them. */
function notes({ training, test }: Sizes): string {
  return [
    `best epoch, last epoch: share of the ${test} test digits that are right, after training on ${training}. Mean ± standard`,
    'deviation over the seeds; a seed has its own training digits, first weights and order, the same for all schemes.',
    'The best epoch of each training is picked on the test digits themselves, so its share is too good.',
    'train: training digits after the last epoch, without dropout. gap: train - last. seconds: one training.',
  ].join('\n');
}

await runExample(command, main);
