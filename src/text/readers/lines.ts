import { DataError } from '../../errors.ts';

/**
 * What ends a line, wherever lines are read: a line feed, a carriage return, or both. A carriage return at the end of a
 * piece may be half of a pair, and waits for the next.
 */
const LINE_END = /\r\n|\n|\r(?!$)/;

/** The longest row or line that is read: a quote that is never closed, or a file without lines, must not fill the memory. */
export const LONGEST: number = 2 ** 26;

/** The lines of a text that comes in pieces, a list for each piece. The end of the text also ends its last line. */
export async function* linesOf(name: string, pieces: AsyncIterable<string>): AsyncGenerator<string[]> {
  let rest = '';
  let before = 0;
  for await (const piece of pieces) {
    const lines = (rest + piece).split(LINE_END);
    rest = lines.pop() as string;
    before += lines.length;
    if (rest.length > LONGEST) {
      throw new DataError(
        `${name}, line ${before + 1}: lines of at most ${LONGEST} characters were expected, but a longer one came; split it`,
      );
    }
    if (lines.length > 0) yield lines;
  }
  if (rest !== '') yield [rest.replace(/\r$/, '')];
}

/** How many lines have ended in a text that comes in pieces. */
export class LineCount {
  /** The lines that have ended. */
  ended = 0;
  #afterReturn = false;

  add(piece: string): void {
    if (piece === '') return;
    this.ended += occurrences(piece, '\n') + occurrences(piece, '\r') - occurrences(piece, '\r\n');
    if (this.#afterReturn && piece.startsWith('\n')) this.ended -= 1;
    this.#afterReturn = piece.endsWith('\r');
  }
}

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count += 1;
  return count;
}

const LINE_FEED = 10;
const RETURN = 13;

/** In which line a byte of UTF-8 stands. Bytes are asked about in order, and before the next piece is added. */
export class LineFinder {
  #line: number;
  /** The ends of lines that were not asked about yet: each the place of the first byte that follows. */
  #ends: number[] = [];
  #next = 0;
  #length = 0;
  #last = 0;

  /** @param line in which the first byte stands */
  constructor(line: number) {
    this.#line = line;
  }

  add(bytes: Uint8Array): void {
    this.#ends = this.#ends.slice(this.#next);
    this.#next = 0;
    for (const byte of bytes) {
      if (byte === LINE_FEED && this.#last === RETURN) this.#ends.pop();
      this.#length += 1;
      if (byte === LINE_FEED || byte === RETURN) this.#ends.push(this.#length);
      this.#last = byte;
    }
  }

  /** The line of a byte, by its place from 0. */
  lineAt(place: number): number {
    for (; (this.#ends[this.#next] ?? Number.POSITIVE_INFINITY) <= place; this.#next += 1) this.#line += 1;
    return this.#line;
  }
}
