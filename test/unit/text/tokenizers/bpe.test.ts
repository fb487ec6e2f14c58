import { readFile } from 'node:fs/promises';
import { fc, test } from '@fast-check/vitest';
import { AbortError, type BpeAlphabet, bpeTokenizer, DataError, OptionError, trainBpe } from 'keepgate';
import { describe, expect } from 'vitest';
import { savedTokenizer, tokenizerToSave } from '../../../../src/text/tokenizers/saved-tokenizer.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const alphabets: BpeAlphabet[] = ['bytes', 'characters'];

test('pairs are joined by how often they occur, and by code points where that is equal', async () => {
  // Sennrich et al. 2016, section 3.2, with the space in front where they have an end of the word.
  const texts = ['low '.repeat(5), 'lower '.repeat(2), 'newest '.repeat(6), 'widest '.repeat(3)];
  const { merges } = await trainBpe(texts, { size: 20, alphabet: 'characters' });
  expect(merges?.slice(0, 6)).toEqual(['e s', 'es t', 'l o', 'lo w', '▁ low', 'e w']);
});

/** The same by the book: all pairs are counted anew for each merge. */
function plainMerges(words: readonly string[], count: number): string[] {
  let parts = words.map((word) => ['▁', ...word]);
  const merges: string[] = [];
  while (merges.length < count) {
    const counts = new Map<string, number>();
    for (const one of parts)
      for (let i = 0; i + 1 < one.length; i++)
        counts.set(`${one[i]} ${one[i + 1]}`, (counts.get(`${one[i]} ${one[i + 1]}`) ?? 0) + 1);
    const pairOf = (name: string): [string, string] => name.split(' ') as [string, string];
    const [best] = [...counts].sort(([a, n], [b, m]) => {
      const [[a1, a2], [b1, b2]] = [pairOf(a), pairOf(b)];
      return m - n || (a1 < b1 ? -1 : a1 > b1 ? 1 : a2 < b2 ? -1 : 1);
    });
    if (!best || best[1] < 2) break;
    const [left, right] = pairOf(best[0]);
    merges.push(best[0]);
    parts = parts.map((one) => {
      const joined: string[] = [];
      for (let i = 0; i < one.length; i++) {
        const isPair = one[i] === left && one[i + 1] === right;
        joined.push(isPair ? left + right : (one[i] as string));
        if (isPair) i += 1;
      }
      return joined;
    });
  }
  return merges;
}

const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 }), {
  maxLength: 12,
});

test.prop([words])('counts that are kept up to date give what counting anew gives', async (list) => {
  const size = new Set(['▁', ...list.join('')]).size + 6;
  const { merges } = await trainBpe(list, { size, alphabet: 'characters' });
  expect(merges).toEqual(list.length === 0 ? [] : plainMerges(list, 6));
});

describe.each(alphabets)('of %s', (alphabet) => {
  test.prop([fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 6 }), fc.string({ unit: 'grapheme' }), fc.nat(9)])(
    'nothing is lost of a text but white space, a limit gives the first tokens, and what is saved cuts alike',
    async (texts, text, limit) => {
      const cut = await trainBpe(texts, { size: 40, alphabet, minCount: 1 });
      const tokens = cut.tokenize(text);
      const plain = (await trainBpe([], { size: 1, alphabet })).tokenize(text);
      expect(tokens.join('')).toBe(plain.join(''));
      expect(cut.tokenize(text, limit)).toEqual(tokens.slice(0, limit));
      const again = await savedTokenizer(JSON.parse(JSON.stringify(tokenizerToSave(cut))));
      expect(again.tokenize(text)).toEqual(tokens);
    },
  );

  test('the order of the texts changes nothing, and a long run of letters takes no long time', async () => {
    const texts = ['the lower the slower', 'widest and lowest', 'the theatre'];
    const [one, other] = [texts, texts.toReversed()].map((list) => trainBpe(list, { size: 60, alphabet }));
    expect((await one)?.merges).toEqual((await other)?.merges);
    expect((await one)?.tokenize('e'.repeat(300_000)).length).toBeGreaterThan(1000);
  });
});

test('bytes give the tokens that the library of Hugging Face gives for the same merges', async () => {
  const read = async (name: string) =>
    JSON.parse(await readFile(new URL(`../../../golden/tokenizers/${name}.json`, import.meta.url), 'utf8'));
  const { merges } = (await read('bpe')).model;
  const { tokenize } = bpeTokenizer({ merges });
  const cases = (await read('ids')).bpe as { text: string; tokens: string[] }[];
  for (const { text, tokens } of cases) if (text === text.normalize('NFC')) expect(tokenize(text)).toEqual(tokens);
});

test('what is no list of texts, of merges, or no option is refused', async () => {
  await expectRefusal(() => trainBpe('text' as never, { size: 9 }), DataError, 'trainBpe', 'pass [text]');
  await expectRefusal(() => trainBpe([7 as never], { size: 9 }), DataError, 'strings were expected as texts');
  await expectRefusal(() => trainBpe([], { size: 0 }), OptionError, 'size');
  await expectRefusal(() => trainBpe([], { size: 9, alphabet: 'letters' as never }), OptionError, 'alphabet');
  await expectRefusal(() => trainBpe(['a'], { size: 9, signal: { aborted: true } }), AbortError, 'trainBpe');
  await expectRefusal(() => bpeTokenizer({ merges: ['a b', 'ab'] }), OptionError, 'merge 1 (from 0)', '"ab"');
  await expectRefusal(() => bpeTokenizer({ merges: ['a b', 'a b'] }), OptionError, 'each pair once');
  await expectRefusal(() => bpeTokenizer({ merges: 'a b' as never }), OptionError, 'a list of pairs');
});
