import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { AbortError, DataError, OptionError } from '../../../../src/errors.ts';
import { key } from '../../../../src/random/key.ts';
import { readVectors, type PretrainedVectors } from '../../../../src/text/vectors/read-vectors.ts';
import { Vocabulary } from '../../../../src/text/vocabulary.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';
import { tempFolder } from '../readers/temp-folder.ts';
import { bytesOf, fastTextVec, gloveText, gzipped, piecesOf, type Row, word2vecBin } from './vector-files.ts';

// Numbers that float32 has, so that what is read can be compared bit for bit.
const ROWS: readonly Row[] = [
  ['the', [0.5, -1.25, 3]],
  ['7', [0.0625, 8, -2]],
  ['naïve', [1e-3, 2, 0.75].map(Math.fround)],
  ['film', [4, 5.5, -6]],
  [',', [0, 0.125, 1]],
];
const vocabulary = Vocabulary.build([['film', 'naïve', 'absent', '7']]);

const FORMS: readonly [string, Uint8Array][] = [
  ['GloVe', gloveText(ROWS)],
  ['GloVe without a last line feed', gloveText(ROWS).slice(0, -1)],
  ['GloVe with carriage returns', bytesOf(new TextDecoder().decode(gloveText(ROWS)).replaceAll('\n', '\r\n'))],
  ['GloVe with a byte order mark', Buffer.concat([Uint8Array.of(0xef, 0xbb, 0xbf), gloveText(ROWS)])],
  ['fastText', fastTextVec(ROWS)],
  ["word2vec's text", fastTextVec(ROWS, '\n')],
  ['word2vec', word2vecBin(ROWS, '\n')],
  ['word2vec of gensim', word2vecBin(ROWS)],
  ['GloVe in gzip', gzipped(gloveText(ROWS))],
  ['word2vec in gzip', gzipped(word2vecBin(ROWS))],
];

function rowOf({ weights, units }: PretrainedVectors, id: number): number[] {
  return Array.from({ length: units }, (_, k) => weights.at(id, k));
}

describe.each(FORMS)('%s', (_, bytes) => {
  test('gives the rows of the vocabulary, each at its id, whatever the pieces are', async () => {
    for (const source of [
      bytes,
      piecesOf(bytes, 1),
      piecesOf(bytes, 7),
      new Blob([bytes as Uint8Array<ArrayBuffer>]),
    ]) {
      const vectors = await readVectors(source, { vocabulary });
      expect(vectors.weights.shape).toEqual([vocabulary.size, 3]);
      for (const word of ['film', '7', 'naïve']) {
        const [id] = vocabulary.encode([word]) as [number];
        expect(rowOf(vectors, id)).toEqual(ROWS.find(([own]) => own === word)?.[1]);
      }
      expect([...vectors.found].sort()).toEqual(['7', 'film', 'naïve']);
      expect(vectors.coverage).toBe(3 / 4);
      expect(vectors.warnings).toEqual([]);
    }
  });

  test.prop([fc.nat()])('cut off anywhere it is refused, or gives less, and never hangs', async (cut) => {
    const part = bytes.slice(0, cut % bytes.length);
    const error = await readVectors(part, { vocabulary }).then(
      ({ found }) => (found.size < 4 ? null : 'too much'),
      (reason: unknown) => (reason instanceof DataError ? null : reason),
    );
    expect(error).toBeNull();
  });
});

test('a path and a stream of the web give the same', async () => {
  const dir = await tempFolder();
  const path = join(dir, 'vectors.vec');
  await writeFile(path, fastTextVec(ROWS));
  const stream = new Blob([fastTextVec(ROWS) as Uint8Array<ArrayBuffer>]).stream();
  const [a, b] = [await readVectors(path, { vocabulary }), await readVectors(stream, { vocabulary })];
  expect(a.weights.toFlat()).toEqual(b.weights.toFlat());
});

