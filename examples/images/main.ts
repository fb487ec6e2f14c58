/**
 * A small convolutional network on few digits of MNIST, without dropout, with dropout of single values, and of whole channels.
 *
 *     npx tsx examples/images/main.ts PATH [--seeds 1] [--epochs 15] [--training 1000] [--test 2000] [--only none,spatial] [--json]
 *
 * PATH is the folder with the four files of MNIST, gzipped. Nothing is downloaded.
 */
import { Command } from 'commander';
import {
  adam,
  compareSchemes,
  conv2d,
  createEngine,
  dense,
  dropout,
  flatten,
  fold,
  formatTable,
  key,
  type Layer,
  maxPool2d,
  percent,
  reshape,
  sequential,
  softmaxCrossEntropy,
} from 'keepgate';
import { asVectors, choose, readDigits } from '../mnist.ts';
import { picked, runExample, someOf, wholeNumber } from '../options.ts';
import { pairedTable, withSpread } from '../spreads.ts';

interface Options {
  readonly seeds: number;
  readonly epochs: number;
  readonly training: number;
  readonly test: number;
  readonly only: readonly string[];
  readonly json?: true;
}

/** What stands behind each convolution. */
const DROPS: Readonly<Record<string, () => readonly Layer[]>> = {
  none: () => [],
  values: () => [dropout({ rate: 0.2 })],
  spatial: () => [dropout({ rate: 0.2, spatial: true })],
};

const NAMES = Object.keys(DROPS);

const layers = (drop: () => readonly Layer[]): readonly Layer[] => [
  reshape({ shape: [28, 28, 1] }),
  conv2d({ filters: 8, kernelSize: 3, activation: 'relu' }),
  ...drop(),
  maxPool2d(),
  conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
  ...drop(),
  maxPool2d(),
  flatten(),
  dense({ units: 10 }),
];

const command = new Command('npx tsx examples/images/main.ts')
  .description('Train a small convolutional network on few digits.')
  .argument('<path>', 'the folder with train-images-idx3-ubyte.gz and the other three files')
  .option('--seeds <n>', 'trainings of each kind, with the seeds 1 to n', wholeNumber, 1)
  .option('--epochs <n>', 'passes over the training digits', wholeNumber, 15)
  .option('--training <n>', 'digits to train on', wholeNumber, 1000)
  .option('--test <n>', 'digits to test on', wholeNumber, 2000)
  .option('--only <names>', `some of ${NAMES.join(', ')}, with commas between`, someOf(NAMES), NAMES)
  .option('--json', 'one JSON object a training instead of the table');

async function main(path: string, { seeds, epochs, training, test, only, json }: Options): Promise<void> {
  const [train, t10k] = [await readDigits(path, 'train'), await readDigits(path, 't10k')];
  const heldOut = asVectors(t10k, choose(t10k, test, fold(key(0), 'test')));
  const engine = await createEngine();
  try {
    const comparison = await compareSchemes(
      picked(DROPS, only),
      async ({ name, scheme: drop, seed }) => {
        const started = performance.now();
        const learned = asVectors(train, choose(train, training, fold(key(seed), 'training')));
        const model = sequential(layers(drop), { engine });
        const told = { key: fold(key(seed), 'fit'), epochs, batchSize: 32, loss: softmaxCrossEntropy() };
        await model.fit(learned, { ...told, optimizer: adam({ learningRate: 0.003 }) });
        const seconds = (performance.now() - started) / 1000;
        const of = async (examples: typeof learned): Promise<number> => (await model.evaluate(examples)).accuracy ?? 0;
        const scores = { test: await of(heldOut), train: await of(learned), seconds };
        await model.dispose();
        const line = `${`${name}, seed ${seed}:`.padEnd(17)} ${percent(scores.test)} of the test digits; ${seconds.toFixed(1)} s`;
        console.log(json ? JSON.stringify({ scheme: name, seed, epochs, ...scores }) : line);
        return { scores };
      },
      { seeds, key: key(0) },
    );
    if (json) return;
    const rows = Object.entries(comparison.scores).map(([name, of]) => [
      name,
      withSpread(of.test),
      withSpread(of.train),
      of.seconds.mean.toFixed(1),
    ]);
    const parts = [formatTable([['dropout', 'test', 'train', 'seconds'], ...rows]), pairedTable(comparison, ['test'])];
    console.log(`\n${parts.filter((part) => part !== '').join('\n\n')}`);
  } finally {
    await engine.dispose();
  }
}

await runExample(command, main);
