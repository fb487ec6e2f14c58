/**
 * A language model of words, as PyTorch's example of that name trains it: one long stream in rows side by side, the state
 * carried from chunk to chunk, the learning rate lowered when validation does not get better; then it writes some words.
 *
 *     npx tsx examples/word-language-model/main.ts TEXT [--epochs 6] [--units 200] [--min-count 3] [--words 40]
 *
 * TEXT is a file of plain text. Its last tenth is for the test, the tenth before for validation. Nothing is downloaded.
 */
import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import {
  batchify,
  DataError,
  dense,
  embedding,
  fold,
  KeepgateError,
  key,
  lockedDropout,
  lstm,
  type Model,
  reduceOnPlateau,
  sequential,
  sgd,
  softmaxCrossEntropy,
  uniform,
  Vocabulary,
  wordTokenizer,
} from 'keepgate';

interface Options {
  readonly epochs: number;
  readonly units: number;
  readonly minCount: number;
  readonly words: number;
}

const ROWS = 20;
const BPTT = 35;

const command = new Command('npx tsx examples/word-language-model/main.ts')
  .description('Train a language model of words, and write some.')
  .argument('<text>', 'a file of plain text')
  .option('--epochs <n>', 'passes over the text', wholeNumber, 6)
  .option('--units <n>', 'of the embedding, and of each of two LSTM layers', wholeNumber, 200)
  .option('--min-count <n>', 'how often a word must occur to have an id', wholeNumber, 3)
  .option('--words <n>', 'how many are written at the end', wholeNumber, 40)
  .showSuggestionAfterError(false);

async function main(path: string, { epochs, units, minCount, words }: Options): Promise<void> {
  const text = await readFile(path, 'utf8').catch(({ code }) => {
    throw new DataError(`${path}: a file of text was expected, but it cannot be read (${code})`);
  });
  const tokens = wordTokenizer().tokenize(text);
  const [train, validation, test] = [
    tokens.slice(0, tokens.length * 0.8),
    tokens.slice(tokens.length * 0.8, tokens.length * 0.9),
    tokens.slice(tokens.length * 0.9),
  ];
  const vocabulary = Vocabulary.build([train], { minCount });
  const rowsOf = (part: readonly string[]) => batchify(vocabulary.encode(part), { rows: ROWS });
  const model = sequential([
    embedding({ vocabulary: vocabulary.size, units }),
    lstm({ units, layers: 2, returnSequences: true, dropout: lockedDropout({ output: 0.2 }) }),
    dense({ units: vocabulary.size }),
  ]);
  console.log(`${tokens.length} words, ${vocabulary.size} ids`);
  await model.fit(rowsOf(train), {
    key: key(1),
    epochs,
    batchSize: ROWS,
    bptt: BPTT,
    loss: softmaxCrossEntropy(),
    metrics: [],
    optimizer: sgd({ learningRate: reduceOnPlateau({ initial: 20, factor: 0.25, patience: 0 }) }),
    clipNorm: 0.25,
    validation: rowsOf(validation),
    callbacks: [
      {
        onEpoch: ({ epoch, training, validation: held }) =>
          console.log(`epoch ${epoch}: perplexity ${perplexity(training.loss)}, validation ${perplexity(held?.loss)}`),
      },
    ],
  });
  const { loss } = await model.evaluate(rowsOf(test), { metrics: [], bptt: BPTT });
  console.log(`test: perplexity ${perplexity(loss)}\n`);
  console.log(await written(model, vocabulary, words));
  await model.dispose();
}

function perplexity(loss = Number.NaN): string {
  return Math.exp(loss).toFixed(1);
}

/** Words of the model's own: each is drawn by its probability after those before. */
async function written(model: Model, vocabulary: Vocabulary, count: number): Promise<string> {
  const stream = await model.stream();
  const [start = 0] = vocabulary.encode(['.']);
  const found = [start];
  while (found.length <= count) {
    const probabilities = await stream.step(found.at(-1) as number);
    let left = uniform(fold(key(2), found.length), 1)[0] as number;
    found.push(
      Math.max(
        2,
        probabilities.findIndex((p) => {
          left -= p;
          return left < 0;
        }),
      ),
    );
  }
  await stream.dispose();
  return vocabulary.decode(found.slice(1)).join(' ');
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 was expected.');
  return Number(text);
}

try {
  command.parse();
  await main(command.processedArgs[0], command.opts<Options>());
} catch (error) {
  if (!(error instanceof KeepgateError)) throw error;
  console.error(`word language model: ${error.message}`);
  process.exitCode = 1;
}
