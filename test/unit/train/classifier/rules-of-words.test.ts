import { dense, embedding, type Files, key, ModelError, pooling, type Storage, TextClassifier } from 'keepgate';
import { expect, test } from 'vitest';

const TRAINING = { texts: ['東京タワー e.g.this', 'b'], labels: ['x', 'y'] };

/** A classifier that is fitted and saved, with its text.json changed. */
async function saved(change: (text: Record<string, unknown>) => void = () => {}) {
  const classifier = TextClassifier.from(TRAINING, {
    level: 'word',
    layers: ({ vocabulary, classes }) => [
      embedding({ vocabulary, units: 2 }),
      pooling({ over: 'mean' }),
      dense({ units: classes }),
    ],
    engine: 'reference',
  });
  await classifier.fit(TRAINING, { key: key(1), epochs: 1 });
  const storage = inMemory();
  await classifier.save(storage);
  const text = textOf(storage);
  change(text);
  storage.files = { ...storage.files, 'text.json': JSON.stringify(text) };
  return storage;
}

function inMemory(): Storage & { files: Files } {
  return {
    files: {},
    async write(files) {
      this.files = files;
      return { warnings: [] };
    },
    async read(names) {
      return Object.fromEntries(names.map((name) => [name, new Uint8Array(Buffer.from(this.files[name] ?? ''))]));
    },
  };
}

function textOf({ files }: { readonly files: Files }): Record<string, unknown> {
  return JSON.parse(String(files['text.json']));
}

test('a saved classifier says by which rules it cuts words, and loads with them', async () => {
  const storage = await saved();
  expect(textOf(storage)).toMatchObject({ level: 'word', lowercase: true, rules: 2 });
  const { tokenizer, vocabulary } = await TextClassifier.load(storage);
  expect(tokenizer.rules).toBe(2);
  expect(vocabulary.encode(tokenizer.tokenize('東'))).not.toEqual([1]);
});

test('one that was saved before rules had numbers goes on with the segmenter, and is saved so again', async () => {
  const storage = await saved((text) => delete text.rules);
  const classifier = await TextClassifier.load(storage);
  expect(classifier.tokenizer.tokenize('東京タワー')).toEqual(['東京タワー']);
  const again = inMemory();
  await classifier.save(again);
  expect(textOf(again)).toMatchObject({ rules: 1 });
});

test('rules that this version does not know are refused', async () => {
  const storage = await saved((text) => {
    text.rules = 3;
  });
  await expect(TextClassifier.load(storage)).rejects.toThrow(ModelError);
  await expect(TextClassifier.load(storage)).rejects.toThrow('1 or 2 was expected as rules, but 3 came');
});
