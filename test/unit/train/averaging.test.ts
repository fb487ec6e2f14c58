import {
  type Averaging,
  type Callback,
  concrete,
  dense,
  earlyStopping,
  embedding,
  type FitOptions,
  fitOptions,
  key,
  lstm,
  type Model,
  ntAsgd,
  OptionError,
  type RunState,
  runFromFiles,
  runToFiles,
  sequential,
  sgd,
  softmaxCrossEntropy,
  swa,
  type Tensor,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { expectSameBits } from '../../helpers/numeric.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const examples = { x: [[3, 1, 4, 1], [5, 2], [2, 6, 5], [3, 5, 1, 4, 2], [6, 1], [4]], y: [0, 1, 1, 0, 0, 1] };
const told: FitOptions = {
  key: key(4),
  epochs: 9,
  batchSize: 2,
  loss: softmaxCrossEntropy(),
  optimizer: sgd({ learningRate: 0.7, momentum: 0.5 }),
  validation: { x: [[1, 5], [4, 2], [6]], y: [0, 1, 0] },
};
const engine = createReferenceEngine();
const fresh = (on = engine): Model =>
  sequential(
    [
      embedding({ vocabulary: 7, units: 3 }),
      lstm({ units: 4, dropout: concrete({ input: 0.3 }) }),
      dense({ units: 2 }),
    ],
    { engine: on },
  );

type Weights = Readonly<Record<string, Tensor>>;

/** The plain weights after each update, and after how many of them each epoch ended. */
async function plainRun(more: Partial<FitOptions> = {}): Promise<{ after: Weights[]; losses: number[] }> {
  const model = fresh();
  const after: Weights[] = [];
  const onStep = async () => void after.push(await model.getWeights());
  const { epochs } = await model.fit(examples, { ...told, ...more, callbacks: [{ onStep }] });
  await model.dispose();
  return { after, losses: epochs.map(({ validation }) => validation?.loss as number) };
}

/** The mean of weights, added up and divided. */
function meanOf(all: readonly Weights[]): Record<string, number[]> {
  const paths = Object.keys(all[0] as Weights);
  return Object.fromEntries(
    paths.map((path) => {
      const rows = all.map((weights) => Array.from((weights[path] as Tensor).toFlat()));
      return [
        path,
        (rows[0] as number[]).map((_, i) => rows.reduce((sum, row) => sum + (row[i] as number), 0) / rows.length),
      ];
    }),
  );
}

function expectClose(weights: Weights, expected: Readonly<Record<string, readonly number[]>>): void {
  for (const [path, values] of Object.entries(expected)) {
    const found = (weights[path] as Tensor).toFlat();
    for (const [i, value] of values.entries()) expect(found[i]).toBeCloseTo(value, 12);
  }
}

const { after, losses } = await plainRun();

/** The epoch after which NT-ASGD averages, by the paper's lines 6 and 7. */
function trigger(logs: readonly number[], n: number): number {
  return logs.findIndex((v, t) => t > n && v > Math.min(...logs.slice(0, t - n)));
}

describe('stochastic weight averaging', () => {
  test.each([1, 4, 9])('from epoch %i gives the mean of the weights at the ends of epochs', async (from) => {
    const model = fresh();
    const { epochs } = await model.fit(examples, { ...told, averaging: swa({ from }) });
    const ends = after.filter((_, i) => i % 3 === 2);
    expectClose(await model.getWeights(), meanOf(ends.slice(from - 1)));
    // What was scored are the averaged weights.
    expect((await model.evaluate(told.validation as typeof examples)).loss).toBe(epochs.at(-1)?.validation?.loss);
    expect(epochs.slice(0, from - 1).map(({ validation }) => validation?.loss)).toEqual(losses.slice(0, from - 1));
    // Training does not see them.
    const plain = await fresh().fit(examples, told);
    expect(epochs.map(({ training }) => training)).toEqual(plain.epochs.map(({ training }) => training));
    await model.dispose();
  });

  test('from an epoch that does not come leaves the last weights', async () => {
    const model = fresh();
    await model.fit(examples, { ...told, averaging: swa({ from: 10 }) });
    expectSameBits(await model.getWeights(), after.at(-1) as never);
  });
});

describe('NT-ASGD', () => {
  test.each([0, 1, 2])('with an interval of %i averages from its trigger on', async (interval) => {
    const model = fresh();
    const { epochs } = await model.fit(examples, { ...told, averaging: ntAsgd({ interval }) });
    const at = trigger(losses, interval);
    expect(at).toBeGreaterThan(interval);
    expect(at).toBeLessThan(8);
    // w_T and all that follow.
    expectClose(await model.getWeights(), meanOf(after.slice(3 * (at + 1) - 1)));
    expect(epochs.slice(0, at + 1).map(({ validation }) => validation?.loss)).toEqual(losses.slice(0, at + 1));
    expect(epochs[at + 1]?.validation?.loss).not.toBe(losses[at + 1]);
    await model.dispose();
  });

  test('looks at a score of which more is better as such', () => {
    const averaging = ntAsgd({ interval: 0, monitor: 'training.accuracy' });
    const history = [0.5, 0.7, 0.8, 0.7].map((accuracy, i) => ({
      epoch: i + 1,
      training: { loss: 1, accuracy },
      validation: null,
    }));
    expect([1, 2, 3, 4].map((count) => averaging.hasBegun(history.slice(0, count)))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });
});

const AVERAGINGS: readonly (readonly [string, Averaging])[] = [
  ['ntAsgd', ntAsgd({ interval: 0 })],
  ['swa', swa({ from: 3 })],
];

describe.each(AVERAGINGS)('with %s', (_, averaging) => {
  test('a run that is written down anywhere goes on to the same bits', async () => {
    const states: RunState[] = [];
    const onPause: Callback['onPause'] = async (run) => void states.push(await run.snapshot());
    const plain = fresh();
    const whole = await plain.fit(examples, { ...told, averaging, callbacks: [{ onPause }] });
    for (const state of states.filter((_, i) => i % 4 === 3)) {
      const resume = runFromFiles(runToFiles(state));
      const model = fresh();
      const options = { ...fitOptions(resume.spec), validation: told.validation as typeof examples };
      expect(await model.fit(examples, { ...options, resume })).toEqual(whole);
      expectSameBits(await model.getWeights(), await plain.getWeights());
      await model.dispose();
    }
    expect(states.at(-1)?.mean?.count).toBeGreaterThan(2);
    await plain.dispose();
  });

  test('the best weights are averaged ones, where those were scored', async () => {
    const model = fresh();
    const callbacks = [earlyStopping({ patience: 20 })];
    const { epochs, keptEpoch } = await model.fit(examples, { ...told, averaging, callbacks });
    const scores = epochs.map(({ validation }) => validation?.loss as number);
    expect(keptEpoch).toBe(scores.indexOf(Math.min(...scores)) + 1);
    expect((await model.evaluate(told.validation as typeof examples)).loss).toBe(Math.min(...scores));
    await model.dispose();
  });

  test('readers have averaged weights while it trains, and nothing is left on the engine', async () => {
    // Of its own: what earlier tests left may be collected meanwhile.
    const engine = createReferenceEngine();
    const model = fresh(engine);
    const seen: boolean[] = [];
    const onEpoch: Callback['onEpoch'] = async ({ validation }) =>
      void seen.push((await model.evaluate(told.validation as typeof examples)).loss === validation?.loss);
    await model.fit(examples, { ...told, averaging, callbacks: [{ onEpoch }] });
    expect(seen).toEqual(seen.map(() => true));
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }): void => (step === 20 ? stop.abort() : undefined);
    await model.fit(examples, { ...told, averaging, signal: stop.signal, callbacks: [{ onStep }] }).catch(() => {});
    expect(engine.liveBuffers).toBe(Object.keys(await model.getWeights()).length);
    await model.dispose();
    expect(engine.liveBuffers).toBe(0);
  });
});

test('what is no averaging, or monitors what no epoch has, is refused before training', async () => {
  const model = fresh();
  for (const [averaging, ...parts] of [
    [{}, 'fit: ntAsgd() or swa() was expected'],
    ['swa', 'fit: ntAsgd() or swa() was expected'],
    [ntAsgd({ monitor: 'validation.perplexity' }), 'fit: ntAsgd: a monitor of validation.loss'],
  ] as const) {
    await expectRefusal(() => model.fit(examples, { ...told, averaging: averaging as never }), OptionError, ...parts);
  }
  expect(model.input).toBeNull();
  for (const act of [
    () => swa({} as never),
    () => swa({ from: 0 }),
    () => ntAsgd({ interval: -1 }),
    () => ntAsgd({ monitor: 'loss' }),
  ])
    await expectRefusal(act, OptionError);
});
