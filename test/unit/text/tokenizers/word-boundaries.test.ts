import { readFileSync } from 'node:fs';
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { wordsOf } from '../../../../src/text/tokenizers/word-boundaries.ts';

interface Case {
  readonly text: string;
  readonly words: readonly string[];
}

const CASES: readonly Case[] = JSON.parse(readFileSync(new URL('../../../golden/words.json', import.meta.url), 'utf8'));

const words = (text: string): string[] => wordsOf(text, Number.POSITIVE_INFINITY);

test('hard texts are cut as they were when classifiers were saved', () => {
  for (const { text, words: expected } of CASES) expect(words(text)).toEqual(expected);
  expect(CASES.length).toBeGreaterThan(100);
});

/** What decides about boundaries, of scripts with spaces. Letters are rarer than signs, so that most texts are hard. */
const SIGNS = [...'ab1é٣яאカ가_.,:;\'"’·-!@$\u0301\u00ad\u200d'].concat('🇩', '😀', '👍🏽');

test.prop([fc.array(fc.constantFrom(...SIGNS), { maxLength: 9 })], { numRuns: 3000 })(
  'texts in scripts with spaces are cut as the segmenter of Node cuts them',
  (signs) => {
    const text = signs.join('');
    const segmenter = new Intl.Segmenter('en', { granularity: 'word' });
    expect(words(text)).toEqual(Array.from(segmenter.segment(text), ({ segment }) => segment));
  },
);

test('a text is cut as its parts between white space are', () => {
  for (const { text, words: expected } of CASES) expect(words(` ${text}\n${text}`)).toEqual([...expected, ...expected]);
});

test('words past the limit are left out', () => {
  expect(wordsOf('a b. c', 3)).toEqual(['a', 'b', '.']);
  expect(wordsOf('a b. c', 0)).toEqual([]);
});

// Regular expressions of some hosts give up in the midst of such a word.
test('a word of 200,000 letters is one word', () => {
  for (const letter of ['a', "a'", '가', 'カ', '1', '_', '\u0301']) {
    expect(words(letter.repeat(2e5)).length).toBeLessThanOrEqual(2);
  }
});
