/**
 * Dense networks on MNIST, with and without dropout, batch normalisation and L2, and one whose forward pass is written out.
 *
 *     npx tsx examples/mnist-dense/main.ts PATH [--epochs 10] [--seeds 1] [--only none,dropout] [--json]
 *
 * PATH is the folder with the four files of MNIST, gzipped. Nothing is downloaded.
 */
import { Command } from 'commander';
import { compareSchemes, createEngine, formatTable, key, percent } from 'keepgate';
import { asVectors, readDigits } from '../mnist.ts';
import { picked, runExample, someOf, wholeNumber } from '../options.ts';
import { withSpread } from '../spreads.ts';
import { TRAININGS, trainOnce } from './trainings.ts';

interface Options {
  readonly epochs: number;
  readonly seeds: number;
  readonly only: readonly string[];
  readonly json?: true;
}

const NAMES = Object.keys(TRAININGS);

const command = new Command('npx tsx examples/mnist-dense/main.ts')
  .description('Train dense networks on MNIST.')
  .argument('<path>', 'the folder with train-images-idx3-ubyte.gz and the other three files')
  .option('--epochs <n>', 'passes over the training digits', wholeNumber, 10)
  .option('--seeds <n>', 'trainings of each kind, with the seeds 1 to n', wholeNumber, 1)
  .option('--only <names>', `some of ${NAMES.join(', ')}, with commas between`, someOf(NAMES), NAMES)
  .option('--json', 'one JSON object a training instead of the table');

async function main(path: string, { epochs, seeds, only, json }: Options): Promise<void> {
  const parts = {
    training: asVectors(await readDigits(path, 'train')),
    test: asVectors(await readDigits(path, 't10k')),
  };
  const engine = await createEngine();
  try {
    const { scores } = await compareSchemes(
      picked(TRAININGS, only),
      async ({ name, seed }) => {
        const trained = await trainOnce(parts, name, { seed, epochs, engine });
        const line = `${`${name}, seed ${seed}:`.padEnd(26)} ${percent(trained.test)} of the test digits; ${trained.seconds.toFixed(1)} s`;
        console.log(json ? JSON.stringify({ scheme: name, seed, epochs, ...trained }) : line);
        return { scores: { ...trained } };
      },
      { seeds, key: key(0) },
    );
    if (json) return;
    const rows = Object.entries(scores).map(([name, of]) => [
      name,
      withSpread(of.test),
      withSpread(of.training),
      of.seconds.mean.toFixed(1),
    ]);
    console.log(`\n${formatTable([['training', 'test', 'train', 'seconds'], ...rows])}`);
  } finally {
    await engine.dispose();
  }
}

await runExample(command, main);
