import { fc, test } from '@fast-check/vitest';
import {
  binaryCrossEntropy,
  createEngine,
  defineLayer,
  defineLoss,
  dense,
  embedding,
  KeepgateError,
  key,
  type Layer,
  type LoadOptions,
  loadModel,
  lstm,
  type Model,
  meanSquaredError,
  modelFromFiles,
  sequential,
  sgd,
  softmaxCrossEntropy,
  TextClassifier,
  tensor,
  variational,
} from 'keepgate';
import { afterAll, describe, expect, test as plainTest } from 'vitest';
import { arbitraryModel, SIZE, VOCABULARY } from '../helpers/arbitrary-models.ts';
import { memoryStorage } from '../helpers/memory-storage.ts';

const engine = await createEngine('reference');
afterAll(() => engine.dispose());

/** What JSON, UTF-8 and objects treat in ways of their own. */
const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '',
    ' ',
    '\0',
    '\ud800',
    'a\udc00b',
    '\u2028',
    '👩‍🚀',
    '<unk>',
    '"\\',
  ),
);

const SAMPLES = {
  tokens: [[3, 1, 4, 1], [], [5, 2, 6]],
  sequence: [
    [
      [0.3, -1.2],
      [0.8, 0.1],
    ],
    [[1.1, 0.2]],
  ],
  vector: [
    [0.5, -1.5],
    [1.25, 0.75],
  ],
};
const INPUTS = {
  tokens: { kind: 'tokens', vocabulary: VOCABULARY },
  sequence: { kind: 'sequence', size: SIZE },
  vector: { kind: 'vector', size: SIZE },
} as const;

/** All that a model says of samples, or why it says nothing: to the bit, as JSON writes enough digits for that. */
async function saysOf(model: Model, x: Parameters<Model['predict']>[0]): Promise<string> {
  const { input, output, loss, updates, epochs, layers } = model;
  const said = [
    await model.predict(x).catch(String),
    await model.predictMC(x, { passes: 2, key: key(5) }).catch(String),
  ];
  return JSON.stringify([said, { input, output, updates, epochs }, loss?.config, layers.map(({ config }) => config)]);
}

/** As `save` and `load` go by a storage, and as a page has files: each kind of bytes, and one file as a text. */
async function bothWays(model: Model, options: LoadOptions): Promise<Model[]> {
  const storage = memoryStorage();
  await model.save(storage);
  const files = await model.toFiles();
  const { 'weights.safetensors': weights } = files;
  const given = { ...files, 'weights.safetensors': Uint8Array.from(weights as Uint8Array).buffer };
  return [await loadModel(storage, options), await modelFromFiles(given, options)];
}

async function expectToComeBack(
  model: Model,
  x: Parameters<Model['predict']>[0],
  own: LoadOptions = {},
): Promise<void> {
  const before = await saysOf(model, x);
  const weights = await model.getWeights();
  for (const loaded of await bothWays(model, { ...own, engine })) {
    expect(await saysOf(loaded, x)).toBe(before);
    expect(await loaded.getWeights()).toEqual(weights);
    await loaded.dispose();
  }
}

const losses = fc.constantFrom(null, meanSquaredError(), binaryCrossEntropy(), softmaxCrossEntropy());
const counts = fc.record({ updates: fc.nat(), epochs: fc.nat() });

