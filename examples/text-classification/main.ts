/**
 * Texts of three data sets, by words or characters, with an LSTM or a GRU in both directions, under each way to drop, stopped early on
 * texts held out for that, and scored on others.
 *
 *     npx tsx examples/text-classification/main.ts PATH [--only "no dropout,variational"] [--seeds 1] [--level word] [--cell lstm]
 *
 * PATH is a folder with rt-polarity.pos and rt-polarity.neg, with TREC.train and TREC.test, or with SMSSpamCollection. Nothing is downloaded.
 */
import { Command, Option } from 'commander';
import { type Comparison, compareSchemes, createEngine, formatTable, key, percent } from 'keepgate';
import { picked, runExample, someOf, wholeNumber } from '../options.ts';
import { SCHEMES } from '../sentence-polarity/compare.ts';
import { pairedTable, range, withSpread } from '../spreads.ts';
import { readDataSet } from './data.ts';
import { AUGMENTATION_NAMES, type Run, type Settings, trainOnce } from './train.ts';

interface Options extends Settings {
  readonly seeds: number;
  readonly only: readonly string[];
  readonly json: boolean;
}

const NAMES = Object.keys(SCHEMES);

const command = new Command('npx tsx examples/text-classification/main.ts')
  .description('Classify texts under each way to drop.')
  .argument('<path>', 'the folder of rt-polarity, TREC or SMSSpamCollection')
  .option('--only <names>', `some of ${NAMES.join(', ')}, with commas between`, someOf(NAMES), [
    'no dropout',
    'variational',
  ])
  .option('--seeds <n>', 'trainings of each, with the seeds 1 to n', wholeNumber, 1)
  .option('--epochs <n>', 'passes over the texts to train on, at most', wholeNumber, 8)
  .option('--patience <n>', 'end after so many without a better one', wholeNumber, 3)
  .option('--units <n>', 'of the cell, in each direction, and of a word', wholeNumber, 64)
  .addOption(new Option('--level <level>', 'what a token is').choices(['word', 'char']).default('word'))
  .addOption(new Option('--cell <cell>', 'the recurrent cell').choices(['lstm', 'gru']).default('lstm'))
  .addOption(
    new Option('--augment <name>', 'what becomes of a token in ten').choices(AUGMENTATION_NAMES).default('none'),
  )
  .option('--l2 <x>', 'how much the squares of the weights cost', Number, 0)
  .option('--vectors <file>', 'pretrained vectors of words: of GloVe, word2vec or fastText')
  .option('--json', 'an object a training', false);

async function main(path: string, { seeds, only, json, ...settings }: Options): Promise<void> {
  const data = await readDataSet(path);
  const engine = await createEngine();
  const tell = json ? () => {} : console.log;
  tell(`${data.name}: ${data.texts.texts.length} texts, each once; ${engine.describe()}\n`);
  try {
    const comparison = await compareSchemes(
      picked(SCHEMES, only),
      async ({ name, scheme: dropout, seed }) => {
        const run = await trainOnce(data, { dropout, seed, engine }, settings);
        const { test, epoch, seconds } = run.scores;
        tell(
          `${`${name}, seed ${seed}:`.padEnd(22)} ${percent(test)} of the test in epoch ${epoch}; ${seconds.toFixed(0)} s`,
        );
        if (json) console.log(JSON.stringify({ data: data.name, scheme: name, seed, ...run.scores }));
        return run;
      },
      { seeds, key: key(0) },
    );
    const parts = [table(comparison), pairedTable(comparison, ['test'])];
    tell(`\n${parts.filter((part) => part !== '').join('\n\n')}`);
  } finally {
    await engine.dispose();
  }
}

function table({ scores }: Comparison<Run>): string {
  const rows = Object.entries(scores).map(([scheme, of]) => [
    scheme,
    withSpread(of.test),
    withSpread(of.validation),
    percent(of.training.mean),
    range(of.epoch),
    of.seconds.mean.toFixed(0),
  ]);
  return formatTable([['dropout', 'test', 'validation', 'training', 'epoch', 'seconds'], ...rows]);
}

await runExample(command, main);
