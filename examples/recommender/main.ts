/**
 * A recommender from the sequence of a visit, after GRU4Rec (Hidasi et al. 2016, arXiv:1511.06939): a GRU says which item comes
 * next, with several kinds of dropout, on generated visits.
 *
 *     npx tsx examples/recommender/main.ts [--seeds 1] [--epochs 10] [--visits 1000] [--only none,variational] [--json]
 */
import { Command } from 'commander';
import {
  adam,
  compareSchemes,
  createEngine,
  dense,
  embedding,
  fold,
  formatTable,
  gru,
  key,
  type Metric,
  naive,
  percent,
  type Scheme,
  sequential,
  softmaxCrossEntropy,
  splitScheme,
  topK,
  variational,
  wordTypeDropout,
} from 'keepgate';
import { picked, runExample, someOf, wholeNumber } from '../options.ts';
import { pairedTable, withSpread } from '../spreads.ts';
import { byCounts, drawVisits, ITEMS } from './visits.ts';

interface Options {
  readonly seeds: number;
  readonly epochs: number;
  readonly visits: number;
  readonly only: readonly string[];
  readonly json?: true;
}

/** How many items are shown to a visitor. */
const K = 20;

const SCHEMES: Readonly<Record<string, Scheme>> = {
  none: [],
  naive: naive({ input: 0.25, output: 0.25 }),
  variational: variational({ input: 0.25, recurrent: 0.25 }),
  'variational and items': [...variational({ input: 0.25, recurrent: 0.25 }), ...wordTypeDropout({ rate: 0.1 })],
};

const NAMES = Object.keys(SCHEMES);

/** MRR@20: the mean of 1 / the rank of the next item, 0 where it is not among the first. */
const reciprocalRank: Metric = {
  name: 'mrr',
  score(prediction, target) {
    const own = prediction[target as number] as number;
    const rank = 1 + prediction.reduce((before, other) => before + (other > own ? 1 : 0), 0);
    return rank <= K ? 1 / rank : 0;
  },
};

const asExamples = (visits: readonly (readonly number[])[]) => ({
  x: visits.map((items) => items.slice(0, -1)),
  y: visits.map((items) => items.slice(1)),
});

const command = new Command('npx tsx examples/recommender/main.ts')
  .description('Recommend the next item of a visit, with and without dropout.')
  .option('--seeds <n>', 'trainings of each kind, with the seeds 1 to n', wholeNumber, 1)
  .option('--epochs <n>', 'passes over the training visits', wholeNumber, 10)
  .option('--visits <n>', 'visits to train on; half as many to test on', wholeNumber, 1000)
  .option('--only <names>', `some of ${NAMES.join(', ')}, with commas between`, someOf(NAMES), NAMES)
  .option('--json', 'one JSON object a training instead of the table');

async function main({ seeds, epochs, visits, only, json }: Options): Promise<void> {
  const engine = await createEngine();
  try {
    const comparison = await compareSchemes(
      picked(SCHEMES, only),
      async ({ name, scheme, seed }) => {
        const training = drawVisits(visits, fold(key(seed), 'training'));
        const test = drawVisits(Math.ceil(visits / 2), fold(key(seed), 'test'));
        const { embedding: ofItems, cell } = splitScheme(scheme);
        const model = sequential(
          [
            embedding({ vocabulary: ITEMS, units: 32, dropout: ofItems }),
            gru({ units: 64, returnSequences: true, dropout: cell }),
            dense({ units: ITEMS }),
          ],
          { engine },
        );
        const told = { key: fold(key(seed), 'fit'), epochs, batchSize: 32, clipNorm: 5, loss: softmaxCrossEntropy() };
        await model.fit(asExamples(training), { ...told, optimizer: adam({ learningRate: 0.003 }) });
        const found = await model.evaluate(asExamples(test), { metrics: [topK(K), reciprocalRank] });
        await model.dispose();
        const counted = byCounts(training, test, K);
        const scores = {
          recall: found[`top-${K}`] ?? 0,
          mrr: found.mrr ?? 0,
          'by counts': counted.recall,
          'mrr by counts': counted.mrr,
        };
        const line = `${`${name}, seed ${seed}:`.padEnd(31)} recall@${K} ${percent(scores.recall)}, MRR@${K} ${scores.mrr.toFixed(3)}`;
        console.log(json ? JSON.stringify({ scheme: name, seed, epochs, ...scores }) : line);
        return { scores };
      },
      { seeds, key: key(0) },
    );
    if (json) return;
    const { scores } = comparison;
    const rows = Object.entries(scores).map(([name, of]) => [name, withSpread(of.recall), of.mrr.mean.toFixed(3)]);
    const [first] = Object.values(scores);
    if (first) rows.push(['counts of pairs', withSpread(first['by counts']), first['mrr by counts'].mean.toFixed(3)]);
    const parts = [formatTable([['dropout', `recall@${K}`, `MRR@${K}`], ...rows]), pairedTable(comparison, ['recall'])];
    console.log(`\n${parts.filter((part) => part !== '').join('\n\n')}`);
  } finally {
    await engine.dispose();
  }
}

await runExample(command, main);
