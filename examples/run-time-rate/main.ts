/**
 * A regression, 2-4-1, whose hidden layer drops; the probability to keep a unit is an argument at run time.
 *
 *     npx tsx examples/run-time-rate/main.ts [--keep 0.9] [--epochs 200] [--seeds 5]
 *
 * The network is to learn the product of two numbers from -1 to 1.
 */
import { Command, InvalidArgumentError } from 'commander';
import {
  adam,
  dense,
  dropout,
  type Examples,
  fold,
  formatTable,
  type Key,
  key,
  type Layer,
  meanSquaredError,
  type Model,
  sequential,
  uniform,
} from 'keepgate';
import { runExample, wholeNumber } from '../options.ts';

interface Options {
  readonly keep: number;
  readonly epochs: number;
  readonly seeds: number;
}

/** A layer is a description, so that the same network with another rate is another list of layers. */
const layers = (keep: number): readonly Layer[] => [
  dense({ units: 4, activation: 'tanh' }),
  dropout({ rate: 1 - keep }),
  dense({ units: 1 }),
];

/** The same weights under another probability to keep. */
async function keeping(keep: number, trained: Model): Promise<Model> {
  const model = sequential(layers(keep));
  await model.setWeights(await trained.getWeights(), { input: { kind: 'vector', size: 2 }, loss: meanSquaredError() });
  return model;
}

function products(count: number, from: Key): Examples {
  const numbers = uniform(from, 2 * count, -1, 1);
  const x = Array.from({ length: count }, (_, i) => [numbers[2 * i] as number, numbers[2 * i + 1] as number]);
  return { x, y: x.map(([a = 0, b = 0]) => [a * b]) };
}

function probability(text: string): number {
  const keep = Number(text);
  if (text.trim() === '' || !(keep > 0 && keep <= 1))
    throw new InvalidArgumentError('A number above 0, and at most 1, was expected.');
  return keep;
}

const command = new Command('npx tsx examples/run-time-rate/main.ts')
  .description('Train 2-4-1 with dropout of its hidden layer.')
  .option('--keep <p>', 'the probability to keep a hidden unit, in training', probability, 0.9)
  .option('--epochs <n>', 'passes over 256 examples', wholeNumber, 200)
  .option('--seeds <n>', 'trainings, with the seeds 1 to n', wholeNumber, 5);

async function main({ keep, epochs, seeds }: Options): Promise<void> {
  const test = products(500, fold(key(0), 'test'));
  const rows: string[][] = [['seed', 'error', 'keep 1', 'keep 0.9', 'keep 0.5']];
  for (let seed = 1; seed <= seeds; seed++) {
    const model = sequential(layers(keep));
    const optimizer = adam({ learningRate: 0.01 });
    const told = { key: fold(key(seed), 'fit'), epochs, batchSize: 32, loss: meanSquaredError(), optimizer };
    await model.fit(products(256, fold(key(seed), 'training')), told);
    const { loss } = await model.evaluate(test);
    const deviations: string[] = [];
    for (const other of [1, 0.9, 0.5]) {
      const same = await keeping(other, model);
      const found = await same.predictMC(test.x, { passes: 50, key: fold(key(seed), 'passes') });
      const variance = found.reduce((sum, { variance: [of = 0] }) => sum + of, 0) / found.length;
      deviations.push(Math.sqrt(variance).toFixed(3));
      await same.dispose();
    }
    rows.push([`${seed}`, loss.toFixed(4), ...deviations]);
    await model.dispose();
  }
  console.log(formatTable(rows));
  console.log(
    [
      `\nTrained with a probability of ${keep} to keep a hidden unit. error: mean square over 500 test points, in evaluation, which has no`,
      'rate. keep 1, 0.9, 0.5: how far 50 passes of MC dropout lie apart with these weights and masks of that probability.',
    ].join('\n'),
  );
}

await runExample(command, main);
