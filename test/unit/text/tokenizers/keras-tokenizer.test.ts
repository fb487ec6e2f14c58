import { kerasTokenizer, OptionError } from 'keepgate';
import { expect, test } from 'vitest';
import { savedTokenizer, tokenizerToSave } from '../../../../src/text/tokenizers/saved-tokenizer.ts';

test('texts are cut as TextVectorization cuts them', () => {
  const cut = kerasTokenizer();
  // ASCII letters and white space alone: an accented capital stays, and a no-break space is part of a word.
  expect(cut.tokenize("It's  a\tFILM -\u00a0no ÀÉ?\n")).toEqual(['its', 'a', 'film', '\u00a0no', 'ÀÉ']);
  expect(cut.tokenize('a b c', 2)).toEqual(['a', 'b']);
  expect(kerasTokenizer({ strip: false, lowercase: false }).tokenize('A b.')).toEqual(['A', 'b.']);
  expect(kerasTokenizer({ split: 'character' }).tokenize('A 😀!')).toEqual(['a', ' ', '😀']);
  expect(kerasTokenizer().tokenize(' ... ')).toEqual([]);
});

test('it is saved as what it is', async () => {
  const saved = tokenizerToSave(kerasTokenizer({ split: 'character', strip: false }));
  const again = await savedTokenizer(saved);
  expect(again).toMatchObject({ level: 'keras', split: 'character', strip: false, lowercase: true });
  await expect(savedTokenizer({ ...saved, split: 'words' })).rejects.toThrow(OptionError);
});
