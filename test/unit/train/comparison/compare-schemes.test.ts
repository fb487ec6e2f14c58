import { compareSchemes, DataError, key, OptionError } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { bootstrapInterval } from '../../../../src/train/comparison/spread.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

/** Scores without a pattern. */
const scoreOf = (name: string, seed: number): number => Math.sin(12.9898 * seed + 78.233 * name.length);

describe('schemes over seeds', () => {
  const calls: string[] = [];
  const compared = compareSchemes(
    { none: 1, variational: 2, zoneout: 3 },
    async ({ name, scheme, seed }) => {
      calls.push(`${name} ${seed}`);
      return { scores: { accuracy: scoreOf(name, seed), loss: scheme }, history: [seed] };
    },
    { seeds: [3, 7, 8, 20], key: key(1) },
  );

  test('each is trained with each seed, one after the other', async () => {
    const { runs } = await compared;
    expect(calls).toEqual(
      ['none', 'variational', 'zoneout'].flatMap((name) => [3, 7, 8, 20].map((seed) => `${name} ${seed}`)),
    );
    expect(runs[5]).toEqual({
      scheme: 'variational',
      seed: 7,
      scores: { accuracy: scoreOf('variational', 7), loss: 2 },
      history: [7],
    });
  });

  test('differences are taken seed by seed, from the first or the one that is named', async () => {
    const { scores, differences } = await compared;
    expect(differences.map(({ scheme, baseline, score }) => [scheme, baseline, score])).toEqual([
      ['variational', 'none', 'accuracy'],
      ['variational', 'none', 'loss'],
      ['zoneout', 'none', 'accuracy'],
      ['zoneout', 'none', 'loss'],
    ]);
    const values = [3, 7, 8, 20].map((seed) => scoreOf('zoneout', seed) - scoreOf('none', seed));
    expect(differences[2]?.values).toEqual(values);
    const mean = values.reduce((a, b) => a + b, 0) / 4;
    expect(differences[2]?.mean).toBeCloseTo(mean, 14);
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(differences[2]?.deviation).toBeCloseTo(Math.sqrt(squares / 3), 14);
    // What differs alike with every seed leaves nothing open.
    expect(differences[3]).toMatchObject({ mean: 2, deviation: 0, interval: [2, 2] });
    expect(scores.zoneout?.loss).toMatchObject({ values: [3, 3, 3, 3], mean: 3, interval: [3, 3] });
    const train = async ({ scheme }: { scheme: number }) => ({ scores: { loss: scheme } });
    const other = await compareSchemes({ a: 1, b: 5 }, train, { seeds: 2, key: key(1), baseline: 'b' });
    expect(other.differences).toEqual([
      { scheme: 'a', baseline: 'b', score: 'loss', values: [-4, -4], mean: -4, deviation: 0, interval: null },
    ]);
  });
});

describe('a bootstrap interval', () => {
  const drawing = { key: key(2), confidence: 0.9, resamples: 20_000 };
  const values = [0.3, -1.2, 2.5, 0.9];

  test('has the percentiles of the means of all resamples that there are', () => {
    const means: number[] = [];
    for (let i = 0; i < 256; i++)
      means.push([0, 1, 2, 3].reduce((sum, k) => sum + (values[(i >> (2 * k)) & 3] as number), 0) / 4);
    means.sort((a, b) => a - b);
    const [low, high] = bootstrapInterval(values, drawing) as [number, number];
    // 5 and 95 of a hundred, to within what 20,000 draws leave open: four standard errors are 0.6.
    const below = (value: number): number => means.filter((mean) => mean <= value + 1e-12).length / 256;
    expect(below(low)).toBeGreaterThanOrEqual(0.044);
    expect(below(low - 1e-9)).toBeLessThanOrEqual(0.056);
    expect(below(high)).toBeGreaterThanOrEqual(0.944);
    expect(below(high - 1e-9)).toBeLessThanOrEqual(0.956);
  });

  test('moves and stretches with the values, and the key alone decides it', () => {
    const [low, high] = bootstrapInterval(values, drawing) as [number, number];
    const moved = bootstrapInterval(
      values.map((value) => 3 * value + 10),
      drawing,
    ) as [number, number];
    expect(moved[0]).toBeCloseTo(3 * low + 10, 12);
    expect(moved[1]).toBeCloseTo(3 * high + 10, 12);
    expect(bootstrapInterval(values, drawing)).toEqual([low, high]);
    expect(low).toBeLessThan(high);
    const wider = bootstrapInterval(values, { ...drawing, confidence: 0.99 }) as [number, number];
    expect(wider[0]).toBeLessThan(low);
    expect(wider[1]).toBeGreaterThan(high);
  });

  test('is none of fewer than 3 values, or of what is not finite', () => {
    expect(bootstrapInterval([1, 2], drawing)).toBeNull();
    expect(bootstrapInterval([1, 2, Number.NaN], drawing)).toBeNull();
  });
});

const train = async () => ({ scores: { loss: 1 } });
test.each<[string, unknown, unknown, object, string]>([
  ['no schemes', {}, train, {}, 'schemes by their names'],
  ['a list', [[]], train, {}, 'an object of options'],
  ['no function', { a: 1 }, 1, {}, 'train'],
  ['no seed', { a: 1 }, train, { seeds: 0 }, 'seeds'],
  ['a seed twice', { a: 1 }, train, { seeds: [1, 1] }, 'seeds that differ'],
  ['a seed that is none', { a: 1 }, train, { seeds: [0.5] }, 'a seed'],
  ['another baseline', { a: 1 }, train, { baseline: 'b' }, 'baseline'],
  ['a confidence of 1', { a: 1 }, train, { confidence: 1 }, 'confidence'],
  ['no key', { a: 1 }, train, { key: 1 }, 'key'],
  ['no scores', { a: 1 }, async () => 1, {}, 'scores of a, seed 1'],
  ['scores that are no numbers', { a: 1 }, async () => ({ scores: { loss: '1' } }), {}, 'scores of a, seed 1'],
  [
    'other scores in the next run',
    { a: 1 },
    async ({ seed }: { seed: number }) => ({ scores: seed === 1 ? { loss: 1 } : { accuracy: 1 } }),
    {},
    'numbers named loss were expected as scores of a, seed 2',
  ],
])('%s is refused', async (_, schemes, trainer, options, message) => {
  const act = () => compareSchemes(schemes as never, trainer as never, { seeds: 2, key: key(1), ...options });
  await expectRefusal(act, OptionError, message);
});

// One such run made the mean of all of them NaN, and their interval null.
test.each([Number.NaN, Infinity, -Infinity])('a score of %s is refused by its scheme, seed and name', async (score) => {
  const told = async ({ name, seed }: { readonly name: string; readonly seed: number }) => {
    return { scores: { loss: 1, accuracy: name === 'b' && seed === 7 ? score : 2 } };
  };
  const act = () => compareSchemes({ a: 1, b: 2 }, told, { seeds: [3, 7], key: key(1) });
  await expectRefusal(act, DataError, `as the score "accuracy" of b, seed 7, but ${score} came`);
});