test('rows that are not found are drawn by the key and the word, as large as those that are; padding stays 0', async () => {
  const words = Array.from({ length: 300 }, (_, i) => `absent${i}`);
  const many = Vocabulary.build([['film', 'the', '7', ...words]]);
  const drawn = await readVectors(gloveText(ROWS), { vocabulary: many, key: key(3) });
  expect(rowOf(drawn, 0)).toEqual([0, 0, 0]);
  const found = ['film', 'the', '7'].flatMap((word) => rowOf(drawn, many.encode([word])[0] as number));
  const others = words.flatMap((word) => rowOf(drawn, many.encode([word])[0] as number));
  const rms = (numbers: number[]): number => Math.sqrt(numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length);
  // 900 normal numbers: the square of their deviation is within 6 of its own deviations, sqrt(2/900), of what it should be.
  expect(Math.abs(rms(others) ** 2 / rms(found) ** 2 - 1)).toBeLessThan(6 * Math.sqrt(2 / others.length));

  const fewer = Vocabulary.build([['film', 'the', '7', 'absent7']]);
  const again = await readVectors(gloveText(ROWS), { vocabulary: fewer, key: key(3) });
  const of = (vectors: PretrainedVectors, own: Vocabulary) => rowOf(vectors, own.encode(['absent7'])[0] as number);
  expect(of(again, fewer)).toEqual(of(drawn, many));
  expect(rowOf(again, 1)).toEqual(rowOf(drawn, 1));
  const other = await readVectors(gloveText(ROWS), { vocabulary: fewer, key: key(4) });
  expect(of(other, fewer)).not.toEqual(of(again, fewer));
  const zero = await readVectors(gloveText(ROWS), { vocabulary: fewer });
  expect(of(zero, fewer)).toEqual([0, 0, 0]);
});

test('words with spaces in them, as in the 840B vectors of GloVe, are words', async () => {
  const rows: Row[] = [...ROWS, ['. . .', [1, 2, 4]], ['at name@domain.com', [8, 16, 32]]];
  const spaced = Vocabulary.build([['. . .', 'at name@domain.com', 'film']]);
  for (const bytes of [gloveText(rows), fastTextVec(rows), gloveText(rows.toReversed())]) {
    const vectors = await readVectors(bytes, { vocabulary: spaced });
    expect([...vectors.found].sort()).toEqual(['. . .', 'at name@domain.com', 'film']);
  }
});

test('of a word that comes again the first is kept, and a warning counts the others', async () => {
  const vectors = await readVectors(gloveText([...ROWS, ['film', [9, 9, 9]], ['film', [8, 8, 8]]]), { vocabulary });
  expect(rowOf(vectors, vocabulary.encode(['film'])[0] as number)).toEqual([4, 5.5, -6]);
  expect(vectors.warnings).toEqual([expect.stringContaining('2 rows are of words of the vocabulary that came before')]);
});

test('a word of another form of Unicode is the one of the vocabulary', async () => {
  const vectors = await readVectors(gloveText([['naïve'.normalize('NFD'), [1, 2]]]), { vocabulary });
  expect([...vectors.found]).toEqual(['naïve']);
});

test('a vocabulary of which nothing is there is told in a warning', async () => {
  const strange = Vocabulary.build([['Фильм']]);
  const vectors = await readVectors(gloveText(ROWS), { vocabulary: strange, key: key(1) });
  expect(vectors.warnings).toEqual([expect.stringContaining('none of the 1 words of the vocabulary')]);
  expect(vectors.coverage).toBe(0);
  expect(rowOf(vectors, 2).every((value) => value !== 0)).toBe(true);
});

const text = (content: string): Uint8Array => bytesOf(content);
const bin = word2vecBin(ROWS);

