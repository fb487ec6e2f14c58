import {
  adam,
  crossValidate,
  dense,
  embedding,
  fold,
  key,
  type Model,
  ModelError,
  OptionError,
  pooling,
  sequential,
  softmaxCrossEntropy,
  stratifiedKFold,
  TextClassifier,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../../helpers/refusals.ts';

const x = Array.from({ length: 18 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
const y = x.map(([a = 0]) => Number(a > 0.2));
const fit = { epochs: 2, loss: softmaxCrossEntropy(), metrics: ['accuracy', 'f1:1'], classWeight: 'balanced' } as const;
const made = (): Model => sequential([dense({ units: 2 })], { engine: 'reference' });

describe('a cross-validation', () => {
  test('is a fit and an evaluation for each fold, each with a key of its own', async () => {
    const options = { folds: 3, repeats: 2, key: key(4) };
    const found = await crossValidate(made, { x, y }, { ...options, fit });
    const wanted = [];
    for (const [number, { train, test: held }] of stratifiedKFold({ x, y }, options).entries()) {
      const model = made();
      await model.fit(train, { ...fit, key: fold(fold(key(4), 'fold'), number) });
      wanted.push(await model.evaluate(held, { metrics: fit.metrics }));
      await model.dispose();
    }
    expect(found.folds).toEqual(wanted);
    expect(Object.keys(found.scores)).toEqual(['loss', 'accuracy', 'f1:1']);
    const losses = wanted.map(({ loss }) => loss);
    const mean = losses.reduce((a, b) => a + b, 0) / 6;
    expect(found.scores.loss?.mean).toBeCloseTo(mean, 12);
    const variance = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / 5;
    expect(found.scores.loss?.deviation).toBeCloseTo(Math.sqrt(variance), 12);
  });

  test('has no mean of a score that a fold does not have, and shows which', async () => {
    // Two of class 1, so that one part of three has none.
    const rare = x.map((_, i) => Number(i === 4 || i === 11));
    const told = { epochs: 1, loss: softmaxCrossEntropy(), metrics: ['auc', 'accuracy'] };
    const { folds, scores } = await crossValidate(made, { x, y: rare }, { folds: 3, key: key(4), fit: told });
    expect(folds.map(({ auc = 0 }) => Number.isNaN(auc)).sort()).toEqual([false, false, true]);
    expect([scores.auc?.mean, scores.auc?.deviation]).toEqual([Number.NaN, Number.NaN]);
    expect(scores.accuracy?.mean).toBeGreaterThan(0);
  });

  test('takes a list of examples', async () => {
    const list = x.map((one, i) => ({ x: one, y: y[i] as number }));
    const options = { folds: 3, key: key(4), fit };
    expect(await crossValidate(made, list, options)).toEqual(await crossValidate(made, { x, y }, options));
  });

  test('of texts makes a classifier of the training texts, and leaves no model behind', async () => {
    const texts = x.map((_, i) => (i % 3 ? `good ${i}` : `bad ${i}`));
    const data = { texts, labels: texts.map((text) => text.slice(0, 3)) };
    const models: Model[] = [];
    const { folds } = await crossValidate(
      (train) => {
        expect(train.texts).toHaveLength(12);
        const classifier = TextClassifier.from(train, {
          level: 'word',
          engine: 'reference',
          layers: ({ vocabulary, classes }) => [
            embedding({ vocabulary, units: 4 }),
            pooling({ over: 'mean' }),
            dense({ units: classes }),
          ],
        });
        models.push(classifier.model);
        return classifier;
      },
      data,
      {
        folds: 3,
        key: key(1),
        fit: { epochs: 40, optimizer: adam({ learningRate: 0.05 }), classWeight: { bad: 2 }, metrics: ['recall:bad'] },
      },
    );
    expect(folds.map((scores) => scores['recall:bad'])).toEqual([1, 1, 1]);
    expect(models.map(({ input }) => input)).toEqual([null, null, null]);
  });

  test('disposes of the model of a fold that fails', async () => {
    const models: Model[] = [];
    const make = () => {
      models.push(made());
      return models.at(-1) as Model;
    };
    const wrong = { ...fit, metrics: ['recall:9'] };
    const act = () => crossValidate(make, { x, y }, { folds: 2, key: key(1), fit: wrong });
    await expectRefusal(act, OptionError, 'a class from 0 to 1');
    expect(models.map(({ input }) => input)).toEqual([null]);
  });
});

test.each<[string, unknown, unknown, string]>([
  ['what is no model', () => 'model', {}, 'a model or a text classifier was expected from make, but "model" came'],
  ['no function', made(), {}, 'make'],
  ['no options of fit', made, { fit: undefined }, 'crossValidate: fit: an object of options'],
  ['a key of fit', made, { fit: { ...fit, key: key(3) } }, 'fit: options without key were expected'],
  [
    'a run to go on from',
    made,
    { fit: { ...fit, resume: 'run' } },
    'fit: options without resume were expected, but "run" came',
  ],
  ['another option', made, { epochs: 3 }, '"epochs" is not an option of it'],
])('%s is refused', async (_, make, options, message) => {
  const act = () => crossValidate(make as never, { x, y }, { folds: 2, key: key(1), fit, ...(options as object) });
  await expectRefusal(act, OptionError, message);
});

test('a model that was trained already is refused, and stays as it is', async () => {
  const model = made();
  await model.fit({ x, y }, { ...fit, key: key(1) });
  const before = JSON.stringify(await model.predict(x));
  const act = () => crossValidate(() => model, { x, y }, { folds: 2, key: key(1), fit });
  await expectRefusal(
    act,
    ModelError,
    `a model without training was expected from make, but one of ${model.updates} updates`,
  );
  expect(JSON.stringify(await model.predict(x))).toBe(before);
  await model.dispose();
});
