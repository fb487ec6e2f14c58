import { DataError, show } from '../../errors.ts';
import type { ByteWindow } from './byte-window.ts';
import { LONGEST_LINE, NEW_LINE, NUMBER, tooLong, type VectorForm } from './vector-form.ts';
import type { VectorTable } from './vector-table.ts';

const [SPACE, TAB, RETURN] = [32, 9, 13];

const decoder = new TextDecoder();

/** Rows of text: a word, and its numbers, with a space or a tab between. @throws DataError for a row of another length */
export async function readTextRows(
  name: string,
  window: ByteWindow,
  { rows, line }: VectorForm,
  table: VectorTable,
): Promise<void> {
  let at = line;
  let came = 0;
  let ended = false;
  while (!ended) {
    let end = window.placeOf(NEW_LINE);
    if (end === -1) {
      if (window.end - window.at > LONGEST_LINE) throw tooLong(name, at);
      if (await window.more()) continue;
      ended = true;
      end = window.end;
    }
    if (readLine(name, window.bytes, window.at, end, at, table)) came += 1;
    window.at = end + 1;
    at += 1;
  }
  expectRows(name, rows, came);
}

/** @returns whether there is a row in the line */
function readLine(
  name: string,
  bytes: Uint8Array,
  from: number,
  lineEnd: number,
  line: number,
  table: VectorTable,
): boolean {
  const { units } = table;
  let end = lineEnd;
  while (end > from && isSpace(bytes[end - 1] as number)) end -= 1;
  if (end === from) return false;
  // From behind: the words of some files have spaces in them.
  let wordEnd = end;
  for (let left = units; left > 0; left--) {
    do wordEnd -= 1;
    while (wordEnd > from && bytes[wordEnd] !== SPACE && bytes[wordEnd] !== TAB);
    if (wordEnd <= from) throw otherLength(name, line, units, decoder.decode(bytes.subarray(from, end)));
  }
  const kept = table.rowFor(bytes, from, wordEnd);
  if (!kept) {
    expectWord(name, bytes, from, wordEnd, line, units);
    return true;
  }
  const numbers = decoder.decode(bytes.subarray(wordEnd + 1, end)).split(/[ \t]/);
  for (const [k, number] of numbers.entries()) {
    if (!NUMBER.test(number)) {
      throw new DataError(
        `${name}, line ${line}: numbers were expected behind ${show(kept.word)}, but ${show(number)} came as number ${k} (from 0); fetch the file again`,
      );
    }
    kept.row[k] = Number(number);
  }
  table.keep(`${name}, line ${line}`, kept.word, kept.row);
  return true;
}

/** @throws DataError where what looks like a word with spaces in it ends with a number: then there are too many */
function expectWord(name: string, bytes: Uint8Array, from: number, to: number, line: number, units: number): void {
  let space = to - 1;
  while (space > from && bytes[space] !== SPACE && bytes[space] !== TAB) space -= 1;
  if (space > from && NUMBER.test(decoder.decode(bytes.subarray(space + 1, to))))
    throw otherLength(name, line, units, decoder.decode(bytes.subarray(from, to)), 'more');
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === RETURN;
}

function otherLength(name: string, line: number, units: number, row: string, came?: string): DataError {
  const [word = '', ...numbers] = row.split(/[ \t]/);
  return new DataError(
    `${name}, line ${line}: ${units} numbers were expected behind ${show(word)}, but ${came ?? numbers.length} came; the file is cut off or damaged: fetch it again`,
  );
}

/** Rows of word2vec's binary form: a word, a space, and its numbers in float32, little end first. @throws DataError where they end early */
export async function readBinaryRows(
  name: string,
  window: ByteWindow,
  { rows, units }: VectorForm,
  table: VectorTable,
): Promise<void> {
  const size = 4 * units;
  for (let came = 0; came < (rows as number); came++) {
    // Some writers end a row with a line feed, and some do not.
    while ((await window.atLeast(1)) && window.bytes[window.at] === NEW_LINE) window.at += 1;
    let space = window.placeOf(SPACE);
    while (space === -1) {
      if (window.end - window.at > LONGEST_LINE) throw damaged(name, came);
      if (!(await window.more())) throw cutOff(name, rows as number, came);
      space = window.placeOf(SPACE);
    }
    if (space === window.at || space - window.at > LONGEST_LINE) throw damaged(name, came);
    const length = space - window.at;
    if (!(await window.atLeast(length + 1 + size))) throw cutOff(name, rows as number, came);
    const { bytes, at } = window;
    const kept = table.rowFor(bytes, at, at + length);
    if (kept) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at + length + 1, size);
      for (let k = 0; k < units; k++) kept.row[k] = view.getFloat32(4 * k, true);
      table.keep(`${name}, vector ${came}`, kept.word, kept.row);
    }
    window.at = at + length + 1 + size;
  }
  while (await window.atLeast(1)) {
    if (!isSpace(window.bytes[window.at] as number) && window.bytes[window.at] !== NEW_LINE) {
      throw new DataError(
        `${name}: ${rows} vectors of ${units} numbers were expected, as its header says, but more bytes come behind them; the file is damaged: fetch it again`,
      );
    }
    window.at += 1;
  }
}

function expectRows(name: string, rows: number | null, came: number): void {
  if (rows === null || rows === came) return;
  if (came < rows) throw cutOff(name, rows, came);
  throw new DataError(
    `${name}: ${rows} vectors were expected, as its header says, but ${came} came; the file is damaged: fetch it again`,
  );
}

function cutOff(name: string, rows: number, came: number): DataError {
  return new DataError(
    `${name}: ${rows} vectors were expected, as its header says, but it ends after ${came}; the file is cut off: fetch it again`,
  );
}

function damaged(name: string, came: number): DataError {
  return new DataError(
    `${name}: a word was expected in front of vector ${came} (from 0), but other bytes came; the file is damaged: fetch it again`,
  );
}
