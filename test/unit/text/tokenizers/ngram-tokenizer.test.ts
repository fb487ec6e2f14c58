import { fc, test } from '@fast-check/vitest';
import { ngramTokenizer, OptionError, wordTokenizer } from 'keepgate';
import { expect } from 'vitest';
import { savedTokenizer, tokenizerToSave } from '../../../../src/text/tokenizers/saved-tokenizer.ts';

test('behind each word come the n-grams that end with it, and then its characters, with its ends', () => {
  const cut = ngramTokenizer({ words: [1, 3], characters: [3, 4] });
  expect(cut.tokenize('Go up, 🙂')).toEqual(
    'go|#<go|#go>|#<go>|up|go up|#<up|#up>|#<up>|,|up ,|go up ,|#<,>|🙂|, 🙂|up , 🙂|#<🙂>'.split('|'),
  );
  expect(ngramTokenizer({ words: [2, 2] }).tokenize('a b c')).toEqual(['a b', 'b c']);
  expect(ngramTokenizer({ words: null, characters: [2, 2] }).tokenize('ab c')).toEqual([
    '#<a',
    '#ab',
    '#b>',
    '#<c',
    '#c>',
  ]);
  expect(ngramTokenizer({ words: [1, 1], lowercase: false }).tokenize('A b')).toEqual(['A', 'b']);
});

test('words alone are the words of the word tokenizer', () => {
  const text = "O'Neill's film cost 3.5 million, 東京";
  expect(ngramTokenizer({ words: [1, 1] }).tokenize(text)).toEqual(wordTokenizer().tokenize(text));
});

const ranges = fc.constantFrom<readonly [number, number] | null>(null, [1, 1], [1, 2], [2, 3], [3, 3]);

test.prop([fc.string({ unit: 'grapheme' }), ranges, ranges, fc.nat(20)])(
  'a limit gives the first of all tokens, and what is saved cuts alike',
  async (text, words, characters, limit) => {
    fc.pre(words !== null || characters !== null);
    const cut = ngramTokenizer({ words, characters });
    expect(cut.tokenize(text, limit)).toEqual(cut.tokenize(text).slice(0, limit));
    const again = await savedTokenizer(JSON.parse(JSON.stringify(tokenizerToSave(cut))));
    expect(again.tokenize(text)).toEqual(cut.tokenize(text));
  },
);

test.each([[[2, 1]], [[0, 1]], [[1]], ['12'], [[1.5, 2]], [[1, 99]]])('a range of %j is refused', (range) => {
  expect(() => ngramTokenizer({ words: range as never })).toThrow(OptionError);
  expect(() => ngramTokenizer({ characters: range as never })).toThrow(/two whole numbers from 1 to 20/);
  expect(() => ngramTokenizer({ words: null })).toThrow(/words or characters were expected/);
});
