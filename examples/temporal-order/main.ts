/**
 * Which dropout leaves an LSTM its long memory: Temporal Order (Hochreiter and Schmidhuber 1997, task 6a) with 30 steps.
 *
 *     npx tsx examples/temporal-order/main.ts [--seeds 5] [--epochs 15] [--only naive,zoneout] [--json]
 *
 * The sequences are made up from keys; nothing is read or downloaded.
 */
import { Command } from 'commander';
import { compareSchemes, createEngine, key, percent } from 'keepgate';
import { picked, runExample, someOf, wholeNumber } from '../options.ts';
import { pairedTable } from '../spreads.ts';
import { PASSES, type Run, SCHEMES, SIZES, type Sizes, trainOnce } from './compare.ts';
import { table } from './table.ts';

interface Options {
  readonly seeds: number;
  readonly epochs: number;
  readonly training: number;
  readonly test: number;
  readonly only: readonly string[];
  readonly json?: true;
}

const command = new Command('npx tsx examples/temporal-order/main.ts')
  .description('Compare dropout schemes on a task that takes a long memory.')
  .option('--seeds <n>', 'trainings of each scheme, with the seeds 1 to n', wholeNumber, 5)
  .option('--epochs <n>', 'passes over the training sequences', wholeNumber, 15)
  .option('--training <n>', 'sequences to train on', wholeNumber, SIZES.training)
  .option('--test <n>', 'sequences to test on', wholeNumber, SIZES.test)
  .option(
    '--only <names>',
    'some of the schemes, with commas between',
    someOf(Object.keys(SCHEMES)),
    Object.keys(SCHEMES),
  )
  .option('--json', 'one JSON object a training instead of the table');

async function main({ seeds, epochs, training, test, only, json }: Options): Promise<void> {
  // A network this small gains nothing from more threads, and its numbers do not depend on them.
  const engine = await createEngine('simd', { threads: 1 });
  try {
    const comparison = await compareSchemes(
      picked(SCHEMES, only),
      async ({ name, scheme: dropout, seed }) => {
        const run = await trainOnce({ dropout, seed, epochs, engine, sizes: { training, test } });
        const { scores: _, ...measured } = run;
        console.log(json ? JSON.stringify({ scheme: name, seed, ...measured }) : line(name, seed, run));
        return run;
      },
      { seeds, key: key(0) },
    );
    const parts = [table(comparison), pairedTable(comparison, ['test, masks', 'test']), notes({ training, test })];
    if (!json) console.log(`\n${parts.filter((part) => part !== '').join('\n\n')}`);
  } finally {
    await engine.dispose();
  }
}

function line(scheme: string, seed: number, { scores: { test, seconds } }: Run): string {
  return `${`${scheme}, seed ${seed}:`.padEnd(30)} ${percent(test).padStart(6)} of the test sequences are right; ${seconds.toFixed(1)} s`;
}

/** What the columns are. */
function notes({ training, test }: Sizes): string {
  return [
    `train: share of the ${training} training sequences that are right over the last epoch, under dropout.`,
    `test, masks: share of ${test} other sequences in the end, with masks still drawn: the mean of ${PASSES} passes. test: the`,
    'same in evaluation, without masks. A guess is right in 25.0%. Mean ± standard deviation over the seeds; a seed has',
    'its own sequences, first weights and order, the same for all schemes.',
    'solved: seeds with 99% right in evaluation after some epoch. epoch: the first such epoch. seconds: one training.',
  ].join('\n');
}

await runExample(command, main);
