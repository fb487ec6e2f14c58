import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  DataError,
  dense,
  embedding,
  huggingFaceTokenizer,
  key,
  lstm,
  OptionError,
  TextClassifier,
  trainBpe,
  ngramTokenizer,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../../helpers/refusals.ts';

const FILES = { bpe: [null, 0], wordPiece: [1, 0], unigram: [2, 0] } as const;
const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../../golden/tokenizers/${name}.json`, import.meta.url));
const jsonOf = async (name: string) => JSON.parse(await readFile(pathOf(name), 'utf8'));

describe.each(Object.entries(FILES))('%s', (name, [unknownId, paddingId]) => {
  test('the ids are those of its own library, from a path, bytes and JSON', async () => {
    const cases = (await jsonOf('ids'))[name] as { text: string; ids: number[]; withSpecialTokens: number[] }[];
    for (const source of [pathOf(name), await readFile(pathOf(name)), await jsonOf(name)]) {
      const tokenizer = await huggingFaceTokenizer(source);
      expect(cases).toHaveLength(7);
      for (const { text, ids, withSpecialTokens } of cases) {
        expect(tokenizer.encode(text), text).toEqual(ids);
        expect(tokenizer.encode(text, { specialTokens: true }), text).toEqual(withSpecialTokens);
        expect(tokenizer.tokenize(text)).toHaveLength(ids.length);
      }
      expect([tokenizer.unknownId, tokenizer.paddingId]).toEqual([unknownId, paddingId]);
      expect(tokenizer.size).toBeGreaterThan(Math.max(...cases.flatMap(({ ids }) => ids)));
    }
  });

  test('a classifier of its tokens comes back from its files', async () => {
    const tokenizer = await huggingFaceTokenizer(pathOf(name));
    const training = { texts: ['The film played', 'a low line 東'], labels: ['a', 'b'] };
    const classifier = TextClassifier.from(training, { tokenizer, layers, engine: 'reference' });
    await classifier.fit(training, { key: key(1), epochs: 1 });
    const again = await TextClassifier.fromFiles(await classifier.toFiles(), { engine: 'reference' });
    const texts = [...training.texts, 'zzz 🙂'];
    expect(await again.predict(texts)).toEqual(await classifier.predict(texts));
    for (const { model } of [again, classifier]) await model.dispose();
    // What the tokenizer does not know is what the vocabulary does not hold.
    if (tokenizer.unknown !== undefined) {
      expect(classifier.vocabulary.toJSON()).not.toContain(tokenizer.unknown);
      expect(classifier.encode({ texts: ['🙂'], labels: ['a'] }).x[0]).toContain(1);
    }
  });
});

function layers({ vocabulary, classes }: { vocabulary: number; classes: number }) {
  return [embedding({ vocabulary, units: 2 }), lstm({ units: 2 }), dense({ units: classes })];
}

test('n-grams and byte pairs are tokenizers of a classifier, and come back with it', async () => {
  const training = { texts: ['a warm film', 'a dull film'], labels: ['good', 'bad'] };
  const tokenizers = [ngramTokenizer({ characters: [3, 3] }), await trainBpe(training.texts, { size: 30 })];
  for (const tokenizer of tokenizers) {
    const classifier = TextClassifier.from(training, { tokenizer, layers, engine: 'reference' });
    await classifier.fit(training, { key: key(1), epochs: 1 });
    const again = await TextClassifier.fromFiles(await classifier.toFiles(), { engine: 'reference' });
    expect(await again.predict(['a warm dull'])).toEqual(await classifier.predict(['a warm dull']));
    expect(again.tokenizer.level).toBe(tokenizer.level);
    for (const { model } of [again, classifier]) await model.dispose();
  }
  const from = (more: object) => () => TextClassifier.from(training, { layers, ...more });
  expect(from({ tokenizer: ngramTokenizer(), level: 'word' })).toThrow(/level, or a tokenizer, was expected/);
  // What was put together by hand would come back as another.
  expect(from({ tokenizer: { ...ngramTokenizer(), tokenize: (text: string) => [text] } })).toThrow(
    /a tokenizer was expected/,
  );
});

test('what is no such file is refused', async () => {
  await expectRefusal(() => huggingFaceTokenizer('/no/such.json'), DataError, '/no/such.json', 'nothing is there');
  await expectRefusal(() => huggingFaceTokenizer(new TextEncoder().encode('{"a":')), DataError, 'JSON');
  await expectRefusal(() => huggingFaceTokenizer({ merges: [] }), DataError, 'with a model was expected');
  await expectRefusal(() => huggingFaceTokenizer({ model: { type: 'Markov' } }), DataError, '"Markov"', 'WordPiece');
  await expectRefusal(
    () => huggingFaceTokenizer({ model: { type: 'BPE', vocab: 7, merges: 8 } }),
    DataError,
    'tokenizers',
  );
  const pre_tokenizer = { type: 'Strange' };
  const model = { type: 'WordPiece', vocab: { a: 0 }, unk_token: 'a' };
  await expectRefusal(() => huggingFaceTokenizer({ model, pre_tokenizer }), DataError, 'Strange');
  await expectRefusal(() => huggingFaceTokenizer({ model }, { library: {} as never }), OptionError, 'library');
});
