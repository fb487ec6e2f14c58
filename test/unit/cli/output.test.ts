import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { escaped, harmless } from '../../../src/cli/output.ts';

test.each([
  ['a tab', 'a\tb', 'a\\tb'],
  ['line ends', 'a\r\nb', 'a\\r\\nb'],
  ['what clears a terminal', '\u001b[2J', '\\u001b[2J'],
  ['the same in one byte', '\u009b2J', '\\u009b2J'],
  ['what some readers take for a line end', 'a\u2028b\u2029c\u0085d', 'a\\u2028b\\u2029c\\u0085d'],
  ['a backslash', 'C:\\new', 'C:\\\\new'],
  ['an emoji of several characters', '👩‍👩‍👧 é', '👩‍👩‍👧 é'],
])('%s in a column', (_, text, column) => {
  expect(escaped(text)).toBe(column);
});

test.prop([fc.string({ unit: 'binary' })])(
  'a column has no control characters, and its text can be had back',
  (text) => {
    const column = escaped(text);
    expect(column).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    const back = column.replaceAll(/\\(u[0-9a-f]{4}|.)/gu, (_, what: string) =>
      what.length > 1
        ? String.fromCharCode(Number.parseInt(what.slice(1), 16))
        : ({ t: '\t', n: '\n', r: '\r' }[what] ?? what),
    );
    expect(back).toBe(text);
    expect(harmless(text)).not.toMatch(/\p{Cc}/u);
  },
);
