import { DataError, dense, embedding, key, OptionError, pooling, softmaxCrossEntropy, TextClassifier } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../../helpers/refusals.ts';

const texts = ['free prize now', 'see you soon', 'see you then', 'win a prize', 'then you see', 'soon'];
const labels = ['spam', 'ham', 'ham', 'spam', 'ham', 'ham'];
const data = { texts, labels };

const made = (): TextClassifier =>
  TextClassifier.from(data, {
    level: 'word',
    engine: 'reference',
    layers: ({ vocabulary, classes }) => [
      embedding({ vocabulary, units: 3 }),
      pooling({ over: 'mean' }),
      dense({ units: classes }),
    ],
  });
const told = { key: key(2), epochs: 3, batchSize: 4 } as const;

/** The history of a training, and the scores after it. */
async function trained(training: object, options: object) {
  const classifier = made();
  const { epochs } = await classifier.fit({ ...data, ...training }, { ...told, ...options });
  const scores = await classifier.evaluate(data, { metrics: ['recall:spam', 'f1-macro'] });
  await classifier.model.dispose();
  return { epochs, scores };
}

describe('a classifier', () => {
  test.each<[string, unknown, unknown]>([
    ['by name', { spam: 3 }, [1, 3]],
    ['by number, in the order of its classes', [2, 5], { 0: 2, 1: 5 }],
    ['balanced', 'balanced', 'balanced'],
  ])('weighs classes %s', async (_, classWeight, byNumber) => {
    const { epochs, scores } = await trained(
      {},
      { classWeight, validation: { ...data, sampleWeight: [1, 2, 0, 1, 1, 4] } },
    );
    const { model, ...classifier } = made();
    expect(classifier.classes).toEqual(['ham', 'spam']);
    const examples = made().encode(data);
    const validation = { ...examples, sampleWeight: [1, 2, 0, 1, 1, 4] };
    const options = { ...told, loss: softmaxCrossEntropy(), classWeight: byNumber as 'balanced', validation };
    expect((await model.fit(examples, options)).epochs).toEqual(epochs);
    const numbered = await model.evaluate(examples, { metrics: ['recall:1', 'f1-macro'] });
    expect(scores).toEqual({
      loss: numbered.loss,
      'recall:spam': numbered['recall:1'],
      'f1-macro': numbered['f1-macro'],
    });
    await model.dispose();
  });

  test('weighs texts', async () => {
    const weights = [2, 1, 1, 1, 1, 1];
    const { epochs } = await trained({ sampleWeight: weights }, {});
    expect(epochs).not.toEqual((await trained({}, {})).epochs);
    expect(epochs).toEqual((await trained({ sampleWeight: weights.map((weight) => 4 * weight) }, {})).epochs);
    expect(made().encode({ ...data, sampleWeight: weights }).sampleWeight).toEqual(weights);
  });

  test('scores classes by name in each epoch', async () => {
    const { epochs } = await trained({}, { metrics: ['precision:spam'], validation: data });
    expect(Object.keys(epochs[0]?.validation ?? {})).toEqual(['loss', 'precision:spam']);
  });
});

test.each<[string, object, object, typeof DataError, string]>([
  ['a class that it does not have', {}, { classWeight: { Spam: 2 } }, OptionError, 'the classes ["ham", "spam"]'],
  ['a weight below 0', {}, { classWeight: { spam: -1 } }, OptionError, 'class "spam", but -1'],
  ['too few weights', {}, { classWeight: [1] }, OptionError, '2 weights, one a class'],
  ['a metric of another class', {}, { metrics: ['recall:Spam'] }, OptionError, '"Spam" came'],
  ['weights of some texts', { sampleWeight: [1] }, {}, DataError, 'for each of 6 samples'],
  ['another name', { weights: [1] }, {}, OptionError, '"weights" is not an option of it'],
])('%s is refused, and changes nothing', async (_, training, options, type, message) => {
  const classifier = made();
  await expectRefusal(() => classifier.fit({ ...data, ...training }, { ...told, ...options }), type, message);
  expect(classifier.model.input).toBeNull();
});
