import { DataError } from '../../errors.ts';
import { packedForm } from '../readers/likely-encoding.ts';
import type { ByteWindow } from './byte-window.ts';

/** How vectors are written: rows of text, as of GloVe and fastText, or words and float32 numbers in turn, as of word2vec. */
export interface VectorForm {
  readonly kind: 'text' | 'binary';
  /** How many rows its header tells of; null where there is no header, as in GloVe's files. */
  readonly rows: number | null;
  /** How many numbers a vector has. */
  readonly units: number;
  /** The line in which the first row stands, from 1. */
  readonly line: number;
}

/** The longest line, or word of a binary file, that is taken for one, in bytes. */
export const LONGEST_LINE: number = 2 ** 22;

export const NEW_LINE = 10;

/** A number as text; what is not finite is one too, of which rows are told that have it. */
export const NUMBER: RegExp = /^[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|inf(?:inity)?|nan)$/i;

const MARK = [0xef, 0xbb, 0xbf];

/** A model of fastText, which has its vectors in parts of words. */
const FASTTEXT = [0xba, 0x16, 0x4f, 0x2f];

/**
 * Looks at the first lines, and passes by a header. @throws DataError for a file of another kind
 */
export async function formOf(name: string, window: ByteWindow): Promise<VectorForm> {
  await window.atLeast(LONGEST_MAGIC);
  const begins = (bytes: readonly number[]): boolean => bytes.every((byte, i) => window.bytes[window.at + i] === byte);
  const held = window.bytes.subarray(window.at, window.end);
  const other = begins(FASTTEXT)
    ? "a model of fastText (take its .vec, or print its words' vectors)"
    : packedForm(held);
  if (other !== undefined) {
    throw new DataError(
      `${name}: vectors were expected, but a file of the form ${other} came; unpack or export it first`,
    );
  }
  if (begins(MARK)) window.at += MARK.length;
  const first = (await lineAhead(name, window)).trimEnd();
  if (first === '') throw new DataError(`${name}: vectors were expected, but it begins with nothing; check the file`);
  const header = /^(\d+)[ \t]+(\d+)$/.exec(first);
  if (!header) return { kind: 'text', rows: null, units: unitsOf(name, first), line: 1 };
  const [rows, units] = [Number(header[1]), Number(header[2])];
  if (rows < 1 || units < 1 || !Number.isSafeInteger(rows) || !Number.isSafeInteger(units)) {
    throw new DataError(
      `${name}, line 1: how many vectors there are, and of how many numbers, was expected from 1, but ${JSON.stringify(first)} came; fetch the file again`,
    );
  }
  window.at = window.placeOf(NEW_LINE) + 1 || window.end;
  // In a line of text a number comes last; in binary bytes up to the first that is a line feed by chance.
  const second = await lineAhead(name, window, false);
  const isText = second === null || NUMBER.test(second.trimEnd().split(/[ \t]/).at(-1) as string);
  return { kind: isText ? 'text' : 'binary', rows, units, line: 2 };
}

const LONGEST_MAGIC = 8;

/** The next line, which is not passed by. @param mustEnd whether it is an error that it is too long, or else null */
async function lineAhead(name: string, window: ByteWindow): Promise<string>;
async function lineAhead(name: string, window: ByteWindow, mustEnd: false): Promise<string | null>;
async function lineAhead(name: string, window: ByteWindow, mustEnd = true): Promise<string | null> {
  while (window.placeOf(NEW_LINE) === -1) {
    if (window.end - window.at > LONGEST_LINE) {
      if (!mustEnd) return '';
      throw tooLong(name, 1);
    }
    if (!(await window.more())) break;
  }
  const end = window.placeOf(NEW_LINE);
  if (end === -1 && window.end === window.at && !mustEnd) return null;
  return new TextDecoder().decode(window.bytes.subarray(window.at, end === -1 ? window.end : end));
}

/** How many numbers the first row ends with. A word may have spaces in it, and be a number itself. */
function unitsOf(name: string, row: string): number {
  const fields = row.split(/[ \t]/);
  let units = 0;
  while (units < fields.length - 1 && NUMBER.test(fields[fields.length - 1 - units] as string)) units += 1;
  if (units > 0) return units;
  throw new DataError(
    `${name}, line 1: a word and the numbers of its vector were expected, or a header with how many there are, but ${JSON.stringify(row.slice(0, 60))} came; give vectors of GloVe, word2vec or fastText`,
  );
}

export function tooLong(name: string, line: number): DataError {
  return new DataError(
    `${name}, line ${line}: lines of at most ${LONGEST_LINE} bytes were expected, but a longer one came; give vectors of GloVe, word2vec or fastText`,
  );
}
