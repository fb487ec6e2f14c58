import { readFileSync } from 'node:fs';
import { key, OptionError } from 'keepgate';
import { type Params, spaceOf } from 'keepgate/search';
import { describe, expect, test } from 'vitest';
import { logCdf, logMass } from '../../../src/search/samplers/normal-distribution.ts';
import { ParzenDensity } from '../../../src/search/samplers/parzen.ts';
import type { Observed } from '../../../src/search/samplers/sampler.ts';
import { SAMPLERS, type SamplerName } from '../../../src/search/samplers/samplers.ts';
import { scrambled, sobolWord } from '../../../src/search/samplers/sobol-sampler.ts';
import { bestOf, splitHistory } from '../../../src/search/samplers/tpe-sampler.ts';

// From test/golden/search.py: scipy and optuna 3.1.
const GOLDEN = JSON.parse(readFileSync('test/golden/search.json', 'utf8'));

const SPACE = spaceOf({
  scheme: ['none', 'variational(input={i},recurrent={r})', 'naive(input={i})'],
  i: { range: [0, 0.6], points: 3 },
  r: { range: [0, 0.5], points: 2 },
  units: { choices: [8, 16] },
  learningRate: { log: [1e-4, 1e-2], points: 2 },
});

/** A history in which small rates of the scheme in the middle are best. */
function historyOf(count: number): Observed[] {
  const random = SAMPLERS.random(SPACE, key(7));
  return Array.from({ length: count }, (_, number) => {
    const params = random.ask(number, []);
    const loss = `${params.scheme}`.startsWith('variational') ? 0.2 + Number(params.i) : 0.9;
    return { params, epochs: 9, loss, state: 'complete' };
  });
}

describe.each<SamplerName>(['random', 'grid', 'sobol', 'tpe'])('%s', (name) => {
  test('says the same to the same key, number and history, in whatever order it is asked', () => {
    const history = historyOf(20);
    const ask = (numbers: readonly number[]): Params[] => {
      const sampler = SAMPLERS[name](SPACE, key(3));
      return numbers.map((number) => sampler.ask(number, history));
    };
    expect(ask([4, 0, 2, 4]).map((params) => JSON.stringify(params))).toEqual(
      [4, 0, 2, 4].map((number) => JSON.stringify(ask([number])[0])),
    );
    const other = SAMPLERS[name](SPACE, key(4));
    expect([0, 1, 2, 3].map((number) => other.ask(number, history))).not.toEqual(ask([0, 1, 2, 3]));
  });

  test('stays in the space, and gives a scheme what it has in braces alone', () => {
    const sampler = SAMPLERS[name](SPACE, key(5));
    for (let number = 0; number < 24; number++) {
      const { scheme, i, r, units, learningRate, ...rest } = sampler.ask(number, historyOf(15));
      expect(rest).toEqual({});
      expect([i !== undefined, r !== undefined]).toEqual([scheme !== 'none', `${scheme}`.includes('{r}')]);
      expect(i === undefined || (Number(i) >= 0 && Number(i) <= 0.6)).toBe(true);
      expect([8, 16]).toContain(units);
      expect(Number(learningRate) >= 1e-4 && Number(learningRate) <= 1e-2).toBe(true);
    }
  });
});

test.each<SamplerName>(['random', 'grid', 'sobol'])('%s does not look at what came before', (name) => {
  const sampler = SAMPLERS[name](SPACE, key(3));
  for (const number of [0, 1, 11]) expect(sampler.ask(number, historyOf(30))).toEqual(sampler.ask(number, []));
});

test('random gives the other names the same values when one more is searched', () => {
  const more = spaceOf({ ...SPACE.json, layers: [1, 3] });
  for (let number = 0; number < 5; number++) {
    const { layers: _, ...others } = SAMPLERS.random(more, key(1)).ask(number, []);
    expect(others).toEqual(SAMPLERS.random(SPACE, key(1)).ask(number, []));
  }
});

describe('grid', () => {
  test('has each point once: of each scheme all combinations of what it uses', () => {
    const grid = SAMPLERS.grid(SPACE, key(2));
    // none: 2 units x 2 learning rates; variational: 3 x 2 as many; naive: 3 as many.
    expect(grid.trials).toBe(4 + 24 + 12);
    const points = Array.from({ length: grid.trials }, (_, number) => JSON.stringify(grid.ask(number, [])));
    expect(new Set(points).size).toBe(40);
  });

  test('refuses more points than anybody waits for', () => {
    const wide = spaceOf({ units: { range: [1, 2000], points: 1500 }, layers: { range: [1, 2000], points: 1500 } });
    expect(() => SAMPLERS.grid(wide, key(1))).toThrow(
      new OptionError(
        'grid: at most 1000000 points were expected, but the space has 2250000; give its ranges fewer points',
      ),
    );
  });
});

