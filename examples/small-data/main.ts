/**
 * The gap between training and test of a network that has few examples, 50-64-10, with and without dropout of its hidden layer.
 *
 *     npx tsx examples/small-data/main.ts [--seeds 5] [--epochs 60] [--training 200] [--json]
 *
 * The examples are generated: ten classes, each a point in 50 dimensions, with noise around it.
 */
import { Command } from 'commander';
import {
  adam,
  compareSchemes,
  createEngine,
  dense,
  dropout,
  type Examples,
  fold,
  formatTable,
  type Key,
  key,
  normal,
  percent,
  sequential,
  softmaxCrossEntropy,
} from 'keepgate';
import { runExample, wholeNumber } from '../options.ts';
import { pairedTable, withSpread } from '../spreads.ts';

interface Options {
  readonly seeds: number;
  readonly epochs: number;
  readonly training: number;
  readonly json?: true;
}

const [SIZE, CLASSES, TEST] = [50, 10, 2000];
/** How far examples lie around the point of their class, whose coordinates have a deviation of 1. */
const NOISE = 2.5;

/** So many examples around the points of a seed. */
function around(points: Float64Array, count: number, from: Key): Examples {
  const noise = normal(from, count * SIZE);
  const y = Array.from({ length: count }, (_, i) => i % CLASSES);
  const x = y.map((of, i) =>
    Array.from({ length: SIZE }, (_, k) => (points[of * SIZE + k] as number) + NOISE * (noise[i * SIZE + k] as number)),
  );
  return { x, y };
}

const command = new Command('npx tsx examples/small-data/main.ts')
  .description('Train 50-64-10 on few examples, with and without dropout.')
  .option('--seeds <n>', 'trainings of each kind, with the seeds 1 to n', wholeNumber, 5)
  .option('--epochs <n>', 'passes over the training examples', wholeNumber, 60)
  .option('--training <n>', 'examples to train on', wholeNumber, 200)
  .option('--json', 'one JSON object a training instead of the table');

async function main({ seeds, epochs, training, json }: Options): Promise<void> {
  const engine = await createEngine('simd', { threads: 1 });
  try {
    const comparison = await compareSchemes(
      { none: 0, 'dropout 0.5': 0.5 },
      async ({ name, scheme: rate, seed }) => {
        const points = normal(fold(key(seed), 'points'), CLASSES * SIZE);
        const learned = around(points, training, fold(key(seed), 'training'));
        const others = around(points, TEST, fold(key(seed), 'test'));
        const hidden = dense({ units: 64, activation: 'relu' });
        const drop = rate > 0 ? [dropout({ rate })] : [];
        const model = sequential([hidden, ...drop, dense({ units: CLASSES })], { engine });
        const optimizer = adam({ learningRate: 0.003 });
        await model.fit(learned, {
          key: fold(key(seed), 'fit'),
          epochs,
          batchSize: 20,
          loss: softmaxCrossEntropy(),
          optimizer,
        });
        const of = async (examples: Examples): Promise<number> => (await model.evaluate(examples)).accuracy ?? 0;
        const [train, test] = [await of(learned), await of(others)];
        await model.dispose();
        if (json) console.log(JSON.stringify({ scheme: name, seed, train, test }));
        return { scores: { train, test, gap: train - test } };
      },
      { seeds, key: key(0) },
    );
    if (json) return;
    const rows = Object.entries(comparison.scores).map(([name, of]) => [
      name,
      withSpread(of.train),
      withSpread(of.test),
      withSpread(of.gap),
    ]);
    console.log(formatTable([['hidden layer', 'train', 'test', 'gap'], ...rows]));
    const paired = pairedTable(comparison, ['test', 'gap']);
    if (paired !== '') console.log(`\n${paired}`);
    console.log(`\n${training} examples to train on, ${TEST} to test on; a guess is right in ${percent(1 / CLASSES)}.`);
  } finally {
    await engine.dispose();
  }
}

await runExample(command, main);
