import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  calibration,
  charTokenizer,
  classesOf,
  deduplicate,
  formatTable,
  key,
  lengthBuckets,
  normal,
  padTokens,
  permutation,
  readLabelled,
  readTable,
  reliabilityPlot,
  split,
  Tensor,
  tensor,
  uniform,
  Vocabulary,
  wordTokenizer,
} from 'keepgate';
import { readSafetensors, writeSafetensors } from 'keepgate/interop';
import { range } from '../../helpers/tensors.ts';
import { fromBase, type Growing, type Prepared } from './growing.ts';

/** What is done with texts, tables, numbers and files before and after training, by each of their dimensions. */
export const DATA: readonly Growing[] = [
  ...texts(),
  ...tables(),
  // What V8 takes for lists of more than 16,384 entries, which lie in pages of their own: lists cannot cost less than it.
  growing('an array of zeros', 'entries', 4000, (n) => () => new Array(n).fill(0)),
  growing('uniform', 'numbers', 20_000, (n) => () => uniform(key(1), n)),
  growing('normal', 'numbers', 20_000, (n) => () => normal(key(1), n)),
  growing('permutation', 'numbers', 20_000, (n) => () => permutation(key(1), n)),
  growing('tensor of nested lists', 'rows', 500, (n) => {
    const rows = range(0, n).map((i) => range(0, 20).map((k) => i + k));
    return () => tensor(rows);
  }),
  growing('calibration', 'examples', 1000, (n) => {
    const found = range(0, n).map((i) => [(i % 97) / 97, 1 - (i % 97) / 97]);
    const labels = found.map((_, i) => i % 2);
    return () => calibration(found, labels);
  }),
  growing('calibration', 'classes', 50, (n) => {
    const found = range(0, 100).map((i) => range(0, n).map((k) => (k === i % n ? 0.5 : 0.5 / (n - 1))));
    const labels = found.map((_, i) => i % n);
    return () => calibration(found, labels);
  }),
  growing('reliabilityPlot', 'bins', 10, (bins) => {
    const found = range(0, 1000).map((i) => [(i % 97) / 97, 1 - (i % 97) / 97]);
    const made = calibration(
      found,
      found.map((_, i) => i % 2),
      { bins },
    );
    return () => reliabilityPlot(made);
  }),
  growing('formatTable', 'rows', 200, (n) => {
    const rows = range(0, n).map((i) => [String(i), `row ${i}`, '1.5']);
    return () => formatTable(rows);
  }),
  growing('writeSafetensors, readSafetensors', 'numbers', 20_000, (n) => {
    const tensors = { a: new Tensor(new Float32Array(n), [n]) };
    return () => readSafetensors(writeSafetensors(tensors));
  }),
  growing('writeSafetensors, readSafetensors', 'tensors', 100, (n) => {
    const tensors = Object.fromEntries(range(0, n).map((i) => [`tensor ${i}`, tensor([i])]));
    return () => readSafetensors(writeSafetensors(tensors));
  }),
];

function growing(what: string, dimension: string, base: number, make: (size: number) => () => unknown): Growing {
  return { what, dimension, sizes: fromBase(base), prepare: (size) => ({ run: make(size) }) };
}

const sentence = (n: number, words = 10): string =>
  range(0, words)
    .map((i) => `word${(n * 13 + i * 7) % 5000}`)
    .join(' ');

function labelled(count: number): { texts: string[]; labels: string[] } {
  return { texts: range(0, count).map((n) => sentence(n)), labels: range(0, count).map((n) => `label ${n % 5}`) };
}

function texts(): readonly Growing[] {
  const word = wordTokenizer();
  const char = charTokenizer();
  return [
    growing('wordTokenizer', 'words of a text', 500, (n) => {
      const text = sentence(1, n);
      return () => word.tokenize(text);
    }),
    growing('wordTokenizer', 'letters of a word', 500, (n) => {
      const text = 'a'.repeat(n);
      return () => word.tokenize(text);
    }),
    growing('charTokenizer', 'letters of a text', 2000, (n) => {
      const text = 'ab c'.repeat(n / 4);
      return () => char.tokenize(text);
    }),
    growing('Vocabulary.build', 'texts', 500, (n) => {
      const list = range(0, n).map((i) => sentence(i).split(' '));
      return () => Vocabulary.build(list);
    }),
    growing('Vocabulary.build', 'distinct words', 1000, (n) => {
      const list = [range(0, n).map((i) => `word${i}`)];
      return () => Vocabulary.build(list);
    }),
    growing('vocabulary.encode', 'words', 1000, (n) => {
      const list = range(0, n).map((i) => `word${i}`);
      const vocabulary = Vocabulary.build([list]);
      return () => vocabulary.encode(list);
    }),
    growing('padTokens', 'texts', 500, (n) => {
      const list = range(0, n).map((i) => range(0, 5 + (i % 20)));
      return () => padTokens(list);
    }),
    growing('padTokens', 'T', 100, (n) => {
      const list = range(0, 50).map(() => range(0, n));
      return () => padTokens(list);
    }),
    growing('lengthBuckets', 'texts', 2000, (n) => {
      const lengths = range(0, n).map((i) => (i * 37) % 101);
      return () => lengthBuckets(lengths, 32, key(1));
    }),
    growing('deduplicate', 'texts', 1000, (n) => {
      const data = labelled(n);
      return () => deduplicate(data);
    }),
    growing('split, classesOf', 'texts', 1000, (n) => {
      const data = labelled(n);
      return () => classesOf(split(data, 0.2, key(1)).train);
    }),
  ];
}

function tables(): readonly Growing[] {
  const file = (
    what: string,
    dimension: string,
    base: number,
    name: string,
    content: (n: number) => string,
    read: (path: string) => unknown,
  ): Growing => ({
    what,
    dimension,
    sizes: fromBase(base),
    async prepare(size): Promise<Prepared> {
      const folder = await mkdtemp(join(tmpdir(), 'growth-'));
      const path = join(folder, name);
      await writeFile(path, content(size));
      return { run: () => read(path), end: () => rm(folder, { recursive: true }) };
    },
  });
  const table = (path: string) => readTable(path, { text: 'text', label: 'label' });
  const row = (n: number) => `label${n % 5},"${sentence(n)}, ""quoted"""\n`;
  return [
    file('readTable, CSV', 'rows', 1000, 'a.csv', (n) => `label,text\n${range(0, n).map(row).join('')}`, table),
    file(
      'readTable, CSV',
      'columns',
      20,
      'a.csv',
      (n) =>
        `label,text,${range(0, n).map((i) => `c${i}`)}\n${range(0, 200)
          .map((i) => `l${i % 5},text ${i},${range(0, n)}\n`)
          .join('')}`,
      table,
    ),
    file(
      'readTable, CSV',
      'letters of a cell',
      10_000,
      'a.csv',
      (n) => `label,text\nl,"${'ab ""c '.repeat(n / 8)}"\n`,
      table,
    ),
    file(
      'readTable, JSON Lines',
      'rows',
      1000,
      'a.jsonl',
      (n) =>
        range(0, n)
          .map((i) => `${JSON.stringify({ label: `l${i % 5}`, text: sentence(i) })}\n`)
          .join(''),
      table,
    ),
    file(
      'readLabelled',
      'lines',
      1000,
      'a.tsv',
      (n) =>
        range(0, n)
          .map((i) => `l${i % 5}\t${sentence(i)}\n`)
          .join(''),
      (path) => readLabelled(path, { header: false, text: 2, label: 1 }),
    ),
  ];
}
