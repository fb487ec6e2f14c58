/**
 * Which language a surname is of, by its characters, each name once in the data: an LSTM in both directions, with several kinds of dropout.
 *
 *     npx tsx examples/names/main.ts PATH [--seeds 1] [--epochs 8] [--only none,variational] [--json]
 *
 * PATH is a folder with a file of names for each language. Nothing is downloaded. The program of PyTorch's tutorial is in ../ports.
 */
import { Command } from 'commander';
import {
  adam,
  bidirectional,
  compareSchemes,
  createEngine,
  deduplicate,
  dense,
  embedding,
  fold,
  formatTable,
  key,
  lstm,
  naive,
  percent,
  readFolder,
  type Scheme,
  split,
  TextClassifier,
  variational,
  zoneout,
} from 'keepgate';
import { picked, runExample, someOf, wholeNumber } from '../options.ts';
import { pairedTable, withSpread } from '../spreads.ts';

interface Options {
  readonly seeds: number;
  readonly epochs: number;
  readonly units: number;
  readonly only: readonly string[];
  readonly json?: true;
}

const SCHEMES: Readonly<Record<string, Scheme>> = {
  none: [],
  naive: naive({ input: 0.25, output: 0.25 }),
  variational: variational({ input: 0.25, recurrent: 0.25 }),
  zoneout: zoneout({ hidden: 0.1, cell: 0.3, scope: 'step' }),
};

const NAMES = Object.keys(SCHEMES);

const toAscii = (name: string): string => name.normalize('NFD').replace(/\p{Mn}/gu, '');

const command = new Command('npx tsx examples/names/main.ts')
  .description('Tell the language of surnames.')
  .argument('<path>', 'a folder with a file of names for each language')
  .option('--seeds <n>', 'trainings of each kind, with the seeds 1 to n', wholeNumber, 1)
  .option('--epochs <n>', 'passes over the training names', wholeNumber, 8)
  .option('--units <n>', 'of the LSTM, in each direction', wholeNumber, 64)
  .option('--only <names>', `some of ${NAMES.join(', ')}, with commas between`, someOf(NAMES), NAMES)
  .option('--json', 'one JSON object a training instead of the table');

async function main(path: string, { seeds, epochs, units, only, json }: Options): Promise<void> {
  const { texts, labels } = await readFolder(path);
  const data = deduplicate({ texts: texts.map(toAscii), labels });
  const engine = await createEngine();
  try {
    const comparison = await compareSchemes(
      picked(SCHEMES, only),
      async ({ name, scheme, seed }) => {
        const { train, test } = split(data, 0.2, fold(key(seed), 'split'));
        const classifier = TextClassifier.from(train, {
          level: 'char',
          engine,
          layers: ({ vocabulary, classes }) => [
            embedding({ vocabulary, units: 32 }),
            bidirectional(lstm({ units, dropout: scheme })),
            dense({ units: classes }),
          ],
        });
        const optimizer = adam({ learningRate: 0.003 });
        await classifier.fit(train, { key: fold(key(seed), 'fit'), epochs, batchSize: 64, optimizer, clipNorm: 5 });
        const metrics = ['accuracy', 'top-3'] as const;
        const [onTest, onTraining] = [await classifier.evaluate(test, { metrics }), await classifier.evaluate(train)];
        await classifier.model.dispose();
        const scores = { test: onTest.accuracy ?? 0, 'top-3': onTest['top-3'] ?? 0, train: onTraining.accuracy ?? 0 };
        const line = `${`${name}, seed ${seed}:`.padEnd(21)} ${percent(scores.test)} of the names held out`;
        console.log(json ? JSON.stringify({ scheme: name, seed, epochs, ...scores }) : line);
        return { scores };
      },
      { seeds, key: key(0) },
    );
    if (json) return;
    const rows = Object.entries(comparison.scores).map(([name, of]) => [
      name,
      withSpread(of.test),
      withSpread(of['top-3']),
      withSpread(of.train),
    ]);
    const parts = [
      formatTable([['dropout', 'held out', 'top-3', 'train'], ...rows]),
      pairedTable(comparison, ['test']),
    ];
    console.log(`\n${parts.filter((part) => part !== '').join('\n\n')}\n\n${data.texts.length} names, each once.`);
  } finally {
    await engine.dispose();
  }
}

await runExample(command, main);
