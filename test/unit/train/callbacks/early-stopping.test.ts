import {
  AbortError,
  accuracy,
  type Callback,
  DivergedError,
  dense,
  type EarlyStoppingOptions,
  earlyStopping,
  type FitOptions,
  key,
  ModelError,
  type Model,
  meanSquaredError,
  OptionError,
  type RunState,
  runFromFiles,
  runToFiles,
  sequential,
  sgd,
  type Tensor,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { METRIC_NAMES } from '../../../../src/train/metrics/metric-named.ts';
import { modeOf } from '../../../../src/train/monitor.ts';
import { expectSameBits } from '../../../helpers/numeric.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

/** Validation wants less than training does: its loss falls, and rises again. */
const training = { x: [[1], [2], [0], [1.5], [0.5]], y: [[3], [5], [1], [4], [2.5]] };
const validation = { x: [[1], [2]], y: [[2], [3.4]] };
const told: FitOptions = {
  key: key(3),
  epochs: 12,
  batchSize: 2,
  loss: meanSquaredError(),
  optimizer: sgd({ learningRate: 0.01, momentum: 0.2 }),
  validation,
};
const fresh = (): Model => sequential([dense({ units: 1 })], { engine: 'reference' });

/** The losses and the weights after each epoch of a run that nobody stops. */
async function unstopped(): Promise<{ losses: number[]; weights: Record<string, Tensor>[] }> {
  const model = fresh();
  const weights: Record<string, Tensor>[] = [];
  const onEpoch = async () => void weights.push(await model.getWeights());
  const { epochs, keptEpoch } = await model.fit(training, { ...told, callbacks: [{ onEpoch }] });
  expect(keptEpoch).toBeUndefined();
  return { losses: epochs.map((epoch) => epoch.validation?.loss as number), weights };
}

const { losses, weights } = await unstopped();
const best = losses.indexOf(Math.min(...losses));

test('the validation loss falls and rises again, in this data', () => {
  expect(best).toBeGreaterThan(1);
  expect(best).toBeLessThan(7);
});

describe('training ends', () => {
  test.each([
    [{ patience: 1 }, 1],
    [{ patience: 0 }, 1],
    [{}, 3],
    [{ patience: 4 }, 4],
  ] as [EarlyStoppingOptions, number][])(
    'with %j so many epochs after the best, and has its weights',
    async (options, waits) => {
      const model = fresh();
      const { epochs, keptEpoch } = await model.fit(training, { ...told, callbacks: [earlyStopping(options)] });
      expect(epochs.length).toBe(best + 1 + waits);
      expect(keptEpoch).toBe(best + 1);
      expectSameBits(await model.getWeights(), weights[best] as never);
      expect([model.epochs, model.updates]).toEqual([best + 1, 3 * (best + 1)]);
    },
  );

  test('with the last weights where those are wanted', async () => {
    const model = fresh();
    const callbacks = [earlyStopping({ patience: 2, restoreBest: false })];
    const { epochs, keptEpoch } = await model.fit(training, { ...told, callbacks });
    expect([epochs.length, keptEpoch]).toEqual([best + 3, undefined]);
    expectSameBits(await model.getWeights(), weights[best + 2] as never);
  });

  test('when what became better did not become so by minDelta', async () => {
    const [first, second] = losses as [number, number];
    const model = fresh();
    const callbacks = [earlyStopping({ patience: 1, minDelta: (first - second) * 1.01 })];
    expect((await model.fit(training, { ...told, callbacks })).keptEpoch).toBe(1);
    const more = [earlyStopping({ patience: 1, minDelta: (first - second) * 0.99 })];
    expect((await fresh().fit(training, { ...told, callbacks: more })).keptEpoch).toBeGreaterThan(1);
  });

  test('by a score of which more is better', async () => {
    const better = {
      name: 'score',
      score: ([p = 0]: readonly number[], y: number | readonly number[]) => -Math.abs(p - ((y as number[])[0] ?? 0)),
    };
    for (const monitor of ['validation.score', 'training.score']) {
      const model = fresh();
      const callbacks = [earlyStopping({ monitor, mode: 'max', patience: 2 })];
      const { epochs, keptEpoch } = await model.fit(training, { ...told, metrics: [better], callbacks });
      const part = monitor.startsWith('training') ? 'training' : 'validation';
      const scores = epochs.map((epoch) => epoch[part]?.score as number);
      expect(keptEpoch).toBe(scores.indexOf(Math.max(...scores)) + 1);
    }
  });
});

describe('the best weights come back', () => {
  const kept = async (more: Partial<FitOptions>, callbacks: readonly Callback[] = []): Promise<unknown> => {
    const model = fresh();
    const all = [earlyStopping({ patience: 9 }), ...callbacks];
    const error = await model.fit(training, { ...told, ...more, callbacks: all }).catch((thrown: unknown) => thrown);
    expectSameBits(await model.getWeights(), weights[best] as never);
    await model.dispose();
    return error;
  };

  test('when a signal ends it', async () => {
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }): void => (step === 3 * (best + 2) + 1 ? stop.abort() : undefined);
    expect(await kept({ signal: stop.signal }, [{ onStep }])).toBeInstanceOf(AbortError);
  });

  test('when all epochs are over', async () => {
    expect(await kept({})).toMatchObject({ keptEpoch: best + 1 });
  });

  test('when it diverges', async () => {
    const model = fresh();
    let poison = false;
    const metric = { name: 'one', score: () => 1 };
    const onEpoch = ({ epoch }: { epoch: number }): void => {
      poison = epoch === best + 2;
    };
    const loss = meanSquaredError();
    const diverging = {
      ...loss,
      evaluate: (...args: Parameters<typeof loss.evaluate>) => {
        const found = loss.evaluate(...args);
        return poison ? { ...found, loss: args[0].upload([Number.NaN], [1]) } : found;
      },
    };
    const callbacks = [earlyStopping({ patience: 9 }), { onEpoch }];
    const fit = model.fit(training, { ...told, metrics: [metric], loss: diverging, callbacks });
    await expect(fit).rejects.toThrow(DivergedError);
    expectSameBits(await model.getWeights(), weights[best] as never);
  });

  test('when a later callback throws', async () => {
    const onEpoch = ({ epoch }: { epoch: number }): void => {
      if (epoch === best + 3) throw new Error('no');
    };
    expect(await kept({}, [{ onEpoch }])).toEqual(new Error('no'));
  });
});

