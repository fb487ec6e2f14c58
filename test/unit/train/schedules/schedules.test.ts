import {
  adam,
  defineSchedule,
  exponentialDecay,
  type LearningRateSchedule,
  ModelError,
  OptionError,
  sgd,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectLearningRate, learningRateAt } from '../../../../src/train/schedules/learning-rate-schedule.ts';
import { restoreLearningRate } from '../../../../src/train/schedules/schedules.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const options = { initial: 0.4, factor: 0.5, every: 3 };
const at = (schedule: LearningRateSchedule, update: number, epoch = 0): number =>
  learningRateAt(schedule, { update, epoch });

describe('exponentialDecay', () => {
  test('is initial at first, and multiplied by factor once in every so many updates, smoothly', () => {
    const schedule = exponentialDecay(options);
    expect([0, 3, 6, 9].map((update) => at(schedule, update))).toEqual([0.4, 0.2, 0.1, 0.05]);
    expect(at(schedule, 1)).toBeCloseTo(0.4 * Math.cbrt(0.5), 14);
    expect(at(schedule, 3, 7)).toBe(0.2);
    expect(at(exponentialDecay({ initial: 0.3, factor: 1, every: 1 }), 50)).toBe(0.3);
  });

  test('is written down by its options, also in an optimizer, and read again', () => {
    const schedule = exponentialDecay(options);
    expect(schedule.config).toEqual({ type: 'exponentialDecay', ...options });
    expect(adam({ learningRate: schedule }).config).toMatchObject({ type: 'adam', learningRate: schedule.config });
    const read = restoreLearningRate(schedule.config) as LearningRateSchedule;
    expect(read.config).toEqual(schedule.config);
    expect(at(read, 4)).toBe(at(schedule, 4));
    expect(restoreLearningRate(0.25)).toBe(0.25);
  });

  test.each<[string, unknown, string]>([
    ['no options', undefined, 'exponentialDecay: an object of options'],
    ['an unknown one', { ...options, every_: 1 }, 'did you mean every?'],
    ['no initial', { ...options, initial: undefined }, 'a finite number from 0 was expected as initial'],
    ['a negative one', { ...options, initial: -1 }, 'a finite number from 0 was expected as initial, but -1 came'],
    ['a text as factor', { ...options, factor: '0.5' }, 'a finite number from 0 was expected as factor'],
    ['every 0 updates', { ...options, every: 0 }, 'a whole number from 1 was expected as every, but 0 came'],
    ['every half', { ...options, every: 0.5 }, 'a whole number from 1 was expected as every, but 0.5 came'],
  ])('refuses %s', async (_, given, message) => {
    await expectRefusal(() => exponentialDecay(given as never), OptionError, message);
  });
});

describe("a schedule of a user's own", () => {
  const steps = defineSchedule({
    type: 'steps',
    make: ({ rates }: { readonly rates: readonly number[] }) => ({
      config: { rates },
      at: ({ epoch }) => rates[epoch] as number,
    }),
  });

  test('is asked with the update and the epoch, and its makers restore it', async () => {
    const made = steps({ rates: [0.5, 0.25] });
    expect([at(made, 9, 0), at(made, 9, 1)]).toEqual([0.5, 0.25]);
    expect(at(restoreLearningRate(made.config, [steps]) as LearningRateSchedule, 0, 1)).toBe(0.25);
    await expectRefusal(() => restoreLearningRate(made.config), ModelError, 'schedule');
    await expectRefusal(() => restoreLearningRate('fast'), ModelError, 'schedule');
  });

  const giving = (value: unknown): LearningRateSchedule =>
    defineSchedule({ type: 'steps', make: () => ({ config: {}, at: () => value as number }) })();

  test('is told where it gives no learning rate, or is asked for no time', async () => {
    for (const wrong of [-0.1, Number.NaN, Number.POSITIVE_INFINITY, undefined, '1']) {
      const act = (): unknown => at(giving(wrong), 4);
      await expectRefusal(act, OptionError, 'steps: a finite learning rate from 0 was expected after 4 updates');
    }
    expect(at(giving(0), 4)).toBe(0);
    const made = giving(0.5);
    await expectRefusal(() => made.at({ update: -1, epoch: 0 }), OptionError, 'as update, but -1 came');
    await expectRefusal(() => made.at({ update: 0, epoch: '1' as never }), OptionError, 'as epoch, but "1" came');
    await expectRefusal(() => made.at({ update: 0 } as never), OptionError, 'as epoch, but undefined came');
    await expectRefusal(() => made.at({ update: 0, epoch: 0, step: 1 } as never), OptionError, '"step" is not');
  });
});

test('a learning rate is a finite number from 0, or a schedule', async () => {
  for (const fine of [0, 0.1, 5, exponentialDecay(options)]) expectLearningRate('test', fine);
  const wrong: readonly unknown[] = [-1, Number.NaN, Number.POSITIVE_INFINITY, '0.1', null, [], {}, exponentialDecay];
  for (const value of [...wrong, { at: () => 1 }, { config: { type: 'a' } }, { at: 1, config: { type: 'a' } }]) {
    await expectRefusal(() => expectLearningRate('test', value as never), OptionError, 'test: ', 'learningRate');
    if (value !== undefined) await expectRefusal(() => sgd({ learningRate: value as never }), OptionError, 'sgd: ');
  }
  expect(learningRateAt(0.3, { update: 5, epoch: 5 })).toBe(0.3);
});
