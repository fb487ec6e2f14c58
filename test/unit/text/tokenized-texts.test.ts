import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import type { DataError } from '../../../src/errors.ts';
import { key } from '../../../src/random/key.ts';
import { deduplicate, type LabelledTexts, split } from '../../../src/text/labelled.ts';
import { TokenizedTexts, unknownShare } from '../../../src/text/tokenized-texts.ts';
import { tokenizer } from '../../../src/text/tokenizers/tokenizer.ts';
import { Vocabulary } from '../../../src/text/vocabulary.ts';

const words = fc.constantFrom('a', 'film', 'warm', 'dull', '.', 'constructor', '__proto__', 'É');
const data = fc
  .array(fc.tuple(fc.array(words, { maxLength: 6 }), fc.constantFrom('x', 'y', '__proto__')), { maxLength: 40 })
  .map(
    (rows): LabelledTexts => ({ texts: rows.map(([text]) => text.join(' ')), labels: rows.map(([, label]) => label) }),
  );

test.prop([data, fc.constantFrom('word', 'char'), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 })])(
  'what training gets is what deduplicate, split, Vocabulary.build and encode give',
  (all, level, maxLength, minCount) => {
    const cut = tokenizer(level);
    const texts = new TokenizedTexts(cut, maxLength);
    const half = Math.floor(all.texts.length / 2);
    texts.add({ texts: all.texts.slice(0, half), labels: all.labels.slice(0, half) });
    texts.add({ texts: all.texts.slice(half), labels: all.labels.slice(half) });
    const distinct = deduplicate(all);
    let parts: ReturnType<typeof split>;
    try {
      parts = split(distinct, 0.3, key(4));
    } catch (error) {
      expect(() => texts.encode(0.3, key(4), {})).toThrow(error as DataError);
      return;
    }
    const tokens = ({ texts: some }: LabelledTexts) => some.map((text) => cut.tokenize(text, maxLength));
    const expected = Vocabulary.build(tokens(parts.train), { minCount });
    const { vocabulary, training, test: held } = texts.encode(0.3, key(4), { minCount });
    expect(vocabulary.toJSON()).toEqual(expected.toJSON());
    for (const [found, part] of [
      [training, parts.train],
      [held, parts.test],
    ] as const) {
      expect(found.labels).toEqual(part.labels);
      const ids = tokens(part).map((list) => expected.encode(list));
      expect(found.ids.map((row) => [...row])).toEqual(ids);
      const flat = ids.flat();
      expect(unknownShare(found)).toBe(flat.length === 0 ? 0 : flat.filter((id) => id === 1).length / flat.length);
    }
    const repeated = all.texts.length - distinct.texts.length;
    const cutOff = distinct.texts.filter((text) => cut.tokenize(text).length > maxLength).length;
    expect(texts.counts).toMatchObject({ texts: distinct.texts.length, repeated, cutOff });
  },
);

test('texts that come again with another label are counted, and their labels told', () => {
  const texts = new TokenizedTexts(tokenizer('word'), 10);
  texts.add({ texts: ['hi', 'yo', 'hi', 'hi', 'yo'], labels: ['ham', 'ham', 'ham', 'spam', 'eggs'] });
  expect(texts.counts).toEqual({
    texts: 2,
    repeated: 3,
    contradicting: 2,
    contradiction: ['ham', 'spam'],
    cutOff: 0,
  });
});

test('texts that differ only after what is read are different texts', () => {
  const texts = new TokenizedTexts(tokenizer('word'), 2);
  texts.add({ texts: ['a b c', 'a b d', 'a b'], labels: ['x', 'x', 'x'] });
  expect(texts.counts).toMatchObject({ texts: 3, repeated: 0, cutOff: 2 });
});

test('a text longer than what is allotted at a time is kept whole', () => {
  const texts = new TokenizedTexts(tokenizer('char'), 2 ** 21);
  const long = 'ab'.repeat(2 ** 20 - 1);
  texts.add({ texts: ['a', long, 'b'], labels: ['x', 'x', 'x'] });
  const { training, test: held } = texts.encode(0.4, key(1), {});
  expect([...training.ids, ...held.ids].map(({ length }) => length).sort((a, b) => a - b)).toEqual([1, 1, long.length]);
});
