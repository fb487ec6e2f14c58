import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Vocabulary, wordTokenizer } from 'keepgate';

/** What an epoch is timed on. */
export interface Work {
  readonly name: string;
  /** The rate of the masks on x and h; 0 where none is dropped. */
  readonly rate: number;
  /** Write what both sides read: a file for texts, a pair of them for images. */
  prepare(data: string, to: string): Promise<readonly string[]>;
}

/** Texts as both sides read them. */
export interface TextData {
  readonly vocabulary: number;
  readonly classes: number;
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
}

export const WORKS: readonly Work[] = [
  { name: 'rt-polarity', rate: 0, prepare: preparePolarity },
  { name: 'rt-polarity, variational', rate: 0.5, prepare: preparePolarity },
  { name: 'trec', rate: 0, prepare: prepareTrec },
  { name: 'mnist', rate: 0, prepare: prepareImages },
];

async function preparePolarity(data: string, to: string): Promise<readonly string[]> {
  const files = ['neg', 'pos'].map((part) => join(data, `rt-polarity/rt-polarity.${part}`));
  const lists = await Promise.all(files.map(async (file) => linesOf(await readFile(file, 'utf8'))));
  const texts = lists.flat();
  return [
    await writeTexts(
      to,
      texts,
      Array.from(texts, (_, i) => Number(i >= (lists[0]?.length ?? 0))),
    ),
  ];
}

async function prepareTrec(data: string, to: string): Promise<readonly string[]> {
  const lines = linesOf(await readFile(join(data, 'trec/TREC.train'), 'latin1'));
  const labels = lines.map((line) => line.slice(0, line.indexOf(':')));
  const classes = [...new Set(labels)];
  const texts = lines.map((line) => line.slice(line.indexOf(' ') + 1));
  return [
    await writeTexts(
      to,
      texts,
      labels.map((label) => classes.indexOf(label)),
    ),
  ];
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

async function writeTexts(to: string, texts: readonly string[], y: readonly number[]): Promise<string> {
  const { tokenize } = wordTokenizer();
  const tokens = texts.map((text) => tokenize(text));
  const words = Vocabulary.build(tokens, { minCount: 2 });
  const x = tokens.map((list) => words.encode(list));
  const made: TextData = { vocabulary: words.size, classes: Math.max(...y) + 1, x, y };
  const file = join(to, 'texts.json');
  await writeFile(file, JSON.stringify(made));
  return file;
}

/** A byte a pixel, and a byte a label, without their headers. */
async function prepareImages(data: string, to: string): Promise<readonly string[]> {
  const parts = [
    ['train-images-idx3-ubyte', 16],
    ['train-labels-idx1-ubyte', 8],
  ] as const;
  return Promise.all(
    parts.map(async ([name, header]) => {
      const file = join(to, name);
      await writeFile(file, gunzipSync(await readFile(join(data, 'mnist', `${name}.gz`))).subarray(header));
      return file;
    }),
  );
}
