/**
 * Adding numbers as characters, as Keras' example `addition_rnn` does: see README.md beside this file.
 *
 *     npx tsx examples/addition/main.ts [--form encoder-decoder|repeat] [--digits 3] [--sums 20000] [--epochs 20] [--units 128] [--rate 0] [--seed 1] [--json]
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  adam,
  decode,
  dense,
  embedding,
  encoderDecoder,
  key,
  type Layer,
  lstm,
  progressBar,
  repeatVector,
  sequential,
  softmaxCrossEntropy,
  teacherForcing,
  variational,
} from 'keepgate';
import { type Sums, START, sumsOf, written } from './sums.ts';

interface Options {
  readonly form: 'encoder-decoder' | 'repeat';
  readonly digits: number;
  readonly sums: number;
  readonly epochs: number;
  readonly units: number;
  readonly rate: number;
  readonly seed: number;
  readonly json?: true;
}

/** Digits, '+', and a space that fills up and ends. */
const CHARACTERS = 12;

const command = new Command('npx tsx examples/addition/main.ts')
  .description('Train a network to add numbers as characters, and say how many sums of others it gets right.')
  .addOption(
    new Option('--form <name>', 'an encoder and a decoder, or one vector repeated')
      .choices(['encoder-decoder', 'repeat'])
      .default('encoder-decoder'),
  )
  .option('--digits <n>', 'of each number, at most', whole(6), 3)
  .option('--sums <n>', 'different sums, of which a tenth are for testing', whole(1_000_000), 20_000)
  .option('--epochs <n>', 'passes over the sums', whole(10_000), 20)
  .option('--units <n>', 'of the LSTMs', whole(10_000), 128)
  .option('--rate <p>', 'of variational dropout on inputs and recurrences of both', share, 0)
  .option('--seed <n>', 'for sums, weights, order and masks', whole(2 ** 31), 1)
  .option('--json', 'print one object instead');

function layersOf({ form, digits, units, rate }: Options): Layer[] {
  const dropout = rate > 0 ? { dropout: variational({ input: rate, recurrent: rate }) } : {};
  const characters = (): Layer => embedding({ vocabulary: CHARACTERS + 1, units: 16 });
  const every = lstm({ units, returnSequences: true, ...dropout });
  const last = dense({ units: CHARACTERS });
  if (form === 'repeat') return [characters(), lstm({ units, ...dropout }), repeatVector(digits + 1), every, last];
  return [
    encoderDecoder({ encoder: [characters(), lstm({ units, ...dropout })], decoder: [characters(), every] }),
    last,
  ];
}

async function main(options: Options): Promise<void> {
  const { form, digits, sums, epochs, seed } = options;
  const { train, test } = sumsOf(key(seed), digits, sums);
  const model = sequential(layersOf(options));
  const begun = performance.now();
  const told = {
    key: key(seed),
    epochs,
    batchSize: 32,
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: 0.003 }),
    clipNorm: 5,
    callbacks: options.json ? [] : [progressBar()],
  };
  // An answer is as long as the longest, so its last character ends it.
  const forced = ({ questions, answers }: Sums) => {
    const { target } = teacherForcing(
      answers.map((ids) => ids.slice(0, -1)),
      { start: START, end: START },
    );
    return { x: { source: questions, target }, y: answers };
  };
  if (form === 'repeat') await model.fit({ x: train.questions, y: train.answers }, told);
  else await model.fit(forced(train), told);
  const seconds = (performance.now() - begun) / 1000;

  const likeliest = (row: readonly number[]): number => row.indexOf(Math.max(...row));
  const answers =
    form === 'repeat'
      ? (await model.predict<number[][][]>(test.questions)).map((steps) => steps.map(likeliest))
      : (await decode(model, test.questions, { start: START, end: START, maxLength: digits + 1 })).map(
          ({ ids }) => ids,
        );
  const isRight = (ids: readonly number[], i: number): boolean => written(ids) === written(test.answers[i] ?? []);
  const exact = answers.filter(isRight).length / answers.length;
  await model.dispose();
  if (options.json) return void console.log(JSON.stringify({ ...options, exact, seconds: Math.round(seconds) }));
  for (const [i, ids] of answers.slice(0, 5).entries()) {
    const question = written([...(test.questions[i] ?? [])].reverse()).trim();
    console.log(`${question} = ${written(ids)}${isRight(ids, i) ? '' : `, not ${written(test.answers[i] ?? [])}`}`);
  }
  console.log(`${(100 * exact).toFixed(1)}% of ${answers.length} other sums are exact, after ${seconds.toFixed(0)} s`);
}

function whole(most: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(`A whole number from 1 to ${most} was expected.`);
  };
}

function share(text: string): number {
  if (/^0?\.?\d+$/.test(text) && Number(text) < 1) return Number(text);
  throw new InvalidArgumentError('A number from 0 to below 1 was expected.');
}

await main(command.parse().opts<Options>());
