/**
 * How much memory a training takes whose table does not fit in it: writes a CSV of labelled texts, trains one epoch from
 * a stream of it, and says the peak of the process's memory.
 *
 *     npx tsx test/bench/streamed-table.ts [GIGABYTES]
 *
 * The table goes into the folder for temporary files and is removed at the end.
 */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import {
  dense,
  embedding,
  type Example,
  gru,
  key,
  sequential,
  softmaxCrossEntropy,
  streamLabelled,
  uniform,
  Vocabulary,
  wordTokenizer,
} from 'keepgate';

const gigabytes = Number(process.argv[2] ?? 2);
const WORDS = Array.from({ length: 5000 }, (_, i) => `word${i.toString(36)}`);
/** Texts of about 4 kB. */
const LENGTH = 550;

async function writeTable(path: string): Promise<void> {
  const file = createWriteStream(path);
  file.write('text,label\n');
  const draws = uniform(key(1), 2 ** 20);
  let drawn = 0;
  for (let row = 0, bytes = 0; bytes < gigabytes * 2 ** 30; row++) {
    const label = row % 2;
    const words = Array.from({ length: LENGTH }, () => WORDS[Math.floor((draws[drawn++ % 2 ** 20] as number) * 5000)]);
    // What is to be learned: one word of each class, among the first.
    words[row % 10] = label === 1 ? 'warm' : 'dull';
    const line = `"${words.join(' ')}",${label === 1 ? 'good' : 'bad'}\n`;
    bytes += line.length;
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

const folder = await mkdtemp(join(tmpdir(), 'keepgate-table-'));
try {
  const path = join(folder, 'table.csv');
  await writeTable(path);
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  console.log(
    `table: ${megabytes((await stat(path)).size)} MB; memory before: ${megabytes(process.memoryUsage().rss)} MB`,
  );

  const { tokenize } = wordTokenizer();
  const vocabulary = Vocabulary.build([[...WORDS, 'warm', 'dull']]);
  let texts = 0;
  async function* examples(): AsyncGenerator<Example> {
    for await (const { text, label } of streamLabelled(path, { text: 'text', label: 'label' })) {
      texts += 1;
      yield { x: vocabulary.encode(tokenize(text, 20)), y: label === 'good' ? 1 : 0 };
    }
  }
  const model = sequential([
    embedding({ vocabulary: vocabulary.size, units: 16 }),
    gru({ units: 32 }),
    dense({ units: 2 }),
  ]);
  const begun = performance.now();
  const options = { key: key(1), epochs: 1, batchSize: 64, loss: softmaxCrossEntropy() };
  const { epochs } = await model.fit(examples, options);
  const seconds = (performance.now() - begun) / 1000;
  const { loss, accuracy } = epochs[0]?.training ?? { loss: Number.NaN };
  console.log(`${texts} texts in ${seconds.toFixed(0)} s: loss ${loss?.toFixed(3)}, accuracy ${accuracy?.toFixed(3)}`);
  console.log(`peak: ${megabytes(process.resourceUsage().maxRSS * 1024)} MB`);
  await model.dispose();
} finally {
  await rm(folder, { recursive: true });
}