test.each<[string, Uint8Array, string[]]>([
  ['nothing', text(''), ['it begins with nothing']],
  ['a first line that is no row', text('# vectors\nfilm 1 2\n'), ['line 1', '"# vectors"']],
  [
    'a row that is too short',
    text('film 1 2\nthe 1\nof 1 2\n'),
    ['line 2', '2 numbers were expected behind "the", but 1'],
  ],
  [
    'a row that is too long',
    text('film 1 2\nthe 1 2 3\n'),
    ['line 2', '2 numbers were expected behind "the", but more'],
  ],
  ['a last row that is cut off', text('film 1 2\n7 3'), ['line 2', 'but 1 came']],
  ['NaN', text('the 1 2\nfilm nan 2\n'), ['line 2', '"film"', 'NaN']],
  ['more than float32 holds', text('the 1 2\nfilm 1 1e39\n'), ['line 2', 'number 1 (from 0) is Infinity']],
  ['a word for a number', text('the 1 2\nfilm x 2\n'), ['line 2', '"x" came as number 0']],
  ['fewer rows than the header says', text('3 2\nfilm 1 2\nthe 1 2\n'), ['3 vectors were expected', 'ends after 2']],
  ['more rows than the header says', text('1 2\nfilm 1 2\nthe 1 2\n'), ['1 vectors were expected', 'but 2 came']],
  [
    'another length than the header says',
    text('2 3\nfilm 1 2\nthe 1 2\n'),
    ['line 2', '3 numbers were expected', 'but 2'],
  ],
  ['a header of no rows', text('0 5\n'), ['from 1', '"0 5"']],
  ['a header alone', text('5 3\n'), ['5 vectors were expected', 'ends after 0']],
  ['binary that is cut off', bin.slice(0, -1), ['5 vectors were expected', 'ends after 4']],
  ['binary with more behind it', Buffer.concat([bin, text('x')]), ['more bytes come behind them']],
  ['binary of more numbers than it says', Buffer.from(bin.toString().replace('5 3', '5 2'), 'latin1'), ['vectors']],
  ['binary with NaN', word2vecBin([['film', [1, Number.NaN, 2]]]), ['vector 0', '"film"', 'NaN']],
  ['an archive', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0), ['ZIP', 'unpack']],
  ['a model of fastText', Uint8Array.of(0xba, 0x16, 0x4f, 0x2f, 12, 0, 0, 0), ['fastText', '.vec']],
  ['gzip that is cut off', gzipped(gloveText(ROWS)).slice(0, -9), ['gzip', 'cut off']],
  ['numbers that no array holds', text('1 99999999999\nx 1\n'), ['fit in memory', '99999999999']],
])('%s is refused', async (_, bytes, parts) => {
  await expectRefusal(() => readVectors(bytes, { vocabulary }), DataError, 'vectors', ...parts);
});

test('what is no source, no vocabulary or no option is refused, and a path that leads nowhere', async () => {
  async function* strings(): AsyncGenerator<string> {
    yield 'film 1';
  }
  await expectRefusal(() => readVectors(7 as never, { vocabulary }), DataError, 'readVectors', 'but 7 came');
  await expectRefusal(
    () => readVectors('/no/such/file', { vocabulary }),
    DataError,
    '/no/such/file',
    'nothing is there',
  );
  await expectRefusal(() => readVectors(bin, { vocabulary: ['film'] as never }), OptionError, 'Vocabulary.build');
  await expectRefusal(() => readVectors(bin, { vocabulary: Vocabulary.build([[]]) }), OptionError, 'tokens in it');
  await expectRefusal(() => readVectors(bin, { vocabulary, key: 1 as never }), OptionError, 'a key was expected');
  await expectRefusal(
    () => readVectors(bin, { vocabluary: vocabulary } as never),
    OptionError,
    'did you mean vocabulary',
  );
  await expectRefusal(() => readVectors(strings() as never, { vocabulary }), DataError, 'pieces of bytes');
});

test('a signal ends the reading', async () => {
  await expectRefusal(() => readVectors(bin, { vocabulary, signal: { aborted: true } }), AbortError, 'readVectors');
});