describe('a run with it that is stopped', () => {
  test('goes on to the bits of one that never stopped, wherever that was', async () => {
    const plain = fresh();
    const whole = await plain.fit(training, { ...told, callbacks: [earlyStopping({ patience: 3 })] });
    for (let step = 1; step <= 3 * (best + 4); step++) {
      const states: RunState[] = [];
      const stop = new AbortController();
      const onPause: Callback['onPause'] = async (run) => {
        if (run.step === step) states.push(fromFiles(await run.snapshot()));
        if (run.step === step) stop.abort();
      };
      const begun = fresh();
      const callbacks = [{ onPause }, earlyStopping({ patience: 3 })];
      await begun.fit(training, { ...told, callbacks, signal: stop.signal }).catch(() => {});
      for (const resume of states) {
        const model = fresh();
        const rest = await model.fit(training, { ...told, callbacks: [earlyStopping({ patience: 3 })], resume });
        expect(rest).toEqual(whole);
        const [weights, wanted] = [await model.getWeights(), await plain.getWeights()];
        expectSameBits(weights, wanted);
        expect(Object.keys(weights)).toEqual(Object.keys(wanted));
      }
      expect(states.length).toBeGreaterThan(0);
    }
  });

  test('is over when it was, and goes on where it is made longer', async () => {
    const state = async (): Promise<RunState> => {
      const states: RunState[] = [];
      const onPause: Callback['onPause'] = async (run) =>
        void (run.ending && states.push(fromFiles(await run.snapshot())));
      await fresh().fit(training, { ...told, callbacks: [{ onPause }, earlyStopping({ patience: 1 })] });
      return states[0] as RunState;
    };
    const resume = await state();
    expect(resume.stopped).toBe(true);
    const again = await fresh().fit(training, { ...told, callbacks: [earlyStopping({ patience: 1 })], resume });
    expect(again.epochs.length).toBe(best + 2);
    const longer = await fresh().fit(training, {
      ...told,
      epochs: 13,
      resume,
      callbacks: [earlyStopping({ patience: 3 })],
    });
    expect(longer.epochs.length).toBe(best + 4);
  });

  test('takes no state of another callback of its name, nor weights of another model', async () => {
    const states: RunState[] = [];
    const onPause: Callback['onPause'] = async (run) => void (run.step === 7 && states.push(await run.snapshot()));
    await fresh().fit(training, { ...told, callbacks: [earlyStopping(), { onPause }] });
    const state = states[0] as RunState;
    for (const remembered of [7, {}, { best: '1', waited: 0 }, { best: 1 }]) {
      const resume = { ...state, callbacks: { earlyStopping: remembered } };
      const act = () => fresh().fit(training, { ...told, callbacks: [earlyStopping()], resume });
      await expectRefusal(act, ModelError, 'earlyStopping: its best score');
    }
    for (const wrong of [{}, { ...state.kept, weights: {} }, { ...state.kept, updates: -1 }, 7]) {
      const act = () => fresh().fit(training, { ...told, resume: { ...state, kept: wrong as never } });
      await expectRefusal(act, ModelError);
    }
  });
});

