import { gzipSync } from 'node:zlib';

/** A word and its vector. */
export type Row = readonly [word: string, numbers: readonly number[]];

/** Rows as GloVe writes them. */
export function gloveText(rows: readonly Row[]): Uint8Array {
  return bytesOf(rows.map(([word, numbers]) => `${word} ${numbers.join(' ')}\n`).join(''));
}

/** Rows as fastText writes them: a header, and a space behind each row. */
export function fastTextVec(rows: readonly Row[], end = ' \n'): Uint8Array {
  const lines = rows.map(([word, numbers]) => `${word} ${numbers.join(' ')}${end}`).join('');
  return bytesOf(`${rows.length} ${rows[0]?.[1].length}\n${lines}`);
}

/** Rows in word2vec's binary form. @param end what stands behind each row: gensim writes nothing, word2vec a line feed */
export function word2vecBin(rows: readonly Row[], end = ''): Uint8Array {
  const parts = rows.flatMap(([word, numbers]) => [
    bytesOf(`${word} `),
    new Uint8Array(Float32Array.from(numbers).buffer),
    bytesOf(end),
  ]);
  return Buffer.concat([bytesOf(`${rows.length} ${rows[0]?.[1].length}\n`), ...parts]);
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function gzipped(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes);
}

/** The same bytes, so many at a time. */
export async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}
