import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { SeenTexts } from '../../../src/text/seen-texts.ts';

test.prop([fc.array(fc.string({ maxLength: 2, unit: fc.constantFrom('a', 'b', '\0', '\ud83d', 'é') }))])(
  'the first of equal texts is found',
  (texts) => {
    const seen = new SeenTexts();
    const firsts: string[] = [];
    for (const text of texts) {
      const before = firsts.indexOf(text);
      expect(seen.firstOf(text, () => true)).toBe(before === -1 ? undefined : before);
      if (before === -1) firsts.push(text);
    }
  },
);

test('as many as make it grow often are told apart', () => {
  const seen = new SeenTexts();
  // Of so many, ten or so would have one word of their hashes the same.
  const texts = Array.from({ length: 300_000 }, (_, i) => `text ${i}`);
  expect(texts.map((text) => seen.firstOf(text, () => true)).filter((first) => first !== undefined)).toEqual([]);
  expect(texts.every((text, i) => seen.firstOf(text, () => true) === i)).toBe(true);
});

test('a text whose hash alone is the same is another', () => {
  const seen = new SeenTexts();
  expect(seen.firstOf('a', () => true)).toBe(undefined);
  expect(seen.firstOf('a', () => false)).toBe(undefined);
  expect(seen.firstOf('a', (number) => number === 1)).toBe(1);
});
