/**
 * A language model of words, as PyTorch's example `word_language_model` trains it: one long stream in rows side by side, the state
 * carried from chunk to chunk, the learning rate lowered when validation does not get better, and the best weights kept, after
 * Ctrl-C too; then it writes some words.
 *
 *     npx tsx examples/ports/word-language-model.ts TEXT [--epochs 6] [--units 200] [--min-count 3] [--words 40]
 *
 * TEXT is a file of plain text. Its last tenth is for the test, the tenth before for validation. Nothing is downloaded.
 */
import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import {
  AbortError,
  batchify,
  categorical,
  DataError,
  dense,
  dropout,
  earlyStopping,
  embedding,
  fold,
  KeepgateError,
  key,
  lstm,
  type Model,
  naive,
  progressBar,
  reduceOnPlateau,
  sequential,
  sgd,
  softmaxCrossEntropy,
  Vocabulary,
  wordTokenizer,
} from 'keepgate';

interface Options {
  readonly epochs: number;
  readonly units: number;
  readonly minCount: number;
  readonly words: number;
  readonly tied?: true;
}

const ROWS = 20;
const BPTT = 35;
const METRICS = ['perplexity'] as const;

const command = new Command('npx tsx examples/ports/word-language-model.ts')
  .description('Train a language model of words, and write some.')
  .argument('<text>', 'a file of plain text')
  .option('--epochs <n>', 'passes over the text', wholeNumber, 6)
  .option('--units <n>', 'of the embedding, and of each of two LSTM layers', wholeNumber, 200)
  .option('--min-count <n>', 'how often a word must occur to have an id', wholeNumber, 3)
  .option('--words <n>', 'how many are written at the end', wholeNumber, 40)
  .option('--tied', 'one weight for the embedding and the output')
  .showSuggestionAfterError(false);

async function main(path: string, { epochs, units, minCount, words, tied }: Options): Promise<void> {
  const text = await readFile(path, 'utf8').catch(({ code }) => {
    throw new DataError(`${path}: a file of text was expected, but it cannot be read (${code})`);
  });
  const tokens = wordTokenizer().tokenize(text);
  const part = (from: number, to: number): string[] => tokens.slice(tokens.length * from, tokens.length * to);
  const [train, validation, test] = [part(0, 0.8), part(0.8, 0.9), part(0.9, 1)];
  const vocabulary = Vocabulary.build([train], { minCount });
  const rowsOf = (part: readonly string[]) => batchify(vocabulary.encode(part), { rows: ROWS });
  const model = sequential([
    embedding({ vocabulary: vocabulary.size, units }),
    dropout({ rate: 0.2, scope: 'step' }),
    lstm({ units, layers: 2, returnSequences: true, dropout: naive({ output: 0.2 }) }),
    dense({ units: vocabulary.size, ...(tied && { tiedTo: '0.weight' }) }),
  ]);
  console.log(`${tokens.length} words, ${vocabulary.size} ids`);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  await model
    .fit(rowsOf(train), {
      key: key(1),
      epochs,
      batchSize: ROWS,
      bptt: BPTT,
      loss: softmaxCrossEntropy(),
      metrics: METRICS,
      optimizer: sgd({ learningRate: reduceOnPlateau({ initial: 20, factor: 0.25, patience: 0 }) }),
      clipNorm: 0.25,
      validation: rowsOf(validation),
      callbacks: [progressBar(), earlyStopping({ patience: epochs })],
      signal: stop.signal,
    })
    .catch((error) => {
      if (!(error instanceof AbortError)) throw error;
    });
  const { perplexity = Number.NaN } = await model.evaluate(rowsOf(test), { metrics: METRICS, bptt: BPTT });
  console.log(`test: perplexity ${perplexity.toFixed(1)}\n`);
  console.log(await written(model, vocabulary, words));
  await model.dispose();
}

/** Words of the model's own: each is drawn by its probability after those before. */
async function written(model: Model, vocabulary: Vocabulary, count: number): Promise<string> {
  const stream = await model.stream();
  const ids = vocabulary.encode(['.']);
  for (let i = 0; i < count; i++) {
    // Ids 0 and 1, of padding and unknown words, have nothing to write.
    const probabilities = (await stream.step(ids.at(-1) as number)).fill(0, 0, 2);
    ids.push(categorical(fold(key(2), i), probabilities));
  }
  await stream.dispose();
  return vocabulary.decode(ids.slice(1)).join(' ');
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
