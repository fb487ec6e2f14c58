import { DataError, OptionError, show } from '../../errors.ts';
import type { Input } from './input.ts';
import { likelyEncoding, packedForm, tryDecode, wideEncoding } from './likely-encoding.ts';
import { LineCount } from './lines.ts';

/** As much of a beginning as shows which encoding it is in. */
const BEGINNING = 4096;

/** Bytes before a piece that may be the beginning of its first character. */
const LONGEST_CHARACTER = 4;

/** The share of the characters that are Latin letters where UTF-16 is told by its zeros though the bytes are UTF-8 too. */
const MOST = 0.8;

/** @throws OptionError unless TextDecoder knows the encoding */
export function checkEncoding(who: string, encoding: unknown): void {
  if (encoding === undefined) return;
  try {
    if (typeof encoding === 'string' && new TextDecoder(encoding)) return;
  } catch {
    // What it throws says no more than that it does not know the label.
  }
  throw new OptionError(
    `${who}: a label of TextDecoder was expected as encoding, such as "windows-1252" or "utf-16le", but ${show(encoding)} came`,
  );
}

/**
 * The text of an input, piece by piece, without its byte order mark.
 * @param encoding a label of TextDecoder; UTF-8 when left out
 * @throws DataError with the line of the first bytes that are of another encoding
 */
export async function* decoded({ name, bytes }: Input, encoding?: string): AsyncGenerator<string> {
  // In pieces always: Node 20 takes windows-1252 for Latin-1 when it is given a text as a whole.
  const decoder = new TextDecoder(encoding ?? 'utf-8', { fatal: true });
  const lines = new LineCount();
  let start: Uint8Array | undefined;
  let before: Uint8Array = new Uint8Array();
  const refuse = (piece: Uint8Array): never => {
    const packed = packedForm(start ?? piece);
    if (packed !== undefined) {
      throw new DataError(
        `${name}: text was expected, but a file of the form ${packed} came; unpack or export it first`,
      );
    }
    const line = lines.ended + linesUntilFault(decoder.encoding, before, piece) + 1;
    throw new DataError(refusal(`${name}, line ${line}`, encoding, likelyEncoding(piece)));
  };
  for await (const piece of bytes) {
    const begins = before.length === 0 && encoding === undefined;
    const wide = begins ? wideEncoding(piece.subarray(0, BEGINNING), MOST) : undefined;
    if (wide !== undefined) throw new DataError(refusal(`${name}, line 1`, encoding, wide));
    start ??= piece.slice(0, BEGINNING);
    let text: string;
    try {
      text = decoder.decode(piece, { stream: true });
    } catch {
      return refuse(piece);
    }
    lines.add(text);
    before = joined(before, piece.subarray(-LONGEST_CHARACTER)).slice(-LONGEST_CHARACTER);
    if (text !== '') yield text;
  }
  try {
    decoder.decode();
  } catch {
    refuse(new Uint8Array());
  }
}

function refusal(where: string, encoding: string | undefined, likely: string): string {
  if (encoding !== undefined) {
    return `${where}: text in ${encoding} was expected, but other bytes came; give the encoding that the file was saved in`;
  }
  return `${where}: UTF-8 was expected, but other bytes came, ${likely} by the looks of them; give the encoding (${likely}), or save the file as UTF-8`;
}

/** The lines that end in a piece before the first byte that its encoding does not allow. */
function linesUntilFault(label: string, before: Uint8Array, piece: Uint8Array): number {
  // Where the first character begins in the bytes before is not known. From the right one on most can be read.
  const goods = Array.from({ length: before.length + 1 }, (_, skipped) => {
    const known = before.subarray(skipped);
    return { known, text: longestGood(label, joined(known, piece)) };
  });
  const { known, text } = goods.reduce((a, b) => (b.text.length > a.text.length ? b : a));
  return linesIn(text) - linesIn(longestGood(label, known));
}

function linesIn(text: string): number {
  const lines = new LineCount();
  lines.add(text);
  return lines.ended;
}

/** The text of as many of the bytes as can be read. */
function longestGood(label: string, bytes: Uint8Array): string {
  let [good, bad] = [0, bytes.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (tryDecode(label, bytes.subarray(0, middle)) === undefined) bad = middle;
    else good = middle;
  }
  return tryDecode(label, bytes.subarray(0, good)) ?? '';
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
