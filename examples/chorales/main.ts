/**
 * The next frame of Bach's chorales by an LSTM, with several kinds of dropout: nats a frame, over 88 keys.
 *
 *     npx tsx examples/chorales/main.ts PATH [--seeds 1] [--epochs 30] [--units 128] [--only none,variational] [--json]
 *
 * PATH is jsb-chorales-quarter.json, or another file of that form. Nothing is downloaded.
 */
import { Command } from 'commander';
import {
  adam,
  binaryCrossEntropy,
  compareSchemes,
  createEngine,
  dense,
  earlyStopping,
  fold,
  formatTable,
  key,
  lockedDropout,
  lstm,
  naive,
  type Scheme,
  sequential,
  variational,
} from 'keepgate';
import { picked, runExample, someOf, wholeNumber } from '../options.ts';
import { numberWithSpread } from '../spreads.ts';
import { asExamples, KEYS, readPieces } from './pieces.ts';

interface Options {
  readonly seeds: number;
  readonly epochs: number;
  readonly units: number;
  readonly only: readonly string[];
  readonly json?: true;
}

/** What is dropped in the LSTM, and in what it hands on. Keys that sound are few, so that little of the input is. */
const SCHEMES: Readonly<Record<string, Scheme>> = {
  none: [],
  naive: naive({ input: 0.05, output: 0.2 }),
  variational: [...variational({ input: 0.05, recurrent: 0.2 }), ...lockedDropout({ output: 0.2 })],
};

const NAMES = Object.keys(SCHEMES);

const command = new Command('npx tsx examples/chorales/main.ts')
  .description('Predict the next frame of chorales.')
  .argument('<path>', 'a file of pieces: { train, valid, test }')
  .option('--seeds <n>', 'trainings of each kind, with the seeds 1 to n', wholeNumber, 1)
  .option('--epochs <n>', 'passes over the training pieces, at most', wholeNumber, 30)
  .option('--units <n>', 'of the LSTM', wholeNumber, 128)
  .option('--only <names>', `some of ${NAMES.join(', ')}, with commas between`, someOf(NAMES), NAMES)
  .option('--json', 'one JSON object a training instead of the table');

async function main(path: string, { seeds, epochs, units, only, json }: Options): Promise<void> {
  const pieces = await readPieces(path);
  const [training, validation, test] = [asExamples(pieces.train), asExamples(pieces.valid), asExamples(pieces.test)];
  const engine = await createEngine();
  try {
    const { scores } = await compareSchemes(
      picked(SCHEMES, only),
      async ({ name, scheme, seed }) => {
        const started = performance.now();
        const layers = [lstm({ units, returnSequences: true, dropout: scheme }), dense({ units: KEYS })];
        const model = sequential(layers, { engine });
        await model.fit(training, {
          key: fold(key(seed), 'fit'),
          epochs,
          batchSize: 8,
          loss: binaryCrossEntropy(),
          optimizer: adam({ learningRate: 0.003 }),
          clipNorm: 1,
          validation,
          callbacks: [earlyStopping({ patience: 5 })],
        });
        const of = async (part: typeof test): Promise<number> => KEYS * (await model.evaluate(part)).loss;
        const found = { test: await of(test), valid: await of(validation), train: await of(training) };
        const seconds = (performance.now() - started) / 1000;
        await model.dispose();
        const line = `${`${name}, seed ${seed}:`.padEnd(21)} ${found.test.toFixed(3)} nats a frame on test; ${seconds.toFixed(0)} s`;
        console.log(json ? JSON.stringify({ scheme: name, seed, ...found, seconds }) : line);
        return { scores: { ...found, seconds } };
      },
      { seeds, key: key(0) },
    );
    if (json) return;
    const rows = Object.entries(scores).map(([name, of]) => [
      name,
      numberWithSpread(of.test, 3),
      numberWithSpread(of.valid, 3),
      numberWithSpread(of.train, 3),
      of.seconds.mean.toFixed(0),
    ]);
    console.log(`\n${formatTable([['dropout', 'test', 'valid', 'train', 'seconds'], ...rows])}`);
  } finally {
    await engine.dispose();
  }
}

await runExample(command, main);
