/**
 * Six ways to drop in one small network of words, over several seeds, on the sentences of Pang and Lee 2005.
 *
 *     npx tsx examples/sentence-polarity/main.ts PATH [--seeds 3] [--epochs 12] [--only naive,zoneout]
 *
 * PATH is a folder with rt-polarity.pos and rt-polarity.neg, one sentence a line. Nothing is downloaded.
 */
import cliProgress from 'cli-progress';
import { Command } from 'commander';
import { type Callback, compareSchemes, createEngine, key } from 'keepgate';
import { picked, runExample, someOf, wholeNumber } from '../options.ts';
import { pairedTable } from '../spreads.ts';
import { type Run, SCHEMES, trainOnce } from './compare.ts';
import { readSentences } from './sentences.ts';
import { table } from './table.ts';

interface Options {
  readonly seeds: number;
  readonly epochs: number;
  readonly only: readonly string[];
}

const command = new Command('npx tsx examples/sentence-polarity/main.ts')
  .description('Compare dropout schemes on sentences that are for or against a film.')
  .argument('<path>', 'the folder with rt-polarity.pos and rt-polarity.neg, one sentence a line')
  .option('--seeds <n>', 'trainings of each scheme, with the seeds 1 to n', wholeNumber, 3)
  .option('--epochs <n>', 'passes over the training sentences', wholeNumber, 12)
  .option(
    '--only <names>',
    'some of the schemes, with commas between',
    someOf(Object.keys(SCHEMES)),
    Object.keys(SCHEMES),
  );

async function main(path: string, { seeds, epochs, only }: Options): Promise<void> {
  const sentences = await readSentences(path);
  const engine = await createEngine();
  console.log(`${sentences.texts.length} sentences, each once; ${engine.describe()}\n`);

  try {
    const chosen = picked(SCHEMES, only);
    const comparison = await compareSchemes(
      chosen,
      async ({ name, scheme: dropout, seed }) => {
        const bar = progressBar(`${name}, seed ${seed}`);
        const run = await trainOnce(sentences, { dropout, seed, epochs, engine, callback: bar }).finally(bar.stop);
        console.log(line(name, seed, epochs, run));
        return run;
      },
      { seeds, key: key(0) },
    );
    const parts = [table(comparison), pairedTable(comparison, ['best', 'last']), notes(comparison.runs[0] as Run)];
    console.log(`\n${parts.filter((part) => part !== '').join('\n\n')}`);
  } finally {
    await engine.dispose();
  }
}

function line(name: string, seed: number, epochs: number, { scores }: Run): string {
  const share = (accuracy: number): string => `${(100 * accuracy).toFixed(2)}%`;
  return `${`${name}, seed ${seed}:`.padEnd(22)} ${share(scores.best)} in epoch ${scores['best epoch']}, ${share(scores.last)} in epoch ${epochs}; ${scores.seconds.toFixed(0)} s`;
}

/** What the columns are, and how far to trust them. */
function notes({ sizes }: Run): string {
  return [
    `best epoch, last epoch: share of the ${sizes.heldOut} held-out sentences that are right, after training on ${sizes.training}. Mean ± standard`,
    'deviation over the seeds; a seed has its own held-out tenth, first weights and order, the same for all schemes.',
    'The best epoch of each training is picked on the held-out sentences themselves, so its share is too good.',
    'loss: held out, at that epoch. train: training sentences after the last epoch, without dropout. gap: train - last.',
    'seconds: one training.',
  ].join('\n');
}

/** A bar while a network trains, where there is a terminal. */
function progressBar(name: string): Callback & { stop(): void } {
  const format = `${name.padEnd(22)} {bar} {percentage}%  loss {loss}  {eta_formatted} left`;
  const bar = new cliProgress.SingleBar(
    { format, clearOnComplete: true, hideCursor: true, gracefulExit: true },
    cliProgress.Presets.shades_classic,
  );
  return {
    onStep({ step, steps, loss }) {
      if (step === 1) bar.start(steps, 0, { loss: '-' });
      bar.update(step, { loss: loss.toFixed(3) });
    },
    stop: () => bar.stop(),
  };
}

await runExample(command, main);