describe('what save writes, load reads', () => {
  let made = 0;
  let refused = 0;

  test.prop([arbitraryModel, losses, counts, fc.nat()], { numRuns: 150 })(
    'layers of every kind with every option, and their loss',
    async ({ input, makers }, loss, trained, seed) => {
      const layers = makersOrNull(makers);
      const model = layers && sequential(layers, { engine });
      const built = await model?.build(INPUTS[input], key(seed)).then(
        () => true,
        (error) => {
          expect(error).toBeInstanceOf(KeepgateError);
          return false;
        },
      );
      if (!model || !built) {
        refused += 1;
        return;
      }
      made += 1;
      await model.setWeights(await model.getWeights(), { input: INPUTS[input], loss, ...trained });
      await expectToComeBack(model, SAMPLES[input]);
      await model.dispose();
    },
  );

  plainTest('and most of those could be made', () => {
    expect(made).toBeGreaterThan(3 * refused);
  });

  test.prop(
    [
      oddText.filter((type) => type !== ''),
      oddText,
      fc.jsonValue(),
      fc.double({ noDefaultInfinity: true, noNaN: true }),
    ],
    {
      numRuns: 60,
    },
  )(
    "layers and losses of one's own, whatever their types, weights and options are called",
    async (type, name, note, by) => {
      const storage = memoryStorage();
      const own = defineLayer({
        type: `own ${type}`,
        make: (options: { readonly note: unknown; readonly by: number }) => ({
          config: { ...options },
          inputs: { x: { kinds: ['vector'] } },
          outputs: ({ x }) => ({ y: x }),
          weights: () => ({
            [name]: { shape: [2], init: () => tensor([0.5, name.length]), role: 'trained' as const, decays: false },
          }),
          run: (_, __, { x }) => ({
            outputs: { y: { ...x } },
            backward: () => ({ weights: {}, inputs: {} }),
          }),
        }),
      });
      const ownLoss = defineLoss<[{ readonly note: unknown }]>({
        type: `own ${type}`,
        make: (options) => ({ ...meanSquaredError(), config: { ...options } }),
      });
      const model = sequential([dense({ units: 2 }), own({ note, by })], { engine });
      await model.build(INPUTS.vector, key(1));
      await model.setWeights(await model.getWeights(), { input: INPUTS.vector, loss: ownLoss({ note }) });
      const refusal = await model.save(storage).then(
        () => null,
        (error: unknown) => error,
      );
      if (refusal !== null) {
        // No other reader of safetensors takes a name that is no Unicode: it is refused with nothing written.
        expect(/\p{Surrogate}/u.test(name)).toBe(true);
        expect(refusal).toBeInstanceOf(KeepgateError);
        expect(storage.writes).toBe(0);
      } else {
        await expectToComeBack(model, SAMPLES.vector, { layers: { own }, losses: { ownLoss } });
      }
      await model.dispose();
    },
  );
});

const texts = fc.array(
  fc.array(oddText, { maxLength: 4 }).map((parts) => parts.join(' ')),
  { minLength: 2, maxLength: 6 },
);

const classifierOptions = fc.record(
  {
    level: fc.constantFrom('word' as const, 'char' as const),
    lowercase: fc.boolean(),
    maxLength: fc.integer({ min: 1, max: 9 }),
    vocabularySize: fc.integer({ min: 3, max: 9 }),
    minCount: fc.integer({ min: 1, max: 2 }),
    /** Room in the embedding that the vocabulary does not need. */
    room: fc.nat(2),
  },
  { requiredKeys: ['level', 'room'] },
);

describe('what a text classifier saves, it loads', () => {
  let made = 0;

  test.prop([texts, fc.array(oddText, { minLength: 6, maxLength: 6 }), classifierOptions, texts], { numRuns: 100 })(
    'texts and labels of whatever is a string, and every option',
    async (given, names, { room, ...options }, others) => {
      const training = { texts: given, labels: names.slice(0, given.length) };
      const layers: Parameters<typeof TextClassifier.from>[1]['layers'] = ({ vocabulary, classes, unknown }) => [
        embedding({ vocabulary: vocabulary + room, units: 2, unknown }),
        lstm({ units: 2, dropout: variational({ input: 0.2, recurrent: 0.35 }) }),
        dense({ units: classes }),
      ];
      let classifier: TextClassifier;
      try {
        classifier = TextClassifier.from(training, { ...options, layers, engine });
      } catch (error) {
        expect(error).toBeInstanceOf(KeepgateError);
        return;
      }
      made += 1;
      await classifier.fit(training, { key: key(1), epochs: 1, optimizer: sgd({ learningRate: 0.1 }) });
      const before = await saysOfTexts(classifier, [...given, ...others]);
      const storage = memoryStorage();
      await classifier.save(storage);
      for (const loaded of [
        await TextClassifier.load(storage, { engine }),
        await TextClassifier.fromFiles(await classifier.toFiles(), { engine }),
      ]) {
        expect(await saysOfTexts(loaded, [...given, ...others])).toEqual(before);
        expect(loaded.encode(training)).toEqual(classifier.encode(training));
        expect(loaded.vocabulary.toJSON()).toEqual(classifier.vocabulary.toJSON());
        await loaded.model.dispose();
      }
      await classifier.model.dispose();
    },
  );

  plainTest('and most of those could be made', () => {
    expect(made).toBeGreaterThan(60);
  });
});

async function saysOfTexts(classifier: TextClassifier, given: readonly string[]): Promise<unknown> {
  const { classes, maxLength, tokenizer } = classifier;
  return {
    about: { classes, maxLength, level: tokenizer.level, lowercase: tokenizer.lowercase },
    predictions: await classifier.predict(given),
    uncertain: await classifier.predictMC(given, { passes: 2, key: key(3) }),
  };
}

function makersOrNull(makers: readonly (() => Layer)[]): Layer[] | null {
  try {
    return makers.map((make) => make());
  } catch (error) {
    expect(error).toBeInstanceOf(KeepgateError);
    return null;
  }
}
