import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { DataError } from '../../../../src/errors.ts';
import { LineCount, LineFinder, LONGEST, linesOf } from '../../../../src/text/readers/lines.ts';

const texts = fc
  .array(fc.constantFrom('a', 'bc', '\n', '\r', '\r\n', '\u2028', '\u0085', '\v', ' '), { maxLength: 30 })
  .map((parts) => parts.join(''));
const sizes = fc.integer({ min: 1, max: 4 });

function cut(text: string, size: number): string[] {
  return text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
}

async function linesIn(pieces: Iterable<string>): Promise<string[]> {
  const lines: string[] = [];
  for await (const some of linesOf(
    'a.txt',
    (async function* () {
      yield* pieces;
    })(),
  )) {
    lines.push(...some);
  }
  return lines;
}

/** The line ends are made one, and what follows the last is no line. */
function linesOfWhole(text: string): string[] {
  const lines = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

test.prop([texts, sizes])('lines do not depend on how the text is cut', async (text, size) => {
  expect(await linesIn(cut(text, size))).toEqual(linesOfWhole(text));
});

test.prop([texts, sizes])('the lines that have ended are counted, however the text is cut', (text, size) => {
  const count = new LineCount();
  for (const piece of cut(text, size)) count.add(piece);
  expect(count.ended).toBe(linesOfWhole(`${text}.`).length - 1);
});

test.prop([texts, sizes])('the line of each first byte of a line is found', (text, size) => {
  const ends = [...text.matchAll(/\r\n|\n|\r/g)].map(({ index, 0: end }) => index + end.length);
  const bytes = new TextEncoder().encode(text);
  // Asked about once all pieces are there, and the first of them after each piece.
  const finder = new LineFinder(7);
  for (let at = 0; at < bytes.length; at += size) finder.add(bytes.subarray(at, at + size));
  const place = (at: number): number => new TextEncoder().encode(text.slice(0, at)).length;
  expect(ends.map((at) => finder.lineAt(place(at)))).toEqual(ends.map((_, i) => 8 + i));
});

test('a line without an end does not fill the memory', async () => {
  const piece = 'x'.repeat(LONGEST / 2);
  await expect(linesIn(['a\n', piece, piece, 'x'])).rejects.toThrow(
    new DataError(
      `a.txt, line 2: lines of at most ${LONGEST} characters were expected, but a longer one came; split it`,
    ),
  );
});