test('a callback serves for one run after the other', async () => {
  const callbacks = [earlyStopping({ patience: 2 })];
  const first = await fresh().fit(training, { ...told, callbacks });
  const second = await fresh().fit(training, { ...told, callbacks });
  expect(second).toEqual(first);
});

test('what cannot be monitored is refused before training', async () => {
  const model = fresh();
  const refused = (options: EarlyStoppingOptions, more: Partial<FitOptions> = {}): Promise<unknown> =>
    model.fit(training, { ...told, ...more, callbacks: [earlyStopping(options)] });
  await expect(refused({ monitor: 'validation.accuracy' })).rejects.toThrow(
    /^earlyStopping: a monitor of validation.loss was expected, but "validation.accuracy" came; /,
  );
  const { validation: _, ...without } = told;
  await expect(model.fit(training, { ...without, callbacks: [earlyStopping()] })).rejects.toThrow(OptionError);
  expect(model.input).toBeNull();
  for (const wrong of [
    { monitor: 'loss' },
    { monitor: 'validation.colour' },
    { monitor: 'validation.lossless' },
    { mode: 'auto' },
    { patience: -1 },
    { patience: 1.5 },
    { minDelta: -1 },
    { restoreBest: 'yes' },
    { patients: 3 },
  ]) {
    await expectRefusal(() => earlyStopping(wrong as never), OptionError, 'earlyStopping: ');
  }
  await expect(refused({}, { metrics: [accuracy(), { name: 'f2', score: () => 1 }] })).resolves.toBeDefined();
});

test('a name tells which scores are better', () => {
  const less = ['loss', 'perplexity', 'bits-per-character', 'root-mean-squared-error', 'mean-absolute-error'];
  const more = ['accuracy', 'auc', 'r2', 'top-5', 'precision', 'recall-macro', 'f1', 'f1:loss', 'recall:an error\n: 1'];
  // All that this package has are told by their names.
  const kinds = METRIC_NAMES.split(', ')
    .filter((name) => !name.startsWith('-'))
    .map((name) => name.replace('top-K', 'top-3').replace(/-macro.*|:CLASS/, ''));
  for (const name of kinds) expect(modeOf('test', `validation.${name}`)).toBe(less.includes(name) ? 'min' : 'max');
  for (const name of less) expect([name, modeOf('test', `validation.${name}`)]).toEqual([name, 'min']);
  for (const name of more) expect([name, modeOf('test', `training.${name}`)]).toEqual([name, 'max']);
});

/** As it comes out of files. */
function fromFiles(state: RunState): RunState {
  return runFromFiles(runToFiles(state));
}