describe('sobol', () => {
  test('is the sequence of scipy, with the numbers of Joe and Kuo', () => {
    for (const [number, point] of GOLDEN.sobol.points.entries()) {
      expect(point.map((_: number, axis: number) => sobolWord(axis, number) / 2 ** 32)).toEqual(point);
    }
  });

  test('fills each part of the space once, scrambled too', () => {
    // A (0, m, 2)-net: of 2^6 points each box of 2^-a by 2^-(6-a) has one.
    for (const scramble of [(word: number) => word, (word: number, axis: number) => scrambled(word, key(axis + 5))]) {
      for (let a = 0; a <= 6; a++) {
        const boxes = Array.from({ length: 64 }, (_, number) => {
          const [x, y] = [0, 1].map((axis) => scramble(sobolWord(axis, number), axis) / 2 ** 32) as [number, number];
          return `${Math.floor(x * 2 ** a)} ${Math.floor(y * 2 ** (6 - a))}`;
        });
        expect(new Set(boxes).size).toBe(64);
      }
    }
  });

  test('turns a bit over as the key and the bits before it decide, and by nothing else', () => {
    const words = Array.from({ length: 256 }, (_, i) => (i * 2 ** 24) >>> 0);
    const found = words.map((word) => scrambled(word, key(9)));
    expect(new Set(found.map((word) => Math.floor(word / 2 ** 24))).size).toBe(256);
    for (const [i, a] of words.entries()) {
      for (const [j, b] of words.entries()) {
        expect(Math.clz32((found[i] as number) ^ (found[j] as number))).toBe(Math.clz32(a ^ b));
      }
    }
    expect(scrambled(0, key(9))).not.toBe(scrambled(0, key(10)));
  });

  test('refuses more names than there are numbers for', () => {
    const wide = spaceOf(Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`x${i}`, [0, 1]])), {
      anyNames: true,
    });
    expect(() => SAMPLERS.sobol(wide, key(1))).toThrow('sobol: a space of at most 32 names was expected, but 33 came');
  });
});

describe('tpe', () => {
  const space = spaceOf({
    cell: ['lstm', 'gru', 'rnn'],
    learningRate: { log: [1e-4, 1e-2] },
    scheme: 'variational(recurrent={r})',
    r: [0, 0.6],
    units: [4, 40],
    layers: { log: [1, 9] },
  });
  const dimensions = ['cell', 'learningRate', 'r', 'units', 'layers'].map(
    (name) => space.dimensions.find((one) => one.name === name) as (typeof space.dimensions)[number],
  );

  test.each([0, 1, 2])('decides as optuna does on a history of its own, number %i', (which) => {
    const { trials, below, above, candidates, best, ...densities } = GOLDEN.tpe[which];
    const history: Observed[] = trials.map(
      ({ params, kind, epochs, loss }: { params: Params; kind: string; epochs: number; loss: number }) => ({
        params,
        epochs,
        loss: kind === 'diverged' || kind === 'first' ? null : loss,
        state: kind === 'diverged' ? 'halted' : kind,
      }),
    );
    const parts = splitHistory(history);
    expect(parts.below.map((trial) => history.indexOf(trial))).toEqual(below);
    expect(parts.above.map((trial) => history.indexOf(trial))).toEqual(above);
    const [good, bad] = [parts.below, parts.above].map(
      (part) =>
        new ParzenDensity(
          dimensions,
          part.map(({ params }) => params),
        ),
    ) as [ParzenDensity, ParzenDensity];
    for (const [i, candidate] of candidates.entries()) {
      expect(good.logDensity(candidate)).toBeCloseTo(densities['below log densities'][i], 9);
      expect(bad.logDensity(candidate)).toBeCloseTo(densities['above log densities'][i], 9);
    }
    expect(bestOf(candidates, good, bad)).toBe(best);
  });

  test('is random until ten scores are there, however many trials are under way', () => {
    const [tpe, random] = [SAMPLERS.tpe(SPACE, key(3)), SAMPLERS.random(SPACE, key(3))];
    const nine = [...historyOf(9), ...historyOf(20).map((one) => ({ ...one, state: 'first' as const, loss: null }))];
    expect(tpe.ask(29, nine)).toEqual(random.ask(29, nine));
    expect(tpe.ask(10, historyOf(10))).not.toEqual(random.ask(10, []));
  });

  test('goes where the best trials were', () => {
    const tpe = SAMPLERS.tpe(SPACE, key(3));
    const asked = Array.from({ length: 40 }, (_, i) => tpe.ask(60 + i, historyOf(60)));
    const share = (fits: (params: Params) => boolean): number => asked.filter(fits).length / asked.length;
    // By chance a third, and half of these.
    expect(share(({ scheme }) => `${scheme}`.startsWith('variational'))).toBeGreaterThan(0.6);
    expect(share(({ i }) => i !== undefined && Number(i) < 0.3)).toBeGreaterThan(0.55);
  });

  test('draws as its density says', () => {
    const [r] = spaceOf({ scheme: 'naive(input={r})', r: [0, 0.6] }).dimensions.slice(1);
    const density = new ParzenDensity([r as (typeof dimensions)[number]], [{ r: 0.1 }, { r: 0.5 }]);
    const draws = Array.from({ length: 4000 }, (_, i) => Number(density.draw(key(i)).r));
    for (const [low, high] of [
      [0, 0.15],
      [0.15, 0.4],
      [0.4, 0.6],
    ] as const) {
      let mass = 0;
      for (let x = low + 5e-4; x < high; x += 1e-3) mass += 1e-3 * Math.exp(density.logDensity({ r: x }));
      const share = draws.filter((draw) => draw >= low && draw < high).length / 4000;
      // Four standard deviations of a share of 4000: fails once in 15,000, and the keys are fixed.
      expect(Math.abs(share - mass)).toBeLessThan(4 * Math.sqrt(0.25 / 4000));
    }
  });

  test('has the normal distribution to its tails', () => {
    for (const [i, x] of GOLDEN.normal.x.entries()) {
      expect(logCdf(x) / GOLDEN.normal['log cdf'][i]).toBeCloseTo(1, 12);
    }
    expect(logMass(-1, 2)).toBeCloseTo(Math.log(0.8185946141203637), 12);
    expect(logMass(30, 31)).toBeCloseTo(logCdf(-30), 10);
    expect(logMass(-31, -30)).toBe(logMass(30, 31));
  });
});
