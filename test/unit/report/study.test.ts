import { describe, expect, test } from 'vitest';
import { expectedBest } from '../../../src/report/study/expected-best.ts';
import { standing } from '../../../src/report/study/how-sure.ts';
import { rankCorrelation } from '../../../src/report/study/rank-correlation.ts';
import { studyInWords } from '../../../src/report/study/study-in-words.ts';
import { ranked, type StudyRecord, type TrialRecord } from '../../../src/report/study/study-record.ts';

/** Every draw of n from some scores, with replacement. */
function draws(scores: readonly number[], n: number): number[][] {
  return n === 0 ? [[]] : draws(scores, n - 1).flatMap((draw) => scores.map((score) => [...draw, score]));
}

describe('the expected best score', () => {
  test('is the mean best of all draws of so many', () => {
    const scores = [0.3, 0.9, 0.5, 0.5];
    for (const [mode, best] of [['max', Math.max] as const, ['min', Math.min] as const]) {
      const found = expectedBest(scores, mode);
      expect(found).toHaveLength(4);
      for (const [i, value] of found.entries()) {
        const all = draws(scores, i + 1).map((draw) => best(...draw));
        expect(value).toBeCloseTo(all.reduce((sum, one) => sum + one, 0) / all.length, 12);
      }
    }
  });

  test('is the mean score of one trial, and never falls with more', () => {
    const found = expectedBest([0.7, 0.2, 0.6], 'max');
    expect(found[0]).toBeCloseTo(0.5, 12);
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(expectedBest([], 'max')).toEqual([]);
  });
});

describe('rank correlation', () => {
  test('is that of scipy, with equal values among them', () => {
    // scipy.stats.spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]).statistic
    expect(
      rankCorrelation([
        [1, 5],
        [2, 6],
        [3, 7],
        [4, 8],
        [5, 7],
      ]),
    ).toBeCloseTo(0.8207826816681233, 12);
    // scipy.stats.spearmanr([1, 1, 2, 3], [4, 2, 2, 1]).statistic
    expect(
      rankCorrelation([
        [1, 4],
        [1, 2],
        [2, 2],
        [3, 1],
      ]),
    ).toBeCloseTo(-0.8333333333333335, 12);
  });

  test('is nothing of fewer than three, and where one side is all the same', () => {
    expect(
      rankCorrelation([
        [1, 2],
        [2, 3],
      ]),
    ).toBeNull();
    expect(
      rankCorrelation([
        [1, 2],
        [1, 3],
        [1, 4],
      ]),
    ).toBeNull();
  });
});

const trial = (number: number, epochs: number, each: readonly number[]): TrialRecord => {
  const score = each.length === 0 ? null : each.reduce((sum, one) => sum + one, 0) / each.length;
  return {
    number,
    params: { scheme: 'naive(input={i})', i: 0.1 * number, units: 8, learningRate: 0.01 },
    scheme: `naive(input=${0.1 * number})`,
    state: 'complete',
    epochs,
    score,
    each,
    rungs: score === null ? [] : [{ epochs, score, each }],
    curve: [],
    why: null,
    began: null,
    ended: null,
  };
};

const record = (trials: readonly TrialRecord[], mode: 'min' | 'max' = 'max'): StudyRecord => ({
  name: 'keepgate-1',
  monitor: mode === 'max' ? 'validation.accuracy' : 'validation.loss',
  mode,
  sampler: 'tpe',
  pruner: { name: 'asha', eta: 3, least: 1 },
  epochs: 9,
  seeds: [1, 2, 3],
  folds: null,
  asked: trials.length,
  dimensions: [
    { name: 'scheme', range: null, isFixed: true },
    { name: 'i', range: { low: 0, high: 0.5, log: false }, isFixed: false },
    { name: 'learningRate', range: { low: 0.001, high: 0.1, log: true }, isFixed: false },
    { name: 'units', range: null, isFixed: true },
  ],
  texts: null,
  trials,
});

describe('the best trial', () => {
  test('has as many epochs as any, and of equals it is the first', () => {
    const trials = [
      trial(0, 1, [0.99, 0.99, 0.99]),
      trial(1, 9, [0.5, 0.75, 1]),
      trial(2, 9, [1, 0.75, 0.5]),
      trial(3, 3, []),
    ];
    expect(ranked(record(trials)).map(({ number }) => number)).toEqual([1, 2, 0]);
    expect(ranked(record(trials, 'min')).map(({ number }) => number)).toEqual([1, 2, 0]);
  });

  test('is ahead of the next by its differences, seed by seed, whichever is better', () => {
    const trials = [trial(0, 9, [0.5, 0.7, 0.9]), trial(1, 9, [0.4, 0.6, 0.8])];
    const up = standing(record(trials));
    expect([up?.best.number, up?.runnerUp?.number]).toEqual([0, 1]);
    // The seeds differ by far more than the trials do: paired, they do not.
    expect(up?.ahead?.mean).toBeCloseTo(0.1, 12);
    expect(up?.ahead?.interval?.from).toBeCloseTo(0.1, 12);
    const down = standing(record(trials, 'min'));
    expect([down?.best.number, down?.ahead?.mean]).toEqual([1, expect.closeTo(0.1, 12)]);
  });

  test('is told with what was searched alone, and how sure it is', () => {
    const told = studyInWords(record([trial(1, 9, [0.5, 0.7, 0.9]), trial(2, 9, [0.4, 0.8, 0.8])]));
    expect(told[0]).toMatch(
      /^trial 1: naive\(input=0.1\), learningRate 0.01: accuracy 70.0%, the mean of 3 trainings of 9 epochs; 95% by bootstrap: /,
    );
    expect(told[1]).toMatch(/^ahead of the runner-up, trial 2: .*these seeds do not tell them apart$/);
    expect(studyInWords(record([trial(0, 9, [0.5])]))[0]).toContain('fewer than 3 say nothing');
    expect(studyInWords(record([]))).toEqual(['0 trials, none of which has a score yet']);
  });
});
