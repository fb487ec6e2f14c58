import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { DataError, OptionError } from '../../../src/errors.ts';
import { key } from '../../../src/random/key.ts';
import { classesOf, deduplicate, type LabelledTexts, split } from '../../../src/text/labelled.ts';

/** Distinct texts in up to 5 classes. The labels are unlike in kind on purpose. */
const examples = fc
  .array(fc.constantFrom('ham', 'spam', '', '__proto__', '😀'), { minLength: 1, maxLength: 60 })
  .map((labels): LabelledTexts => ({ texts: labels.map((_, i) => `text ${i}`), labels }));
const fractions = fc.double({ min: 0.01, max: 0.99, noNaN: true });
const keys = fc.nat().map(key);

const mail: LabelledTexts = {
  texts: Array.from({ length: 30 }, (_, i) => `mail ${i}`),
  labels: Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? 'spam' : 'ham')),
};

function pairs({ texts, labels }: LabelledTexts): string[] {
  return texts.map((text, i) => `${labels[i]}|${text}`).sort();
}

function countOf({ labels }: LabelledTexts, label: string): number {
  return labels.filter((other) => other === label).length;
}

/** The parts, or nothing where the data has no example to spare for the test part. */
function trySplit(...args: Parameters<typeof split>): ReturnType<typeof split> | undefined {
  try {
    return split(...args);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

test('classes come in code-point order', () => {
  expect(classesOf({ texts: ['a', 'b', 'c', 'd'], labels: ['é', 'b', 'Z', 'b'] })).toEqual(['Z', 'b', 'é']);
});

test('the first of equal texts is kept, whatever the labels', () => {
  const data = { texts: ['hi', 'win', 'hi', 'yo', 'win'], labels: ['ham', 'spam', 'spam', 'ham', 'spam'] };
  expect(deduplicate(data)).toEqual({ texts: ['hi', 'win', 'yo'], labels: ['ham', 'spam', 'ham'] });
});

test('texts without labels are deduplicated too', () => {
  expect(deduplicate({ texts: ['b', 'a', 'b'], labels: [] })).toEqual({ texts: ['b', 'a'], labels: [] });
});

test('a split keeps the shares of the classes and the order of the data', () => {
  const { train, test } = split(mail, 0.2, key(5));
  expect([countOf(test, 'spam'), countOf(test, 'ham')]).toEqual([2, 4]);
  expect([countOf(train, 'spam'), countOf(train, 'ham')]).toEqual([8, 16]);
  expect(train.texts).toEqual(mail.texts.filter((text) => train.texts.includes(text)));
});

test('many small classes still give a test part of the right size', () => {
  const labels = Array.from({ length: 40 }, (_, i) => `class ${i >> 1}`);
  const { test } = split({ texts: labels.map((_, i) => `text ${i}`), labels }, 0.2, key(5));
  expect(test.texts).toHaveLength(8);
});

test('the key decides the split', () => {
  expect(split(mail, 0.5, key(5))).toEqual(split(mail, 0.5, key(5)));
  expect(split(mail, 0.5, key(6))).not.toEqual(split(mail, 0.5, key(5)));
});

test.prop([examples, fractions, keys])('both parts together are the data', (data, fraction, k) => {
  const parts = trySplit(data, fraction, k);
  fc.pre(parts !== undefined);
  expect([...pairs(parts.train), ...pairs(parts.test)].sort()).toEqual(pairs(data));
  expect(parts.test.texts).not.toHaveLength(0);
});

test.prop([examples, fractions, keys])(
  'each class has its share to within one, and stays in train',
  (data, fraction, k) => {
    const parts = trySplit(data, fraction, k);
    fc.pre(parts !== undefined);
    for (const label of classesOf(data)) {
      expect(Math.abs(countOf(parts.test, label) - countOf(data, label) * fraction)).toBeLessThan(1 + 1e-9);
      expect(countOf(parts.train, label)).toBeGreaterThan(0);
    }
  },
);

test.each([[0], [1], [-0.2], [Number.NaN]])('the fraction %d is refused', (fraction) => {
  expect(() => split(mail, fraction, key(5))).toThrow(
    new OptionError(`split: a number between 0 and 1 was expected as the fraction, but ${fraction} came`),
  );
});

test('texts without labels cannot be split', () => {
  expect(() => split({ texts: ['a', 'b'], labels: ['x'] }, 0.5, key(5))).toThrow(
    new DataError('split: a label for each of 2 texts was expected, but 1 labels came; read the data with its labels'),
  );
});

test('a split that would leave no test example is refused', () => {
  expect(() => split({ texts: ['a', 'b', 'c'], labels: ['x', 'x', 'y'] }, 0.1, key(5))).toThrow(
    new DataError(
      'split: an example for the test part was expected, but a fraction of 0.1 of 3 examples leaves none; give more data or a larger fraction',
    ),
  );
});

test('labels that all differ are another column (O32)', () => {
  expect(() => split({ texts: ['a', 'b', 'c'], labels: ['x', 'y', 'z'] }, 0.4, key(5))).toThrow(
    new DataError(
      'split: an example for the test part was expected, but each of 3 labels occurs once, and one example of each is for training; check that these are the labels, and not another column',
    ),
  );
});
