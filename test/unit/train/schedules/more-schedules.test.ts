import {
  adam,
  cosineDecay,
  defineSchedule,
  dense,
  type Epoch,
  exponentialDecay,
  fitOptions,
  key,
  type LearningRateSchedule,
  linearWarmUp,
  meanSquaredError,
  ModelError,
  oneCycle,
  OptionError,
  reduceOnPlateau,
  sequential,
  sgd,
  stepDecay,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { restoreOptimizer } from '../../../../src/train/optimizers/optimizers.ts';
import { learningRateAt } from '../../../../src/train/schedules/learning-rate-schedule.ts';
import { expectSameBits } from '../../../helpers/numeric.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';
import { range } from '../../../helpers/tensors.ts';

const at = (schedule: LearningRateSchedule, update: number, epoch = 0): number =>
  learningRateAt(schedule, { update, epoch });

const ALL: readonly LearningRateSchedule[] = [
  stepDecay({ initial: 0.1, factor: 0.5, every: 3 }),
  exponentialDecay({ initial: 0.1, factor: 0.5, every: 3, by: 'epoch' }),
  cosineDecay({ initial: 0.1, over: 9, by: 'epoch' }),
  linearWarmUp({ to: 0.1, over: 4 }),
  linearWarmUp({ to: linearWarmUp({ to: oneCycle({ peak: 0.1, over: 9 }), over: 2, from: 0 }), over: 4, by: 'epoch' }),
  oneCycle({ peak: 0.1, over: 9, shape: 'linear' }),
  reduceOnPlateau({ initial: 0.1, patience: 0, monitor: 'training.loss' }),
];

const history: readonly Epoch[] = [3, 2, 2, 1, 1, 1, 0.5].map((loss, i) => ({
  epoch: i + 1,
  training: { loss },
  validation: null,
}));

describe.each(ALL.map((schedule) => ({ name: JSON.stringify(schedule.config), schedule })))('$name', ({ schedule }) => {
  test('comes back from the config of an optimizer', () => {
    const { learningRate } = restoreOptimizer(JSON.parse(JSON.stringify(sgd({ learningRate: schedule }).config)));
    const read = learningRate as LearningRateSchedule;
    expect(read.config).toEqual(schedule.config);
    expect(read.monitor).toBe(schedule.monitor);
    for (const update of range(0, 15)) {
      const time = { update, epoch: Math.floor(update / 2), history: history.slice(0, Math.floor(update / 2)) };
      expect(learningRateAt(read, time)).toBe(learningRateAt(schedule, time));
    }
  });

  test('gives finite numbers from 0 at any time, the same for the same time, in any order', () => {
    const times = [0, 1, 2, 3, 8, 9, 10, 1e3, 1e9, 2 ** 53 - 1].map((n) => ({ update: n, epoch: n, history }));
    const found = times.map((time) => learningRateAt(schedule, time));
    expect(found.every((value) => value >= 0 && value <= 0.1)).toBe(true);
    expect(times.toReversed().map((time) => learningRateAt(schedule, time))).toEqual(found.toReversed());
  });
});

describe('in their own unit', () => {
  test('a step decay falls after every so many', () => {
    const byEpoch = stepDecay({ initial: 0.4, factor: 0.5, every: 2, by: 'epoch' });
    expect(range(0, 5).map((epoch) => at(byEpoch, 100, epoch))).toEqual([0.4, 0.4, 0.2, 0.2, 0.1]);
    expect(at(stepDecay({ initial: 0.4, factor: 0.5, every: 2 }), 2, 100)).toBe(0.2);
  });

  test('a warm-up begins what comes after when it is over', () => {
    const inner = stepDecay({ initial: 0.4, factor: 0.5, every: 3 });
    const schedule = linearWarmUp({ to: inner, over: 4, from: 0.5 });
    expect(at(schedule, 0)).toBe(0.2);
    expect(range(4, 20).map((update) => at(schedule, update))).toEqual(range(0, 16).map((update) => at(inner, update)));
    // One that counts epochs counts those of the run, during the warm-up as well.
    const mixed = linearWarmUp({
      to: stepDecay({ initial: 0.4, factor: 0.5, every: 1, by: 'epoch' }),
      over: 4,
      from: 0,
    });
    expect([at(mixed, 2, 0), at(mixed, 2, 1), at(mixed, 9, 2)]).toEqual([0.2, 0.1, 0.1]);
  });

  test('what is over stays at its end', () => {
    expect(at(cosineDecay({ initial: 0.1, over: 5, final: 0.02 }), 77)).toBe(0.02);
    expect(at(oneCycle({ peak: 0.1, over: 5, startDivisor: 10, endDivisor: 10 }), 77)).toBeCloseTo(0.001, 15);
    // As short as can be, and with a peak at the first update, where PyTorch divides by 0.
    expect(at(oneCycle({ peak: 0.1, over: 1, startDivisor: 10, endDivisor: 10 }), 0)).toBeCloseTo(0.001, 15);
    expect(at(oneCycle({ peak: 0.1, over: 2, rise: 0.5 }), 0)).toBe(0.1);
    expect(at(oneCycle({ peak: 0.1, over: 2, rise: 0 }), 1)).toBeCloseTo(0.1 / 25e4, 15);
  });
});

describe('reduceOnPlateau', () => {
  const learningRates = (schedule: LearningRateSchedule, scores: readonly number[]): number[] => {
    const epochs = scores.map((loss, i) => ({ epoch: i + 1, training: { loss: 0 }, validation: { loss } }));
    return range(0, scores.length + 1).map((epoch) =>
      learningRateAt(schedule, { update: 0, epoch, history: epochs.slice(0, epoch) }),
    );
  };

  test('lowers after patience, and waits while it cools', () => {
    const schedule = reduceOnPlateau({ initial: 0.8, factor: 0.5, patience: 1, cooldown: 2 });
    expect(learningRates(schedule, [5, 5, 5, 5, 5, 5, 5])).toEqual([0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.4, 0.2]);
  });

  test('does not take what is no number for better, and stops at its minimum, which does not raise it', () => {
    const told = { initial: 0.8, factor: 0.5, patience: 0 };
    expect(learningRates(reduceOnPlateau({ ...told, minimum: 0.3 }), [Number.NaN, 1, 1, 1])).toEqual([
      0.8, 0.4, 0.4, 0.3, 0.3,
    ]);
    expect(learningRates(reduceOnPlateau({ ...told, minimum: 9 }), [1, 1, 1])).toEqual([0.8, 0.8, 0.8, 0.8]);
    expect(learningRates(reduceOnPlateau({ ...told, mode: 'max' }), [1, 2, 2])).toEqual([0.8, 0.8, 0.8, 0.4]);
  });

  test('is the same for a list that grows as for new ones, and for another list after it', () => {
    const schedule = reduceOnPlateau({ initial: 0.8, factor: 0.5, patience: 0, monitor: 'training.loss' });
    const growing: Epoch[] = [];
    const seen = [schedule.at({ update: 0, epoch: 0, history: growing })];
    for (const epoch of history) {
      growing.push(epoch);
      seen.push(schedule.at({ update: 0, epoch: growing.length, history: growing }));
    }
    expect(seen).toEqual(range(0, 8).map((n) => schedule.at({ update: 0, epoch: n, history: history.slice(0, n) })));
    growing.length = 3;
    expect(schedule.at({ update: 0, epoch: 3, history: growing })).toBe(seen[3]);
  });

  const x = [[0], [1]];
  const y = [[1], [3]];
  const run = { key: key(1), epochs: 6, loss: meanSquaredError() };

  test.each<[string, LearningRateSchedule, object, string]>([
    ['no validation', reduceOnPlateau({ initial: 0.1 }), {}, 'validation data was expected, as "validation.loss" is'],
    [
      'no such metric',
      reduceOnPlateau({ initial: 0.1, monitor: 'training.accuracy' }),
      {},
      'a monitor of training.loss was expected, but "training.accuracy" came',
    ],
    [
      'within a warm-up',
      linearWarmUp({ over: 3, to: reduceOnPlateau({ initial: 0.1, monitor: 'validation.f1' }) }),
      { validation: { x, y } },
      'a monitor of validation.loss was expected',
    ],
  ])('is told before training of %s', async (_, learningRate, more, message) => {
    const model = sequential([dense({ units: 1 })], { engine: 'reference' });
    const act = (): unknown => model.fit({ x, y }, { ...run, ...more, optimizer: sgd({ learningRate }) });
    await expectRefusal(act, OptionError, 'fit: ', message);
    expect(model.input).toBeNull();
  });

  test('looks at validation, and trains as its learning rates would by hand', async () => {
    const [model, byHand] = [0, 1].map(() => sequential([dense({ units: 1 })], { engine: 'reference' })) as [
      ReturnType<typeof sequential>,
      ReturnType<typeof sequential>,
    ];
    const told = { ...run, validation: { x, y: [[9], [-9]] } };
    const learningRate = reduceOnPlateau({ initial: 0.2, factor: 0.5, patience: 0, minDelta: 5 });
    const { epochs } = await model.fit({ x, y }, { ...told, optimizer: sgd({ learningRate }) });
    const given = defineSchedule({
      type: 'given',
      make: () => ({
        config: {},
        at: ({ epoch }) =>
          learningRates(
            learningRate,
            epochs.map(({ validation }) => validation?.loss ?? 0),
          )[epoch] as number,
      }),
    })();
    await byHand.fit({ x, y }, { ...told, optimizer: sgd({ learningRate: given }) });
    expectSameBits(await model.getWeights(), await byHand.getWeights());
    expect(given.at({ update: 5, epoch: 5 })).toBeLessThan(0.2);
  });
});

describe('what is no option', () => {
  const decay = { initial: 0.1, factor: 0.5, every: 2 };
  test.each<[string, (options: never) => unknown, unknown, string]>([
    ['stepDecay', stepDecay, { ...decay, every: 0 }, 'a whole number from 1 was expected as every'],
    ['stepDecay', stepDecay, { ...decay, factor: -1 }, 'as factor, but -1 came'],
    ['stepDecay', stepDecay, { ...decay, initial: Number.NaN }, 'as initial, but NaN came'],
    ['stepDecay', stepDecay, { ...decay, by: 'step' }, '"update" or "epoch" was expected as by, but "step" came'],
    ['exponentialDecay', exponentialDecay, { ...decay, by: 'epochs' }, '"update" or "epoch" was expected as by'],
    ['cosineDecay', cosineDecay, { initial: 0.1 }, 'a whole number from 1 was expected as over, but undefined came'],
    ['cosineDecay', cosineDecay, { initial: 0.1, over: 3, final: -1 }, 'as final, but -1 came'],
    ['cosineDecay', cosineDecay, { initial: 0.1, over: 3, finale: 1 }, 'did you mean final?'],
    ['cosineDecay', cosineDecay, { initial: '1', over: 3 }, 'as initial, but "1" came'],
    ['cosineDecay', cosineDecay, { initial: 1, over: 3, by: 0 }, 'as by, but 0 came'],
    ['linearWarmUp', linearWarmUp, { over: 3 }, 'a finite number from 0 was expected as to, but undefined came'],
    ['linearWarmUp', linearWarmUp, { over: 3, to: -1 }, 'as to, but -1 came'],
    ['linearWarmUp', linearWarmUp, { over: 3, to: stepDecay }, 'as to, but the function make came'],
    ['linearWarmUp', linearWarmUp, { over: 0.5, to: 1 }, 'as over, but 0.5 came'],
    ['linearWarmUp', linearWarmUp, { over: 3, to: 1, from: 1 }, 'a number in [0, 1) was expected as from'],
    ['linearWarmUp', linearWarmUp, { over: 3, to: 1, by: 'x' }, 'as by, but "x" came'],
    ['oneCycle', oneCycle, { peak: -1, over: 3 }, 'as peak, but -1 came'],
    ['oneCycle', oneCycle, { peak: 1, over: 0 }, 'as over, but 0 came'],
    ['oneCycle', oneCycle, { peak: 1, over: 3, rise: 1 }, 'a number in [0, 1) was expected as rise'],
    ['oneCycle', oneCycle, { peak: 1, over: 3, startDivisor: 0 }, 'a number above 0 was expected as startDivisor'],
    ['oneCycle', oneCycle, { peak: 1, over: 3, endDivisor: Number.POSITIVE_INFINITY }, 'as endDivisor'],
    ['oneCycle', oneCycle, { peak: 1, over: 3, shape: 'cos' }, '"cosine" or "linear" was expected as shape'],
    ['oneCycle', oneCycle, { peak: 1, over: 3, by: null }, 'as by, but null came'],
    ['reduceOnPlateau', reduceOnPlateau, { initial: -1 }, 'as initial, but -1 came'],
    ['reduceOnPlateau', reduceOnPlateau, { initial: 1, monitor: 'loss' }, 'a score such as "validation.loss"'],
    ['reduceOnPlateau', reduceOnPlateau, { initial: 1, monitor: 5 }, 'as monitor, but 5 came'],
    ['reduceOnPlateau', reduceOnPlateau, { initial: 1, mode: 'auto' }, '"min" or "max" was expected as mode'],
    ['reduceOnPlateau', reduceOnPlateau, { initial: 1, factor: 1 }, 'a number in [0, 1) was expected as factor'],
    ['reduceOnPlateau', reduceOnPlateau, { initial: 1, patience: -1 }, 'as patience, but -1 came'],
    ['reduceOnPlateau', reduceOnPlateau, { initial: 1, minDelta: -1 }, 'as minDelta, but -1 came'],
    ['reduceOnPlateau', reduceOnPlateau, { initial: 1, cooldown: 0.5 }, 'as cooldown, but 0.5 came'],
    ['reduceOnPlateau', reduceOnPlateau, { initial: 1, minimum: -1 }, 'as minimum, but -1 came'],
  ])('%s: %3$s', async (name, make, options, message) => {
    await expectRefusal(() => make(options as never), OptionError, `${name}: `, message);
  });

  test('a history of other things', async () => {
    const schedule = reduceOnPlateau({ initial: 0.1 });
    for (const wrong of [null, {}, 'a', [1], [null], [{}], [{ training: 1, validation: null }]]) {
      const act = (): unknown => schedule.at({ update: 0, epoch: 0, history: wrong as never });
      await expectRefusal(act, OptionError, 'reduceOnPlateau: a list of epochs was expected as history');
    }
    const act = (): unknown => schedule.at({ update: 0, epoch: 1, history });
    await expectRefusal(act, OptionError, 'a score "validation.loss" was expected of each epoch');
  });

  test('a schedule that was put together by hand, in a warm-up', async () => {
    const to = { ...stepDecay(decay) };
    await expectRefusal(() => linearWarmUp({ to, over: 2 }), ModelError, '"stepDecay" was put together by hand');
  });
});

test('one of a type of the package, from another maker, is not written down, also in a warm-up', async () => {
  const other = defineSchedule({ type: 'stepDecay', make: () => ({ config: {}, at: () => 0.1 }) })();
  const model = sequential([dense({ units: 1 })], { engine: 'reference' });
  const optimizer = adam({ learningRate: linearWarmUp({ to: other, over: 2 }) });
  const run = { key: key(1), epochs: 1, loss: meanSquaredError(), optimizer };
  const trainer = await model.trainer({ x: [[1]], y: [[1]] }, run);
  await expect(trainer.snapshot()).rejects.toThrow('"stepDecay" is a type of this package');
  await trainer.finish();
});

test("one of a user's own stands in a warm-up, and its maker restores it", async () => {
  const halving = defineSchedule({
    type: 'halving',
    make: () => ({ config: {}, at: ({ epoch }) => 0.1 / 2 ** epoch }),
  });
  const model = sequential([dense({ units: 1 })], { engine: 'reference' });
  const optimizer = adam({ learningRate: linearWarmUp({ to: halving(), over: 2 }) });
  const run = { key: key(1), epochs: 1, loss: meanSquaredError(), optimizer };
  const trainer = await model.trainer({ x: [[1]], y: [[1]] }, run);
  const { spec } = await trainer.snapshot();
  await trainer.finish();
  expect(fitOptions(spec, { schedules: { halving } }).optimizer?.config).toEqual(optimizer.config);
  await expectRefusal(() => fitOptions(spec), ModelError, 'halving');
});

test.each([Number.NaN, -0.1, Number.POSITIVE_INFINITY])(
  'a schedule that gives %d in mid-training ends it before that update',
  async (value) => {
    const breaking = (from: number) =>
      defineSchedule({
        type: 'breaking',
        make: () => ({ config: {}, at: ({ update }) => (update < from ? 0.1 : value) }),
      })();
    const x = [[0], [1], [2]];
    const y = [[1], [3], [2]];
    const run = { key: key(1), epochs: 2, batchSize: 1, loss: meanSquaredError() };
    const model = sequential([dense({ units: 1 })], { engine: 'reference' });
    const learningRate = linearWarmUp({ to: breaking(3), over: 1 });
    const act = (): unknown => model.fit({ x, y }, { ...run, optimizer: sgd({ learningRate }) });
    await expectRefusal(act, OptionError, 'breaking: a finite learning rate from 0 was expected after 3 updates');
    expect(model.updates).toBe(4);
    const fine = sequential([dense({ units: 1 })], { engine: 'reference' });
    const trainer = await fine.trainer(
      { x, y },
      { ...run, optimizer: sgd({ learningRate: linearWarmUp({ to: breaking(9), over: 1 }) }) },
    );
    for (let step = 0; step < 4; step++) {
      if (trainer.atEndOfEpoch) await trainer.endEpoch();
      await trainer.next();
    }
    await trainer.finish();
    expectSameBits(await model.getWeights(), await fine.getWeights());
  },
);
