/**
 * How long pretrained vectors take to read, beside reading the file's bytes alone, and how much memory: writes a file of a kind and
 * a size, and reads it for a vocabulary of 20,000 words.
 *
 *     npx tsx test/bench/pretrained-vectors.ts [MEGABYTES] [UNITS]
 *
 * The files go into the folder for temporary files and are removed at the end.
 */
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { key, normal, readVectors, Vocabulary } from 'keepgate';

const megabytes = Number(process.argv[2] ?? 500);
const units = Number(process.argv[3] ?? 300);
const vocabulary = Vocabulary.build([Array.from({ length: 20_000 }, (_, i) => `word${20 * i}`)]);

/** @param rowOf the bytes of a word's row */
async function write(path: string, header: boolean, rowOf: (word: string) => Buffer): Promise<number> {
  const rows = Math.floor((megabytes * 1e6) / rowOf('word100000').length);
  const file = createWriteStream(path);
  if (header) file.write(`${rows} ${units}\n`);
  for (let i = 0; i < rows; i++) if (!file.write(rowOf(`word${i}`))) await once(file, 'drain');
  file.end();
  await once(file, 'finish');
  return rows;
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

const numbers = normal(key(1), units);
const asText = Buffer.from(` ${Array.from(numbers, (value) => value.toFixed(5)).join(' ')}\n`);
const asFloats = Buffer.from(Float32Array.from(numbers).buffer);
const folder = await mkdtemp(join(tmpdir(), 'keepgate-vectors-'));
try {
  for (const [kind, header, row] of [
    ['text', false, (word: string) => Buffer.concat([Buffer.from(word), asText])],
    ['binary', true, (word: string) => Buffer.concat([Buffer.from(`${word} `), asFloats])],
  ] as const) {
    const path = join(folder, kind);
    const rows = await write(path, header, row);
    const bytes = await secondsOf(async () => {
      for await (const _ of createReadStream(path, { highWaterMark: 2 ** 18 }));
    });
    let found = 0;
    const seconds = await secondsOf(async () => {
      found = (await readVectors(path, { vocabulary, key: key(1) })).found.size;
    });
    const peak = process.resourceUsage().maxRSS / 1024;
    console.log(
      `${kind}: ${megabytes} MB, ${rows} vectors of ${units}, ${found} found: ${seconds.toFixed(1)} s, ${(megabytes / seconds).toFixed(0)} MB/s; ` +
        `the bytes alone ${bytes.toFixed(1)} s; at most ${peak.toFixed(0)} MB of memory`,
    );
    await rm(path);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
