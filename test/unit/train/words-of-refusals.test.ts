import {
  bidirectional,
  checkpoint,
  defineSchedule,
  dense,
  earlyStopping,
  type FitOptions,
  key,
  lstm,
  type Metric,
  type ModelStateLike,
  sequential,
  sgd,
  softmaxCrossEntropy,
} from 'keepgate';
import { describe, expect, test } from 'vitest';

/** The one line that something is refused with. */
async function lineOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was refused';
}

const x = [
  [[1], [2]],
  [[0], [3]],
];
const y = [
  [0, 1],
  [1, 0],
];
const told = { key: key(1), epochs: 1, loss: softmaxCrossEntropy() };
const made = () =>
  sequential([lstm({ units: 2, returnSequences: true }), dense({ units: 2 })], { engine: 'reference' });
const trained = (options: object, model = made()) =>
  lineOf(() => model.fit({ x, y }, { ...told, ...options } as FitOptions));

describe('a refusal names what was given, and what to do', () => {
  test('a checkpoint: how often, and where', async () => {
    const every = await lineOf(() => checkpoint({ dir: 'x', every: 0 }));
    expect(every).toBe("checkpoint: a number above 0 was expected as every, which may be 'epoch' too, but 0 came");
    const line = await trained({ callbacks: [checkpoint({ dir: 'package.json' })] });
    expect(line).toBe('checkpoint: a folder was expected at "package.json", but a file came; choose another path');
  });

  test('weights of classes and of one sample of a stream', async () => {
    expect(await trained({ classWeight: 'balance' })).toBe(
      `fit: 'balanced', or numbers from 0 by class, were expected as classWeight, but "balance" came; check the spelling`,
    );
    const stream = function* () {
      yield { x: [[1]], y: [0] };
      yield { x: [[2]], y: [1], weight: '2' as never };
    };
    const line = await lineOf(() => made().fit(stream, told));
    expect(line).toContain('a finite number from 0 was expected as the weight of sample 1, but "2" came');
  });

  test('two callbacks of one name', async () => {
    const callbacks = [earlyStopping({ monitor: 'training.loss' }), earlyStopping({ monitor: 'training.accuracy' })];
    expect(await trained({ callbacks })).toMatch(
      /but "earlyStopping" came twice; leave one out, or give it another name$/,
    );
  });

  test.each([
    ['rmse', 'root-mean-squared-error'],
    ['mae', 'mean-absolute-error'],
    ['bitsPerCharacter', 'bits-per-character'],
    ['topK', 'top-3, for k = 3'],
    ['F1', 'f1'],
  ])('a metric called %s', async (name, meant) => {
    expect(await trained({ metrics: [name] })).toMatch(new RegExp(`but "${name}" came; did you mean ${meant}\\?$`));
  });

  test.each(['constructor', '', 'toString'])('no metric is like "%s"', async (name) => {
    expect(await trained({ metrics: [name] })).toMatch(/came; check the spelling$/);
  });

  test('a part of a state', async () => {
    const model = made();
    await model.build({ kind: 'sequence', size: 1 }, key(1));
    for (const part of [undefined, 'abc', [[Number.NaN, 0]]]) {
      const state = { '0.h': part } as unknown as ModelStateLike;
      expect(await lineOf(() => model.predict([[[1]]], { state }))).toMatch(
        /^predict: state 0\.h: tensor: .* expected/,
      );
    }
    await model.dispose();
  });

  test.each(['bptt', 'stateful'] as const)('%s with a layer that needs all steps', async (option) => {
    const model = sequential([bidirectional(lstm({ units: 1, returnSequences: true })), dense({ units: 2 })]);
    const line = await trained(option === 'bptt' ? { bptt: 1 } : { stateful: true }, model);
    expect(line).toBe(
      `fit: ${option}: layers that go on from step to step were expected, but bidirectional, layer 0, needs the whole sequence at once; leave ${option} out, or take another layer`,
    );
  });
});

// An error of the caller's own code passes as it is, as one of a callback does: what was trained until then is kept.
test.each<[string, (boom: (update: number) => void) => object]>([
  ['a schedule', (boom) => ({ optimizer: sgd({ learningRate: throwing({ boom }) }) })],
  ['a callback', (boom) => ({ callbacks: [{ onStep: ({ step }: { step: number }) => boom(step - 1) }] })],
  ['a metric', (boom) => ({ metrics: [{ name: 'mine', score: () => boom(2) as never } satisfies Metric] })],
])('%s that throws has its error pass, and leaves a whole model', async (_, options) => {
  const mine = new TypeError('mine');
  const model = made();
  const boom = (update: number): void => {
    if (update >= 2) throw mine;
  };
  const run = { ...told, epochs: 4, batchSize: 1, ...options(boom) };
  await expect(model.fit({ x, y }, run)).rejects.toBe(mine);
  const { updates } = model;
  // The same as a run that ends there: no update is half done.
  const signal = new AbortController();
  const other = made();
  const stop = { onStep: ({ step }: { step: number }) => (step >= updates ? signal.abort() : undefined) };
  const plain = { ...told, epochs: 4, batchSize: 1, signal: signal.signal, callbacks: [stop] };
  const optimizer = 'optimizer' in run ? { optimizer: sgd({ learningRate: throwing({ boom: () => {} }) }) } : {};
  if (updates > 0) await other.fit({ x, y }, { ...plain, ...optimizer }).catch(() => {});
  if (updates > 0) expect(await model.predict(x)).toEqual(await other.predict(x));
  // It trains on.
  await model.fit({ x, y }, told);
  expect(model.updates).toBe(updates + 1);
  await Promise.all([model.dispose(), other.dispose()]);
});

const throwing = defineSchedule<[{ boom: (update: number) => void }]>({
  type: 'throwing',
  make: ({ boom }) => ({
    config: {},
    at({ update }) {
      boom(update);
      return 0.1;
    },
  }),
});
