import {
  binaryCrossEntropy,
  dense,
  key,
  type Loss,
  lstm,
  meanSquaredError,
  OptionError,
  sequential,
  softmaxCrossEntropy,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { balancedBatches, balancedDraw } from '../../../../src/train/sources/balanced-batches.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const classes = Array.from({ length: 41 }, (_, i) => (i % 8 === 0 ? 2 : i % 3 === 0 ? 0 : 7));

describe('a balanced draw', () => {
  const drawn = balancedDraw(classes, key(1));
  const timesOf = (c: number): number[] =>
    classes.flatMap((one, i) => (one === c ? [drawn.filter((index) => index === i).length] : []));

  test('has as many as there are, of each class the same number', () => {
    expect(drawn).toHaveLength(41);
    expect([0, 2, 7].map((c) => timesOf(c).reduce((a, b) => a + b, 0))).toEqual([14, 13, 14]);
  });

  test('has those of a class about as often as each other', () => {
    for (const c of [0, 2, 7]) expect(Math.max(...timesOf(c)) - Math.min(...timesOf(c))).toBeLessThanOrEqual(1);
    expect(Math.max(...timesOf(7))).toBe(1);
    expect(Math.min(...timesOf(2))).toBeGreaterThanOrEqual(2);
  });

  test('is another with another key, and leaves out what is of no class', () => {
    expect(balancedDraw(classes, key(1))).toEqual(drawn);
    expect(balancedDraw(classes, key(2))).not.toEqual(drawn);
    expect(new Set(balancedDraw([0, -1, 1, -1], key(1)))).toEqual(new Set([0, 2]));
  });
});

test.each<[string, Loss, readonly number[]]>([
  ['classes', softmaxCrossEntropy(), classes.map((c) => Math.min(c, 2))],
  ['yes or no', binaryCrossEntropy(), classes.map((c) => Number(c === 2))],
])('an epoch of %s has batches of what is drawn, others in the next epoch', (_, loss, y) => {
  const steps = y.map((_, i) => 1 + (i % 4));
  const of = (seed: number) => balancedBatches({ steps, y: { y: y.map((one) => [one]) } }, loss, 8, key(seed));
  const counts = (batches: readonly (readonly number[])[]) =>
    [...new Set(y)].sort().map((c) => batches.flat().filter((i) => y[i] === c).length);
  expect(
    of(1)
      .map((batch) => batch.length)
      .sort(),
  ).toEqual([1, 8, 8, 8, 8, 8]);
  const balanced = counts(of(1));
  expect(Math.max(...balanced) - Math.min(...balanced)).toBeLessThanOrEqual(1);
  expect(of(1)).not.toEqual(of(2));
});

describe('a run that samples', () => {
  const x = classes.map((_, i) => [Math.sin(i), Math.cos(2 * i)]);
  const y = classes.map((c) => Number(c === 2));
  const told = { key: key(3), epochs: 2, loss: softmaxCrossEntropy(), batchSize: 8 } as const;
  const made = () => sequential([dense({ units: 2 })], { engine: 'reference' });

  test('goes on in mid-epoch to the bit, with the same sampling alone', async () => {
    const whole = made();
    const { epochs } = await whole.fit({ x, y }, { ...told, sampling: 'balanced' });
    const model = made();
    const trainer = await model.trainer({ x, y }, { ...told, sampling: 'balanced' });
    for (let i = 0; i < 3; i++) await trainer.next();
    const resume = await trainer.snapshot();
    await trainer.finish();
    const other = made();
    expect((await other.fit({ x, y }, { ...told, sampling: 'balanced', resume })).epochs).toEqual(epochs);
    expect(await other.getWeights()).toEqual(await whole.getWeights());
    await expect(other.fit({ x, y }, { ...told, resume })).rejects.toThrow('sampling "balanced" was expected');
    for (const one of [whole, model, other]) await one.dispose();
  });

  test.each<[string, object, Loss, unknown, string]>([
    ['another word', { sampling: 'equal' }, softmaxCrossEntropy(), y, 'sampling'],
    ['values', { sampling: 'balanced' }, meanSquaredError(), x, 'meanSquaredError of 2 values came'],
  ])('of %s is refused', async (_, more, loss, targets, message) => {
    const model = made();
    const act = () => model.fit({ x, y: targets as number[] }, { ...told, loss, ...more } as never);
    await expectRefusal(act, OptionError, message);
    expect(model.input).toBeNull();
  });

  test('of samples that are taken as they stand, or come one by one, is refused', async () => {
    const model = sequential([lstm({ units: 2 })], { engine: 'reference' });
    const examples = { x: [[[1]], [[2]]], y: [0, 1] };
    const act = (more: object) => () => model.fit(examples, { ...told, sampling: 'balanced', ...more });
    await expectRefusal(act({ stateful: true }), OptionError, 'stateful takes them as they stand');
    const stream = () => examples.x.map((x, i) => ({ x, y: examples.y[i] as number }));
    const streamed = () => model.fit(stream, { ...told, sampling: 'balanced' });
    await expectRefusal(streamed, OptionError, 'they come from an iterable');
  });

  test('of a target for each step is refused', async () => {
    const model = sequential([lstm({ units: 2, returnSequences: true })], { engine: 'reference' });
    const act = () => model.fit({ x: [[[1], [2]]], y: [[0, 1]] }, { ...told, sampling: 'balanced' });
    await expectRefusal(act, OptionError, 'there is a target for each step');
  });
});
