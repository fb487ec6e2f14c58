/**
 * The main job: five ways to drop in one small network, compared on real text, with nothing to download.
 *
 *     npm start                                              lines of the packages in node_modules
 *     npm start -- --seeds 3                                 three times, with intervals
 *     npm start -- --data FILE --text 2 --label 1 --no-header   your own table, or a folder with one text file a class
 */
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import {
  type Comparison,
  compareSchemes,
  createEngine,
  deduplicate,
  expectReplaceable,
  fold,
  formatTable,
  KeepgateError,
  key,
  type LabelledTexts,
  OptionError,
  percent,
  progressBar,
  readLabelled,
  report,
  split,
} from 'keepgate';
import { pairedTable } from '../spreads.ts';
import { SCHEMES, type Trained, trainWith } from './compare.ts';
import { packageLines } from './lines.ts';
import { accuracyTable, overTrainingTable } from './tables.ts';

interface Options {
  readonly data?: string;
  readonly text?: string;
  readonly label?: string;
  readonly header: boolean;
  readonly epochs: string;
  readonly seed: string;
  readonly seeds: string;
  readonly out: string;
  readonly report?: string;
}

const command = new Command('npm start --')
  .description('Compare no dropout, naive, variational, zoneout, and variational + zoneout on lines of text.')
  .option('--data <path>', 'a CSV or TSV file, or a folder with one text file a class')
  .option('--text <column>', 'the column of the texts: its name, or its number from 1')
  .option('--label <column>', 'the column of the labels')
  .option('--no-header', 'the first row of the table is an example')
  .option('--epochs <n>', 'passes over the training lines', '30')
  .option('--seed <n>', 'everything random comes from it', '1')
  .option('--seeds <n>', 'how many seeds, from that one on, each scheme is trained with', '1')
  .option('--out <dir>', 'where the best model is saved', 'runs/file-kinds')
  .option('--report <file>', 'where the report is written; beside the model when left out');

async function main(options: Options): Promise<void> {
  const seeds = seedsOf(options);
  // Before minutes of work, not after.
  await expectReplaceable(options.out);
  const data = options.data === undefined ? packageLines('node_modules') : await ownData(options.data, options);
  const classes = new Set(data.train.labels).size;
  console.log(
    `${data.train.texts.length} lines to train on, ${data.test.texts.length} to test on, ${classes} classes\n`,
  );

  // Products in 256 bit where V8's version was tried: nothing else of this process compiles WebAssembly meanwhile.
  const engine = await createEngine('auto', { wide: 'auto' });
  const comparison = await compareSchemes(
    SCHEMES,
    async ({ name, scheme, seed }) => {
      const title = seeds.length > 1 ? `${name}, ${seed}` : name;
      const callback = progressBar({ title, print: () => {} });
      const result = await trainWith(scheme, data, { seed, epochs: Number(options.epochs), callback, engine });
      const { test, seconds } = result.scores;
      console.log(`${title.padEnd(21)} ${percent(test)} of the test lines are right, after ${seconds.toFixed(1)} s`);
      return result;
    },
    { seeds, key: key(0) },
  );
  console.log(`\n${accuracyTable(comparison)}`);
  console.log(`\nThe test lines after the epoch with their least loss, and after the last one:\n`);
  console.log(overTrainingTable(comparison));
  if (seeds.length > 1) console.log(`\n${pairedTable(comparison, ['test'])}`);

  const { runs } = comparison;
  const best = runs.reduce((a, b) => (b.scores.test > a.scores.test ? b : a));
  await best.classifier.save(options.out);
  console.log(`\nbest on the test lines: ${best.scheme}; saved to ${options.out}. Some of its predictions:\n`);
  await showPredictions(best, data.test);
  const page = options.report ?? `${options.out}.html`;
  await writeFile(page, await reportOf(runs, best, data, engine.describe()));
  await engine.dispose();
  console.log(`\nwith curves, masks and mistakes to look at, all of this is in ${page}`);
}

function seedsOf({ seed, seeds }: Options): number[] {
  const count = Number(seeds);
  if (!Number.isInteger(count) || count < 1) {
    throw new OptionError(`file kinds: a whole number from 1 was expected as --seeds, but ${seeds} came`);
  }
  return Array.from({ length: count }, (_, i) => Number(seed) + i);
}

async function ownData(
  path: string,
  { text, label, header }: Options,
): Promise<Record<'train' | 'test', LabelledTexts>> {
  const column = (name?: string): string | number | undefined => (name && /^\d+$/.test(name) ? Number(name) : name);
  const data = await readLabelled(path, { text: column(text), label: column(label), header });
  return split(deduplicate(data), 0.3, fold(key(0), 'split'));
}

/** One training, with its scheme and seed. */
type Run = Comparison<Trained>['runs'][number];

/** All runs side by side; predictions and mistakes of the best, and masks of a batch. */
async function reportOf(
  runs: readonly Run[],
  best: Run,
  data: Record<'train' | 'test', LabelledTexts>,
  engine: string,
): Promise<string> {
  const { classes, model } = best.classifier;
  const predictions = await best.classifier.predict(data.test.texts);
  return report(
    runs.map(({ scheme, seed, history, training }) => ({ scheme, seed, history, training })),
    {
      title: 'Five ways to drop',
      model,
      // The best may be the one that drops nothing.
      plans: (best.plans.length > 0 ? best : runs.at(-1))?.plans ?? [],
      evaluation: {
        of: `test lines, by ${best.scheme}`,
        // The best of all runs by these lines.
        chose: true,
        classes,
        probabilities: predictions.map(({ probabilities }) => classes.map((name) => probabilities[name] as number)),
        labels: data.test.labels.map((label) => classes.indexOf(label)),
        texts: data.test.texts,
      },
      data: { parts: { training: data.train, test: data.test } },
      origin: {
        command: ['npm start', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
        facts: { Node: process.version, engine, 'training took': `${total(runs).toFixed(0)} s` },
      },
    },
  );
}

function total(runs: readonly Run[]): number {
  return runs.reduce((sum, { scores: { seconds } }) => sum + seconds, 0);
}

/** One line of each class, with what the model says. */
async function showPredictions({ classifier }: Trained, { texts, labels }: LabelledTexts): Promise<void> {
  const picked = classifier.classes.flatMap((name) =>
    labels.flatMap((label, i) => (label === name ? [i] : [])).slice(0, 2),
  );
  const predictions = await classifier.predict(picked.map((i) => texts[i] as string));
  const rows = predictions.map(({ label, probabilities }, n) => {
    const i = picked[n] as number;
    const text = texts[i] as string;
    const shown = text.length > 60 ? `${text.slice(0, 59)}…` : text;
    return [label === labels[i] ? 'right' : 'wrong', label, percent(probabilities[label] as number), shown];
  });
  console.log(formatTable([['', 'says', 'sure', 'line'], ...rows]));
}

try {
  await main(command.parse().opts<Options>());
} catch (error) {
  if (!(error instanceof KeepgateError)) throw error;
  console.error(`npm start: ${error.message}`);
  process.exitCode = 1;
}
