import {
  classesOf,
  DataError,
  deduplicate,
  dense,
  embedding,
  frozen,
  key,
  lstm,
  ModelError,
  OptionError,
  pooling,
  readVectors,
  type Signature,
  softmaxCrossEntropy,
  split,
  Tensor,
  TextClassifier,
  type TextClassifierOptions,
  Vocabulary,
  wordTokenizer,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { memoryStorage } from '../../../helpers/memory-storage.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const training = { texts: ['a warm film', 'warm and clever', 'a dull film', 'dull'], labels: ['b', 'b', 'a', 'a'] };
const layers: TextClassifierOptions['layers'] = ({ vocabulary, classes }) => [
  embedding({ vocabulary, units: 3 }),
  lstm({ units: 2 }),
  dense({ units: classes }),
];
const options: TextClassifierOptions = { level: 'word', layers, engine: 'reference' };
const once = { key: key(1), epochs: 1 };

async function trained(): Promise<TextClassifier> {
  const classifier = TextClassifier.from(training, options);
  await classifier.fit(training, once);
  return classifier;
}

const WRONG_LABELS: readonly (readonly [string, unknown, string])[] = [
  ['numbers', [1, 0, 1, 0], 'strings were expected as labels, but 1 came at index 0; pass labels.map(String)'],
  ['booleans', [true, false, true, false], 'but true came at index 0; pass labels.map(String)'],
  ['one undefined', ['b', 'b', undefined, 'a'], 'but undefined came at index 2; leave it out, or give it a string'],
  ['one null', ['b', null, 'a', 'a'], 'but null came at index 1'],
  // biome-ignore lint/suspicious/noSparseArray: a hole is what is tried
  ['a hole', ['b', , 'a', 'a'], 'but undefined came at index 1'],
  ['lists', [['b'], ['b'], ['a'], ['a']], 'but ["b"] came at index 0'],
  ['a Set', new Set(['a', 'b']), 'a list of strings was expected as labels, but a Set came'],
  ['too few', ['b', 'b', 'a'], 'a label for each of 4 texts was expected, but 3 labels came'],
  ['none', undefined, 'a list of strings was expected as labels, but undefined came'],
];

/** Wherever texts come with labels. */
const TAKERS: Readonly<Record<string, (classifier: TextClassifier, data: never) => unknown>> = {
  from: (_, data) => TextClassifier.from(data, options),
  fit: (classifier, data) => classifier.fit(data, once),
  validation: (classifier, data) => classifier.fit(training, { ...once, validation: data }),
  evaluate: (classifier, data) => classifier.evaluate(data),
  encode: (classifier, data) => classifier.encode(data),
  classesOf: (_, data) => classesOf(data),
  deduplicate: (_, data) => deduplicate(data),
  split: (_, data) => split(data, 0.5, key(1)),
};

describe('row 4: labels that are not texts', () => {
  test.each(Object.entries(TAKERS))('are refused by %s, which changes nothing', async (_, take) => {
    const classifier = await trained();
    const before = await classifier.model.getWeights();
    for (const [, labels, message] of WRONG_LABELS) {
      const act = (): unknown => take(classifier, { texts: training.texts, labels } as never);
      await expectRefusal(act, DataError, message);
    }
    for (const texts of [['a', 5, 'b', 'c'], 'a warm film', null, Uint8Array.of(1, 2, 3, 4)]) {
      const act = (): unknown => take(classifier, { texts, labels: training.labels } as never);
      await expectRefusal(act, DataError, 'expected as texts');
    }
    for (const data of [null, 5, [], [training], undefined].filter(
      (one) => take !== TAKERS.validation || one !== undefined,
    )) {
      await expectRefusal(() => take(classifier, data as never), DataError, ': { texts, labels } with two lists');
    }
    await expectRefusal(
      () => take(classifier, { ...training, weights: [1] } as never),
      OptionError,
      '"weights" is not',
    );
    expect(await classifier.model.getWeights()).toEqual(before);
    await classifier.model.dispose();
  });

  test('are names in a classifier that version 0.1.0 saved with them', async () => {
    const classifier = await trained();
    const files = await classifier.toFiles();
    const text = JSON.parse(files['text.json'] as string);
    const old = { ...files, 'text.json': JSON.stringify({ ...text, classes: [0, null] }) };
    const loaded = await TextClassifier.fromFiles(old);
    expect(loaded.classes).toEqual(['0', 'null']);
    await Promise.all([loaded.model.dispose(), classifier.model.dispose()]);
  });
});

describe('O27, O28: what callers without types pass', () => {
  const WRONG: Readonly<Record<string, readonly [Partial<Record<keyof TextClassifierOptions, unknown>>, string]>> = {
    min_count: [{ min_count: 2 } as never, '"min_count" is not an option of it; did you mean minCount?'],
    maxLen: [{ maxLen: 20 } as never, '"maxLen" is not an option of it; its options are level, lowercase, tokenizer, '],
    engin: [{ engin: 'simd' } as never, '"engin" is not an option of it; did you mean engine?'],
    level: [{ level: 'words' }, "'word' or 'char' was expected as the level"],
    lowercase: [{ lowercase: 'yes' }, 'true or false was expected as lowercase, but "yes" came'],
    maxLength: [{ maxLength: '20' }, 'a whole number from 1 was expected as maxLength, but "20" came'],
    vocabularySize: [{ vocabularySize: 2 }, 'a whole number from 3 was expected as vocabularySize, but 2 came'],
    minCount: [{ minCount: 0 }, 'a whole number from 1 was expected as minCount, but 0 came'],
    layers: [{ layers: [] }, 'a function was expected as layers, but [] came'],
  };

  test.each(Object.entries(WRONG))('from: %s', async (_, [wrong, message]) => {
    await expectRefusal(() => TextClassifier.from(training, { ...options, ...wrong } as never), OptionError, message);
  });

  test('from: layers that are none', async () => {
    for (const given of [null, 5, [], [null], Promise.resolve([])]) {
      const act = (): unknown => TextClassifier.from(training, { ...options, layers: () => given as never });
      await expectRefusal(act, ModelError, 'text classifier: ', 'layer');
    }
    for (const given of [null, undefined, 5, [options]])
      await expectRefusal(() => TextClassifier.from(training, given as never), OptionError, 'an object of options');
  });

  test('the methods of a classifier, and row 24: predict with a state', async () => {
    const classifier = await trained();
    const before = await classifier.model.getWeights();
    const calls: readonly (readonly [() => unknown, typeof OptionError | typeof DataError, string])[] = [
      [
        () => classifier.predict('x' as never),
        DataError,
        'a list of strings was expected as texts, but "x" came; pass [text]',
      ],
      [() => classifier.predict([null] as never), DataError, 'but null came at index 0'],
      [() => classifier.predict([42] as never), DataError, 'but 42 came at index 0; pass texts.map(String)'],
      [() => classifier.predict(['x'], { state: 1 } as never), OptionError, '"state" is not an option of it'],
      [() => classifier.predict(['x'], null as never), OptionError, 'an object of options'],
      [() => classifier.predictMC(null as never, { passes: 2 }), DataError, 'a list of strings was expected as texts'],
      [() => classifier.predictMC(['x'], undefined as never), OptionError, 'an object of options'],
      [() => classifier.predictMC(['x'], { passes: 2, keys: 1 } as never), OptionError, 'did you mean key?'],
      [() => classifier.fit(training, undefined as never), OptionError, 'an object of options'],
      [() => classifier.fit(training, { ...once, epoch: 3 } as never), OptionError, 'did you mean epochs?'],
      [() => classifier.fit(training, { ...once, loss: 3 } as never), OptionError, '"loss" is not an option of it'],
      [
        () => classifier.fit(training, { ...once, validation: null } as never),
        DataError,
        'validation: { texts, labels }',
      ],
      [() => classifier.evaluate(training, { metric: 1 } as never), OptionError, 'did you mean metrics?'],
      [() => classifier.save(5 as never), OptionError, 'storage: '],
      [() => TextClassifier.load('nowhere', { engin: 1 } as never), OptionError, 'load: "engin" is not'],
      [() => TextClassifier.load('nowhere', null as never), OptionError, 'load: an object of options'],
      [() => TextClassifier.load(5 as never), OptionError, 'storage: '],
      [() => TextClassifier.fromFiles({}, { engin: 1 } as never), OptionError, 'fromFiles: "engin" is not'],
      [() => new (TextClassifier as unknown as new () => unknown)(), OptionError, 'from(), load() or fromFiles()'],
    ];
    for (const [act, type, message] of calls) await expectRefusal(act, type, message);
    expect(await classifier.model.getWeights()).toEqual(before);
    await classifier.model.dispose();
  });

  test('a vocabulary', async () => {
    const vocabulary = Vocabulary.build([['a', 'b']]);
    const calls: readonly (readonly [() => unknown, typeof OptionError | typeof DataError, string])[] = [
      [() => Vocabulary.build([['a']], { min_count: 1 } as never), OptionError, 'did you mean minCount?'],
      [() => Vocabulary.build([['a']], null as never), OptionError, 'an object of options'],
      [() => Vocabulary.build('abc' as never), DataError, 'lists of tokens were expected, one a text, but "abc" came'],
      [() => Vocabulary.build(null as never), DataError, 'but null came'],
      [() => Vocabulary.build(['abc'] as never), DataError, 'a list of strings was expected as tokens, but "abc" came'],
      [() => Vocabulary.build([['a', 1]] as never), DataError, 'but 1 came at index 1; pass tokens.map(String)'],
      [() => vocabulary.encode('a' as never), DataError, 'but "a" came; pass [token]'],
      [() => vocabulary.encode([5] as never), DataError, 'but 5 came at index 0'],
      [() => vocabulary.decode(2 as never), DataError, 'a list of ids was expected, but 2 came'],
      [() => vocabulary.decode(['length'] as never), DataError, 'ids from 0 to 3 were expected, but "length" came'],
      [() => new (Vocabulary as unknown as new () => unknown)(), DataError, 'an array of tokens was expected'],
    ];
    for (const [act, type, message] of calls) await expectRefusal(act, type, message);
    expect(vocabulary.decode(Int32Array.of(3, 1))).toEqual(['b', '<unk>']);
  });
});

describe('a classifier that could not be told from others, or not be loaded, is refused when it is made', () => {
  test('O31: a vocabulary with nothing in it', async () => {
    const rare = (): unknown => TextClassifier.from(training, { ...options, minCount: 1000 });
    await expectRefusal(rare, DataError, 'a token that occurs 1000 times was expected', 'lower minCount');
    const empty = { texts: ['', ' \n'], labels: ['a', 'b'] };
    const silent = (): unknown => TextClassifier.from(empty, options);
    await expectRefusal(silent, DataError, 'texts with tokens in them', 'all 2 are empty; check the text column');
  });

  test('layers for other token ids, or other classes', async () => {
    const first = embedding({ vocabulary: 9, units: 2 });
    const wrong: readonly (readonly [TextClassifierOptions['layers'], string])[] = [
      [({ vocabulary: v }) => [embedding({ vocabulary: v - 1, units: 2 }), lstm({ units: 2 })], 'but it is for 7'],
      [() => [lstm({ units: 2 })], 'but it is for no token ids; begin with embedding'],
      [
        () => [first, lstm({ units: 2 }), dense({ units: 3 })],
        'but the model gives 3; end with dense({ units: classes })',
      ],
      [() => [first, lstm({ units: 2, returnSequences: true })], 'one for each token'],
      [() => [first, dense({ units: 2 }), pooling({ over: 'max' }), lstm({ units: 2 })], 'a sequence was expected'],
    ];
    for (const [given, message] of wrong)
      await expectRefusal(() => TextClassifier.from(training, { ...options, layers: given }), ModelError, message);
    // Room for more tokens does no harm.
    expect(TextClassifier.from(training, { ...options, layers: () => [first, lstm({ units: 2 })] }).classes).toEqual([
      'a',
      'b',
    ]);
  });
});

test('a save without weights writes nothing', async () => {
  const storage = memoryStorage();
  await expectRefusal(() => TextClassifier.from(training, options).save(storage), ModelError, 'there are none yet');
  expect(storage.writes).toBe(0);
});

describe('a classifier that was saved', () => {
  /** Nothing as it is when it is left out. */
  const unusual: TextClassifierOptions = {
    level: 'char',
    lowercase: true,
    maxLength: 3,
    vocabularySize: 6,
    minCount: 2,
    layers,
    engine: 'reference',
  };
  const probes = ['A WARM film', 'warm', 'dull', '', 'zzz', 'd'];

  test.each<[string, TextClassifierOptions]>([
    ['words', options],
    ['characters, and every option', unusual],
  ])('is loaded with all that it says: %s', async (_, given) => {
    const classifier = TextClassifier.from(training, given);
    await classifier.fit(training, once);
    const storage = memoryStorage();
    expect(await classifier.save(storage)).toEqual({ warnings: [] });
    expect(Object.keys(storage.files).sort()).toEqual(['model.json', 'text.json', 'weights.safetensors']);
    const { classes, maxLength, tokenizer, vocabulary, model } = classifier;
    for (const loaded of [
      await TextClassifier.load(storage, { engine: 'reference' }),
      await TextClassifier.fromFiles(storage.files, { engine: 'reference' }),
      await TextClassifier.fromFiles(await classifier.toFiles(), { engine: 'reference' }),
    ]) {
      expect(loaded.classes).toEqual(classes);
      expect(loaded.maxLength).toBe(maxLength);
      expect({ ...loaded.tokenizer, tokenize: null }).toEqual({ ...tokenizer, tokenize: null });
      expect(loaded.vocabulary.toJSON()).toEqual(vocabulary.toJSON());
      expect(loaded.encode(training)).toEqual(classifier.encode(training));
      expect(await loaded.predict(probes)).toEqual(await classifier.predict(probes));
      const mc = { passes: 3, key: key(2) };
      expect(await loaded.predictMC(probes, mc)).toEqual(await classifier.predictMC(probes, mc));
      expect(await loaded.evaluate(training)).toEqual(await classifier.evaluate(training));
      expect(await loaded.toFiles()).toEqual(await classifier.toFiles());
      await loaded.model.dispose();
    }
    await model.dispose();
  });

  test('is refused without its text.json, or with another', async () => {
    const classifier = await trained();
    const files = await classifier.toFiles();
    const { 'text.json': text, ...rest } = files;
    await expectRefusal(() => TextClassifier.fromFiles(rest), ModelError, 'a file "text.json" was expected');
    const saved = JSON.parse(text as string);
    const wrong: readonly (readonly [unknown, string])[] = [
      [{ ...saved, maxLength: 0 }, 'a whole number from 1 was expected as maxLength'],
      [{ ...saved, maxLength: '20' }, 'a whole number from 1 was expected as maxLength'],
      [{ ...saved, level: 'words' }, 'expected as the level'],
      [{ ...saved, level: undefined }, 'expected as level'],
      [{ ...saved, lowercase: 1 }, 'expected as lowercase'],
      [{ ...saved, rules: 3 }, '1 or 2 was expected as rules'],
      [{ ...saved, classes: 'ab' }, 'a list of names was expected as classes'],
      [{ ...saved, classes: [['a'], 'b'] }, 'a list of names was expected as classes'],
      [{ ...saved, classes: ['a', 'a'] }, 'an output for each of 2 classes'],
      [{ ...saved, classes: ['a', 'b', 'c'] }, 'an output for each of 3 classes'],
      [{ ...saved, vocabulary: [...saved.vocabulary, 'more'] }, 'token ids of the vocabulary was expected'],
      [{ ...saved, vocabulary: ['a', 'a'] }, 'distinct tokens were expected'],
      [{ ...saved, vocabulary: null }, 'an array of tokens was expected'],
      [[], 'text.json'],
      [null, 'text.json'],
    ];
    for (const [value, message] of wrong) {
      const act = (): unknown => TextClassifier.fromFiles({ ...files, 'text.json': JSON.stringify(value) });
      await expectRefusal(act, ModelError, message);
    }
    await classifier.model.dispose();
  });
});

test('a prediction names the likeliest class, and the probability of each', async () => {
  const classifier = await trained();
  const rows = (await classifier.model.predict(
    classifier.encode({ texts: ['warm', 'dull'], labels: ['b', 'a'] }).x,
  )) as [number, number][];
  expect(rows[0]).not.toEqual(rows[1]);
  expect(await classifier.predict(['warm', 'dull'])).toEqual(
    rows.map(([a, b]) => ({ label: a > b ? 'a' : 'b', probabilities: { a, b } })),
  );
  expect(classifier.encode({ texts: ['warm', 'what'], labels: ['b', 'a'] })).toEqual({
    x: [classifier.vocabulary.encode(['warm']), [1]],
    y: [1, 0],
  });
  const stranger = (): unknown => classifier.encode({ texts: ['warm'], labels: ['c'] });
  await expectRefusal(stranger, DataError, 'a label of ["a", "b"] was expected, but "c" came');
  await classifier.model.dispose();
});

test('a classifier of one class is refused; what is left out, and limits of the vocabulary', async () => {
  const same = (): unknown => TextClassifier.from({ texts: ['a', 'b'], labels: ['x', 'x'] }, options);
  await expectRefusal(same, DataError, 'at least 2 classes were expected, but the labels are ["x"]');
  const { maxLength, tokenizer } = TextClassifier.from(training, options);
  expect(maxLength).toBe(200);
  expect(tokenizer).toMatchObject({ level: 'word', lowercase: true, rules: 2 });
  const limits = { ...options, minCount: 2, vocabularySize: 4 };
  expect(TextClassifier.from(training, limits).vocabulary.toJSON()).toEqual(['a', 'dull']);
});

test('no text is of the first class for want of a number', async () => {
  const classifier = await trained();
  const { model } = classifier;
  const weights = Object.entries(await model.getWeights()).map(([path, { data, shape }]) => {
    return [
      path,
      new Tensor(
        data.map((value) => Math.sign(value) * 1e308),
        shape,
      ),
    ] as const;
  });
  await model.setWeights(Object.fromEntries(weights), { input: model.input as Signature, loss: softmaxCrossEntropy() });
  const { texts } = training;
  await expectRefusal(() => classifier.predict(texts), DataError, 'predict: finite numbers', 'at prediction 0');
  const mc = () => classifier.predictMC(texts, { passes: 2, key: key(1) });
  await expectRefusal(mc, DataError, 'predictMC: finite numbers', 'at prediction 0');
  expect(Object.values(await classifier.evaluate(training))).toEqual([Number.NaN, Number.NaN]);
  await model.dispose();
});

test('pretrained vectors are where a classifier begins: frozen they stay, trained they move, and both are saved', async () => {
  const training = { texts: ['a warm film', 'a dull film'], labels: ['good', 'bad'] };
  const vocabulary = Vocabulary.build(training.texts.map((text) => wordTokenizer().tokenize(text)));
  const file = new TextEncoder().encode('dull 0.5 -1\nwarm 0.25 2\n');
  const vectors = await readVectors(file, { vocabulary, key: key(1) });
  const { weights, units } = vectors;
  for (const isFrozen of [true, false]) {
    const words = embedding({ vocabulary: vocabulary.size, units, weights });
    const classifier = TextClassifier.from(training, {
      level: 'word',
      vocabulary,
      layers: ({ classes }) => [isFrozen ? frozen(words) : words, lstm({ units: 3 }), dense({ units: classes })],
      engine: 'reference',
    });
    await classifier.fit(training, { key: key(2), epochs: 2 });
    const again = await TextClassifier.fromFiles(await classifier.toFiles(), { engine: 'reference' });
    for (const { model } of [classifier, again]) {
      const same =
        (await model.getWeights())['0.weight']?.toFlat().join() === Float64Array.from(weights.toFlat()).join();
      expect(same).toBe(isFrozen);
      await model.dispose();
    }
  }
});

test('a vocabulary that is given is the one of the classifier, and leaves no limits to say', async () => {
  const training = { texts: ['a warm film', 'a dull film'], labels: ['good', 'bad'] };
  const layers = ({ vocabulary, classes }: { vocabulary: number; classes: number }) => [
    embedding({ vocabulary, units: 2 }),
    lstm({ units: 2 }),
    dense({ units: classes }),
  ];
  const vocabulary = Vocabulary.build([['warm', 'strange']]);
  const classifier = TextClassifier.from(training, { level: 'word', vocabulary, layers });
  expect(classifier.encode(training).x).toEqual([
    [1, vocabulary.encode(['warm'])[0], 1],
    [1, 1, 1],
  ]);
  const from = (more: object) => () => TextClassifier.from(training, { level: 'word', layers, ...more });
  expect(from({ vocabulary, minCount: 2 })).toThrow(/vocabulary, or vocabularySize and minCount, were expected/);
  expect(from({ vocabulary: ['warm'] })).toThrow(/a vocabulary with tokens in it was expected/);
});
