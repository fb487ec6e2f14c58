/**
 * Seven ways to drop in one LSTM that reads MNIST digits row by row, the rows in a fixed random order.
 *
 *     npx tsx examples/mnist-rows/main.ts [PATH] [--seeds 5] [--epochs 30] [--only naive,zoneout] [--json]
 *
 * PATH is the folder with the four files of MNIST, gzipped. Nothing is downloaded.
 */
import { Command, InvalidArgumentError } from 'commander';
import { createEngine, KeepgateError, percent } from 'keepgate';
import { type Run, SCHEMES, SIZES, type Sizes, trainOnce } from './compare.ts';
import { readDigits } from './images.ts';
import { bestEpoch, table } from './table.ts';

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
  .option('--only <names>', 'some of the schemes, with commas between', schemeNames, Object.keys(SCHEMES))
  .option('--json', 'one JSON object a training instead of the table')
  // An error is one line.
  .showSuggestionAfterError(false);

async function main(path: string, { seeds, epochs, training, test, only, json }: Options): Promise<void> {
  const mnist = { train: await readDigits(path, 'train'), t10k: await readDigits(path, 't10k') };
  // A network this small gains little from more threads, and its numbers do not depend on them.
  const engine = await createEngine('simd', { threads: 1 });
  const runs: Run[] = [];
  try {
    for (const [scheme, dropout] of Object.entries(SCHEMES)) {
      if (!only.includes(scheme)) continue;
      for (let seed = 1; seed <= seeds; seed++) {
        const run = await trainOnce(mnist, { scheme, dropout, seed, epochs, engine, sizes: { training, test } });
        console.log(json ? JSON.stringify(run) : line(run));
        runs.push(run);
      }
    }
  } finally {
    await engine.dispose();
  }
  if (!json) console.log(`\n${table(runs)}\n\n${notes({ training, test })}`);
}

function line(run: Run): string {
  const { scheme, seed, test, seconds } = run;
  const { epoch, accuracy } = bestEpoch(run);
  const last = `${percent(test.at(-1) as number)} in epoch ${test.length}`;
  return `${`${scheme}, seed ${seed}:`.padEnd(23)} ${percent(accuracy)} in epoch ${epoch}, ${last}; ${seconds.toFixed(1)} s`;
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

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 was expected.');
  return Number(text);
}

function schemeNames(text: string): readonly string[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  if (!names.every((name) => Object.hasOwn(SCHEMES, name)))
    throw new InvalidArgumentError(`Some of ${Object.keys(SCHEMES).join(', ')} were expected, with commas between.`);
  return names;
}

try {
  command.parse();
  await main(command.processedArgs[0], command.opts<Options>());
} catch (error) {
  if (!(error instanceof KeepgateError)) throw error;
  console.error(`mnist rows: ${error.message}`);
  process.exitCode = 1;
}
