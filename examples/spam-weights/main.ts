/**
 * What class weights and balanced sampling do for a rare class: one network of words on the SMS Spam Collection, of which an
 * eighth is spam.
 *
 *     npx tsx examples/spam-weights/main.ts PATH [--seeds 5] [--epochs 4]
 *
 * PATH is the file SMSSpamCollection (Almeida et al. 2011). Nothing is downloaded.
 */
import { Command } from 'commander';
import {
  adam,
  compareSchemes,
  createEngine,
  deduplicate,
  dense,
  embedding,
  fold,
  formatTable,
  key,
  lstm,
  readLabelled,
  split,
  TextClassifier,
  type TextFitOptions,
  variational,
} from 'keepgate';
import { runExample, wholeNumber } from '../options.ts';
import { pairedTable, withSpread } from '../spreads.ts';

const WAYS: Readonly<Record<string, Pick<TextFitOptions, 'classWeight' | 'sampling'>>> = {
  'as they come': {},
  "classWeight: 'balanced'": { classWeight: 'balanced' },
  "sampling: 'balanced'": { sampling: 'balanced' },
};

const METRICS = ['recall:spam', 'precision:spam', 'f1:spam', 'accuracy'] as const;

const command = new Command('npx tsx examples/spam-weights/main.ts')
  .description('Train with and without weights of classes, and score what is rare.')
  .argument('<path>', 'the file SMSSpamCollection: a label, a tab and a text a line')
  .option('--seeds <n>', 'trainings of each kind, with the seeds 1 to n', wholeNumber, 5)
  .option('--epochs <n>', 'passes over the training texts', wholeNumber, 4);

async function main(
  path: string,
  { seeds, epochs }: { readonly seeds: number; readonly epochs: number },
): Promise<void> {
  const data = deduplicate(await readLabelled(path, { label: 1, text: 2, header: false }));
  const engine = await createEngine();
  try {
    const comparison = await compareSchemes(
      WAYS,
      async ({ name, scheme: way, seed }) => {
        const { train, test } = split(data, 0.3, fold(key(seed), 'split'));
        const classifier = TextClassifier.from(train, {
          level: 'word',
          minCount: 2,
          engine,
          layers: ({ vocabulary, classes }) => [
            embedding({ vocabulary, units: 32 }),
            lstm({ units: 32, dropout: variational({ input: 0.25, recurrent: 0.25 }) }),
            dense({ units: classes }),
          ],
        });
        const optimizer = adam({ learningRate: 0.003 });
        await classifier.fit(train, { key: key(seed), epochs, optimizer, clipNorm: 5, ...way });
        const scores = await classifier.evaluate(test, { metrics: METRICS });
        await classifier.model.dispose();
        console.log(
          `${name}, seed ${seed}: ${METRICS.map((metric) => `${metric} ${scores[metric]?.toFixed(4)}`).join(', ')}`,
        );
        return { scores };
      },
      { seeds, key: key(0) },
    );
    const rows = Object.entries(comparison.scores).map(([name, of]) => [
      name,
      ...METRICS.map((metric) => withSpread(of[metric] as NonNullable<typeof of.loss>)),
    ]);
    console.log(
      `\n${formatTable([['training', ...METRICS], ...rows])}\n\n${pairedTable(comparison, METRICS)}`.trimEnd(),
    );
  } finally {
    await engine.dispose();
  }
}

await runExample(command, main);
