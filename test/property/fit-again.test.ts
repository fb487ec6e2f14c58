import { fc, test } from '@fast-check/vitest';
import {
  adam,
  createEngine,
  dense,
  type AnyExamples,
  embedding,
  type FitOptions,
  key,
  lstm,
  type Model,
  sequential,
  sgd,
  TextClassifier,
  variational,
} from 'keepgate';
import { afterAll, describe, expect, test as plainTest } from 'vitest';
import { MODELS } from '../helpers/models.ts';

const engine = await createEngine('reference');
afterAll(() => engine.dispose());

/** Without a state: a fresh one is no other than one that goes on. */
const optimizer = sgd({ learningRate: 0.05 });

type Told = Omit<FitOptions, 'epochs'>;

/** The losses of all steps of calls of `fit`, one after the other. */
async function stepLosses(
  model: Model,
  examples: AnyExamples,
  told: Told,
  calls: readonly number[],
): Promise<number[][]> {
  const losses: number[][] = [];
  for (const epochs of calls) {
    const ofCall: number[] = [];
    await model.fit(examples, {
      ...told,
      epochs,
      callbacks: [{ onStep: ({ loss }) => ofCall.push(loss) && undefined }],
    });
    losses.push(ofCall);
  }
  return losses;
}

describe('fit called again goes on', () => {
  const calls = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 3 });
  const rows = fc.constantFrom(...MODELS);

  test.prop([rows, calls, fc.integer({ min: 1, max: 6 }), fc.nat()], { numRuns: 40 })(
    'epochs of several calls are those of one, to the bit',
    async ({ layers, loss, examples }, epochs, batchSize, seed) => {
      const told = { key: key(seed), loss, batchSize, optimizer };
      const [often, once] = [sequential(layers(), { engine }), sequential(layers(), { engine })];
      const parts = await stepLosses(often, examples, told, epochs);
      const total = epochs.reduce((a, b) => a + b);
      expect(parts.flat()).toEqual((await stepLosses(once, examples, told, [total])).flat());
      expect(await often.getWeights()).toEqual(await once.getWeights());
      expect([often.updates, often.epochs]).toEqual([once.updates, total]);
      await Promise.all([often.dispose(), once.dispose()]);
    },
  );

  plainTest('row 9: 30 epochs of 30 calls are those of one call of 30, in a text classifier too', async () => {
    const training = {
      texts: ['a warm film', 'warm and clever', 'a dull film', 'dull and cold', 'so clever', 'so cold'],
      labels: ['good', 'good', 'bad', 'bad', 'good', 'bad'],
    };
    const made = (): TextClassifier =>
      TextClassifier.from(training, {
        level: 'word',
        layers: ({ vocabulary, classes }) => [
          embedding({ vocabulary, units: 4 }),
          lstm({ units: 4, dropout: variational({ input: 0.2, recurrent: 0.5 }) }),
          dense({ units: classes }),
        ],
        engine,
      });
    const [often, once] = [made(), made()];
    const told = { key: key(1), batchSize: 2, optimizer, validation: training };
    const scores: unknown[] = [];
    for (let call = 1; call <= 30; call++) {
      const { epochs } = await often.fit(training, { ...told, epochs: 1 });
      scores.push(...epochs.map(({ training: of, validation }) => [of, validation]));
    }
    const { epochs } = await once.fit(training, { ...told, epochs: 30 });
    expect(scores).toEqual(epochs.map(({ training: of, validation }) => [of, validation]));
    expect(await often.predict(training.texts)).toEqual(await once.predict(training.texts));
    await Promise.all([often.model.dispose(), once.model.dispose()]);
  });

  plainTest('rows 9 and 25: with Adam, it begins with the order and the masks that would have come', async () => {
    const [{ layers, loss, examples }] = MODELS as [(typeof MODELS)[0]];
    const [often, once] = [sequential(layers(), { engine }), sequential(layers(), { engine })];
    const told = { key: key(1), loss, batchSize: 1, optimizer: adam({ learningRate: 0.01 }) };
    const [first = [], second = []] = await stepLosses(often, examples, told, [1, 1]);
    const [both = []] = await stepLosses(once, examples, told, [2]);
    const { length } = first;
    // The loss of a step is that of the weights before it, which no optimizer has changed yet.
    expect([...first, second[0]]).toEqual(both.slice(0, length + 1));
    // From then on what Adam remembers of the first epoch is missing.
    expect(second.slice(1)).not.toEqual(both.slice(length + 1));
    await Promise.all([often.dispose(), once.dispose()]);
  });

  plainTest('weights that hardly move see other orders and masks in each call', async () => {
    const [{ layers, loss, examples }] = MODELS as [(typeof MODELS)[0]];
    const model = sequential(layers(), { engine });
    const told = { key: key(1), loss, batchSize: 2, optimizer: adam({ learningRate: 1e-12 }) };
    const losses = await stepLosses(model, examples, told, [1, 1, 1]);
    const rounded = losses.map((ofCall) => JSON.stringify(ofCall.map((value) => value.toFixed(6))));
    expect(new Set(rounded).size).toBe(3);
    await model.dispose();
  });
});
