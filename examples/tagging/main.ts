/**
 * Part-of-speech tagging of CoNLL-U files with a bidirectional LSTM, by words alone and by their characters, and with the class of the
 * sentence learned of the same states.
 *
 *     npx tsx examples/tagging/main.ts [PATH...] [--test FILE] [--comment sent_id] [--seeds 3] [--epochs 6] [--units 32] [--json]
 *
 * Without a path, sentences are made up from keys; nothing is downloaded.
 */
import { Command, InvalidArgumentError } from 'commander';
import {
  type ComparedRun,
  compareSchemes,
  createEngine,
  fold,
  formatTable,
  KeepgateError,
  key,
  percent,
} from 'keepgate';
import { withSpread } from '../spreads.ts';
import { readSentences, sentencesOf } from './conllu.ts';
import { madeUp } from './made-up.ts';
import { type Corpus, type Plan, type Tagged, trainTagger } from './tagger.ts';

interface Options {
  readonly test?: string;
  readonly comment?: string;
  readonly seeds: number;
  readonly epochs: number;
  readonly units: number;
  readonly sentences: number;
  readonly json?: true;
}

const PLANS: Readonly<Record<string, Plan>> = {
  'words alone': { characters: false, sentences: false },
  'words and characters': { characters: true, sentences: false },
  'and the class of the sentence': { characters: true, sentences: true },
};

const command = new Command('npx tsx examples/tagging/main.ts')
  .description('Tag the words of CoNLL-U files with their parts of speech.')
  .argument('[paths...]', 'CoNLL-U files to train on; made-up sentences when left out')
  .option('--test <file>', 'the file to test on; every fifth sentence of those given when left out')
  .option(
    '--comment <key>',
    "the comment with the class of a sentence, up to its first '-'; none is learned when left out",
  )
  .option('--seeds <n>', 'trainings of each kind, with the seeds 1 to n', wholeNumber, 3)
  .option('--epochs <n>', 'passes over the training sentences', wholeNumber, 6)
  .option('--units <n>', 'units of each direction', wholeNumber, 32)
  .option('--sentences <n>', 'how many sentences to make up', wholeNumber, 300)
  .option('--json', 'one JSON object a training instead of the table')
  // An error is one line.
  .showSuggestionAfterError(false);

async function main(paths: readonly string[], options: Options): Promise<void> {
  const { seeds, json, epochs, units } = options;
  const corpus = await corpusOf(paths, options);
  const engine = await createEngine('simd');
  try {
    const plans = Object.entries(PLANS).filter(([, { sentences }]) => !sentences || corpus.comment !== null);
    const { runs, scores } = await compareSchemes<Plan, Tagged>(
      Object.fromEntries(plans),
      async ({ name, scheme, seed }) => {
        const found = await trainTagger(corpus, scheme, { epochs, units }, seed, engine);
        const { scores: shares, ...measured } = found;
        const line = `${`${name}, seed ${seed}:`.padEnd(42)} ${percent(shares.test ?? 0)} of the test words are right; ${found.seconds.toFixed(1)} s`;
        console.log(json ? JSON.stringify({ plan: name, seed, ...shares, ...measured }) : line);
        return found;
      },
      { seeds, key: key(0) },
    );
    if (!json) console.log(`\n${table(runs, scores)}\n\n${notes(corpus)}`);
  } finally {
    await engine.dispose();
  }
}

/** Every fifth sentence is for the test, where no file is. */
async function corpusOf(paths: readonly string[], { test, comment, sentences }: Options): Promise<Corpus> {
  const isMadeUp = paths.length === 0;
  const all = isMadeUp
    ? sentencesOf(madeUp(sentences, fold(key(0), 'sentences')), 'made up')
    : await readSentences(paths);
  const told = comment ?? (isMadeUp ? 'kind' : null);
  if (test !== undefined) return { training: all, test: await readSentences([test]), comment: told };
  return { training: all.filter((_, i) => i % 5 !== 4), test: all.filter((_, i) => i % 5 === 4), comment: told };
}

type Run = Tagged & Pick<ComparedRun, 'scheme'>;

function table(
  runs: readonly Run[],
  scores: Awaited<ReturnType<typeof compareSchemes<Plan, Tagged>>>['scores'],
): string {
  const rows = Object.entries(scores).map(([plan, { training, test, unseen }]) => {
    const own = runs.filter(({ scheme }) => scheme === plan);
    const sentences = own.map((run) => run.sentences).filter((share) => share !== null);
    const mean = sentences.reduce((sum, share) => sum + share / sentences.length, 0);
    const seconds = own.reduce((sum, run) => sum + run.seconds / own.length, 0);
    const spread = (of: typeof test | undefined): string => (of ? withSpread(of) : '-');
    return [
      plan,
      spread(training),
      spread(test),
      spread(unseen),
      sentences.length > 0 ? percent(mean) : '-',
      seconds.toFixed(1),
    ];
  });
  return formatTable([['what is seen and learned', 'training', 'test', 'unseen', 'sentences', 'seconds'], ...rows]);
}

/** What the columns are. */
function notes({ training, test }: Corpus): string {
  return [
    `training: share of the words of ${training.length} sentences that are right over the last epoch, under dropout. test: of ${test.length}`,
    'others. unseen: of their words that training has not. sentences: share of the test sentences whose class is right.',
    'Mean ± standard deviation over the seeds; a seed has its own first weights, masks and order, the same for each row.',
  ].join('\n');
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 was expected.');
  return Number(text);
}

try {
  command.parse();
  await main(command.args, command.opts<Options>());
} catch (error) {
  if (!(error instanceof KeepgateError)) throw error;
  console.error(`tagging: ${error.message}`);
  process.exitCode = 1;
}
