import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { byCodePoint } from '../../../src/text/code-point-order.ts';

const texts = fc.string({ unit: 'binary' });

/** The definition, spelled out: the first code point that differs decides, then the length. */
function reference(a: string, b: string): number {
  const [pointsA, pointsB] = [a, b].map((text) => Array.from(text, (char) => char.codePointAt(0) ?? 0)) as [
    number[],
    number[],
  ];
  const at = pointsA.findIndex((point, i) => point !== pointsB[i]);
  if (at === -1) return pointsA.length - pointsB.length;
  return at < pointsB.length ? (pointsA[at] ?? 0) - (pointsB[at] ?? 0) : 1;
}

test.prop([texts, texts])('any two texts compare as their code points do', (a, b) => {
  expect(Math.sign(byCodePoint(a, b))).toBe(Math.sign(reference(a, b)));
});

test.prop([texts, texts, texts])('texts with a shared start compare as their code points do', (start, a, b) => {
  expect(Math.sign(byCodePoint(start + a, start + b))).toBe(Math.sign(reference(a, b)));
});

test('an emoji comes after the last code points that one unit holds', () => {
  expect(['😀', '\uffee', 'z', 'é', '\ud7ff', 'Z'].sort(byCodePoint)).toEqual([
    'Z',
    'z',
    'é',
    '\ud7ff',
    '\uffee',
    '😀',
  ]);
});
