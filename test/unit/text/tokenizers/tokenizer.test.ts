import { fc, test } from '@fast-check/vitest';
import { expect, vi } from 'vitest';
import { OptionError } from '../../../../src/errors.ts';
import { savedTokenizer } from '../../../../src/text/tokenizers/saved-tokenizer.ts';
import { charTokenizer, tokenizer, wordTokenizer } from '../../../../src/text/tokenizers/tokenizer.ts';

const anyText = fc.string({ unit: 'binary' });

test('words are tokens, and so are punctuation marks and symbols', () => {
  const tokens = wordTokenizer().tokenize("Don't pay £5.50\tat\r\n12:30 :)");
  expect(tokens).toEqual(["don't", 'pay', '£', '5.50', 'at', '12', ':', '30', ':', ')']);
});

test('words keep their case on request', () => {
  expect(wordTokenizer({ lowercase: false }).tokenize('WIN a Prize!')).toEqual(['WIN', 'a', 'Prize', '!']);
});

test('characters are code points, white space included', () => {
  expect(charTokenizer().tokenize('Ab 😀')).toEqual(['A', 'b', ' ', '😀']);
  expect(charTokenizer({ lowercase: true }).tokenize('Ab 😀')).toEqual(['a', 'b', ' ', '😀']);
});

test('an accent written apart gives the token of the accented letter', () => {
  expect(wordTokenizer().tokenize('Cafe\u0301')).toEqual(['caf\u00e9']);
  expect(charTokenizer().tokenize('e\u0301')).toEqual(['\u00e9']);
});

test('a pair that is composed in lower case alone is composed', () => {
  expect(charTokenizer({ lowercase: true }).tokenize('J\u030c')).toEqual(['\u01f0']);
});

test('a text without words has no tokens', () => {
  expect(wordTokenizer().tokenize(' \t\r\n\u00a0')).toEqual([]);
  expect(wordTokenizer().tokenize('')).toEqual([]);
});

test.prop([anyText])('the tokens of words hold all of the text but its white space', (text) => {
  const bare = (value: string): string => value.replace(/\s/gu, '').normalize('NFC');
  expect(bare(wordTokenizer({ lowercase: false }).tokenize(text).join(''))).toBe(bare(text));
});

test.prop([anyText])('the tokens of characters are the text', (text) => {
  expect(charTokenizer().tokenize(text).join('')).toBe(text.normalize('NFC'));
});

test.prop([anyText, fc.constantFrom('word', 'char'), fc.nat(12)])(
  'a limit gives the first tokens of all',
  (text, level, limit) => {
    const { tokenize } = tokenizer(level);
    expect(tokenize(text, limit)).toEqual(tokenize(text).slice(0, limit));
  },
);

test('characters past the limit are not looked for', () => {
  const cut = vi.spyOn(Array, 'from');
  try {
    const tokens = charTokenizer().tokenize('😀b'.repeat(50_000), 3);
    const seen = cut.mock.calls.map(([text]) => (text as unknown as string).length);
    expect(tokens).toEqual(['😀', 'b', '😀']);
    expect(seen).toEqual([6]);
  } finally {
    cut.mockRestore();
  }
});

test.prop([anyText, fc.constantFrom('word', 'char'), fc.boolean()])(
  'two spellings of a text have the same tokens',
  (text, level, lowercase) => {
    const { tokenize } = tokenizer(level, { lowercase });
    expect(tokenize(text.normalize('NFD'))).toEqual(tokenize(text.normalize('NFC')));
  },
);

test('a tokenizer is made by name and tells how it was made', () => {
  expect(tokenizer('word')).toMatchObject({ level: 'word', lowercase: true, rules: 2 });
  expect(tokenizer('char')).toMatchObject({ level: 'char', lowercase: false });
  expect(tokenizer('word', { lowercase: false })).toMatchObject({ level: 'word', lowercase: false });
});

test('an unknown level is refused', () => {
  expect(() => tokenizer('sentence')).toThrow(
    new OptionError(`tokenizer: 'word' or 'char' was expected as the level, but "sentence" came`),
  );
});

test('words are cut by the rules that are asked for', () => {
  const text = '東京タワー e.g.this';
  expect(wordTokenizer().tokenize(text)).toEqual(['東', '京', 'タワー', 'e.g.this']);
  // The segmenter of the host that runs the tests is Node's.
  expect(wordTokenizer({ rules: 1 }).tokenize(text)).toEqual(['東京タワー', 'e.g.this']);
  expect(wordTokenizer({ rules: 1 }).tokenize(text, 1)).toEqual(['東京タワー']);
});

test('rules that are not known are refused, and so are rules for characters', () => {
  expect(() => wordTokenizer({ rules: 3 as 2 })).toThrow(
    new OptionError('wordTokenizer: 1 or 2 was expected as rules, but 3 came; a newer keepgate may have more'),
  );
  expect(() => tokenizer('char', { rules: 2 })).toThrow(OptionError);
});

test('a tokenizer comes back from what is saved of it', async () => {
  const saved = [wordTokenizer(), wordTokenizer({ rules: 1, lowercase: false }), charTokenizer({ lowercase: true })];
  for (const { level, lowercase, rules } of saved) {
    expect(await savedTokenizer({ level, lowercase, rules })).toMatchObject(
      rules ? { level, lowercase, rules } : { level, lowercase },
    );
  }
});

test('words that were saved when rules had no number are cut by the segmenter', async () => {
  expect(await savedTokenizer({ level: 'word', lowercase: true, rules: undefined })).toMatchObject({ rules: 1 });
  expect(await savedTokenizer({ level: 'char', lowercase: true, rules: undefined })).not.toHaveProperty('rules');
  await expect(savedTokenizer({ level: 'word', lowercase: 1, rules: 2 })).rejects.toThrow(OptionError);
});
