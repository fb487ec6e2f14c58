import { readFileSync } from 'node:fs';
import { KeepgateError, parseScheme } from 'keepgate';
import { defaultSpace, type SpaceJson, spaceOf } from 'keepgate/search';
import { describe, expect, test } from 'vitest';
import { canonicalJson, hashOf } from '../../../src/search/canonical-json.ts';
import {
  bounds,
  type Dimension,
  dimensionOf,
  gridValues,
  type NumberRange,
  valueAt,
} from '../../../src/search/dimension.ts';
import { isUsed, paramsOf, schemeText } from '../../../src/search/space.ts';
import { TRAINING_OPTIONS } from '../../../src/search/training-options.ts';

const SPACE: SpaceJson = {
  scheme: ['none', 'variational(input={i},recurrent={r})', 'naive(input={i})+zoneout(hidden={z},scope=step)'],
  i: [0, 0.6],
  r: [0.1, 0.5],
  z: [0, 0.3],
  learningRate: { log: [1e-4, 1e-2] },
  units: [16, 48],
  cell: ['lstm', 'gru'],
};

const message = (space: unknown, options = {}): string => {
  try {
    spaceOf(space as SpaceJson, options);
  } catch (error) {
    if (error instanceof KeepgateError) return `${error.name}: ${error.message}`;
    throw error;
  }
  return 'taken';
};

describe('a space', () => {
  test('has the scheme first, and all else by name', () => {
    const names = spaceOf(SPACE).dimensions.map(({ name }) => name);
    expect(names).toEqual(['scheme', 'cell', 'i', 'learningRate', 'r', 'units', 'z']);
  });

  test('is the same, hash and all, however it is written', async () => {
    const { units: _, ...others } = SPACE;
    const otherwise = { units: { range: [16, 48], whole: true, points: 5 }, ...others, i: { range: [0, 0.6] } };
    expect(canonicalJson(spaceOf(otherwise).json)).toBe(canonicalJson(spaceOf(SPACE).json));
    expect(await hashOf(spaceOf(otherwise).json)).toBe(await hashOf(spaceOf(SPACE).json));
    expect(await hashOf(spaceOf({ ...SPACE, i: [0, 0.61] }).json)).not.toBe(await hashOf(spaceOf(SPACE).json));
    expect(await hashOf({ b: [2, { d: 1, c: 'x' }], a: 1 })).toBe(
      // printf '{"a":1,"b":[2,{"c":"x","d":1}]}' | sha256sum
      '137d9b9acd83e16887e7981c834365498fc5afb3d46ab12d8cc81c17f932aa63',
    );
  });

  test('gives a trial what its scheme has a use for, and no more', () => {
    const space = spaceOf(SPACE);
    const params = (at: number) => paramsOf(space, (one) => valueAt(one, one.name === 'scheme' ? at : 0.25));
    expect(Object.keys(params(0))).toEqual(['scheme', 'cell', 'learningRate', 'units']);
    expect(Object.keys(params(0.4))).toEqual(['scheme', 'cell', 'i', 'learningRate', 'r', 'units']);
    expect(schemeText(params(0.4))).toBe('variational(input=0.15,recurrent=0.2)');
    expect(Object.keys(params(0.9))).toEqual(['scheme', 'cell', 'i', 'learningRate', 'units', 'z']);
    expect(isUsed(space, 'none', 'units')).toBe(true);
    expect(isUsed(space, 'none', 'z')).toBe(false);
  });

  test.each([
    ['a list', [1], 'OptionError: space: an object of names was expected, but [1] came'],
    [
      'a misspelt option',
      { unit: 3 },
      'OptionError: space: an option of a training, or a name in braces of a scheme, was expected, but "unit" came; did you mean units?',
    ],
    ['a name that no scheme has', { scheme: 'naive(input={i})', i: [0, 0.5], q: [0, 1] }, 'but "q" came'],
    ['a name in braces without a range', { scheme: 'naive(input={i})' }, 'a range or choices of "i" were expected'],
    [
      'an option in braces',
      { scheme: 'naive(input={units})', units: 3 },
      'another name than "units", an option, was expected',
    ],
    ['braces without a name', { scheme: 'naive(input={})' }, 'names in braces, such as {r}, were expected'],
    ['half a brace', { scheme: 'naive(input={i)' }, 'names in braces, such as {r}, were expected'],
    ['an inverted range', { learningRate: [0.1, 0.01] }, 'the lower one first, but [0.1, 0.01] came; exchange them'],
    ['an empty range', { learningRate: [0.1, 0.1] }, 'the lower one first, but [0.1, 0.1] came; write 0.1 alone'],
    ['no choices', { cell: [] }, 'a list of one value or more was expected, but [] came'],
    [
      'a choice that is none',
      { cell: ['lstm', 'lsmt'] },
      'one of lstm, gru, rnn were expected, but "lsmt" came at index 1',
    ],
    ['a choice twice', { cell: ['gru', 'gru'] }, 'each value once was expected, but "gru" came twice'],
    [
      'a logarithm of 0',
      { scheme: 'naive(input={i})', i: { log: [0, 0.5] } },
      'numbers above 0 were expected as its ends',
    ],
    ['units that are no count', { units: [0, 4] }, 'whole numbers from 1 were expected, but 0 came'],
    ['a range and choices', { units: { choices: [3], range: [1, 2] } }, 'a value, a list, { range: [low, high] }'],
    ['choices with points', { units: { choices: [3], points: 2 } }, '"points" is not an option of it'],
    ['one point', { units: { range: [1, 3], points: 1 } }, 'a whole number from 2 to 10000 was expected as points'],
    [
      'numbers that JSON lacks',
      { learningRate: [0, Number.NaN] },
      'values that JSON holds were expected, but learningRate[1] is NaN',
    ],
    [
      'a scheme that is none',
      { scheme: ['none', 'variatonal(input=0.1)'] },
      'OptionError: space: scheme "variatonal(input=0.1)": dropout:',
    ],
    [
      'a rate beyond 1 at an end',
      { scheme: 'naive(input={i})', i: [0, 1] },
      'RateError: space: scheme "naive(input=1)": input: a dropout rate in [0, 1)',
    ],
    [
      'a scheme that the cell lacks',
      { cell: 'gru', scheme: 'zoneout(cell={z})', z: [0, 0.5] },
      'SiteError: space: scheme "zoneout(cell=0)": gru: a site of',
    ],
    [
      'a scheme that one of the cells lacks',
      { cell: ['lstm', 'rnn'], scheme: 'rnnDrop(memory=0.1)' },
      'rnn: a site of',
    ],
  ])('refuses %s', (_, space, expected) => {
    expect(message(space)).toContain(expected);
    expect(message(space)).not.toContain('\n');
  });

  test('may have any names where they are those of a module', () => {
    expect(message({ x: [0, 1], tree: ['oak', 'elm'] }, { anyNames: true })).toBe('taken');
    expect(message({ x: [1, 0] }, { anyNames: true })).toContain('the lower one first');
  });

  test.each(['lstm', 'gru', 'rnn'] as const)('of its own is one for the cell %s', (cell) => {
    const space = spaceOf(defaultSpace(cell));
    for (let i = 0; i < 60; i++) parseScheme(schemeText(paramsOf(space, (one) => valueAt(one, (i + 0.5) / 60))));
  });
});

describe('a dimension', () => {
  const dimension = (said: unknown, name = 'x'): Dimension => dimensionOf(name, said, TRAINING_OPTIONS[name]);

  test('gives each choice and each integer the same share of the unit interval', () => {
    const counts = (one: Dimension): number[] => {
      const found = new Map<unknown, number>();
      for (let i = 0; i < 120; i++) found.set(valueAt(one, i / 120), (found.get(valueAt(one, i / 120)) ?? 0) + 1);
      return [...found.values()];
    };
    expect(counts(dimension(['a', 'b', 'c']))).toEqual([40, 40, 40]);
    expect(counts(dimension([3, 6], 'units'))).toEqual([30, 30, 30, 30]);
  });

  test('has its logarithm evenly distributed where it says so', () => {
    const one = dimension({ log: [1e-4, 1e-2] });
    expect([0, 0.25, 0.5, 0.75].map((u) => valueAt(one, u))).toEqual([0.0001, 0.0003162, 0.001, 0.003162]);
    expect(bounds(one as NumberRange)).toEqual([Math.log(1e-4), Math.log(1e-2)]);
  });

  test('never leaves its range, in four digits', () => {
    const one = dimension([0.123456, 0.123459]);
    expect(valueAt(one, 0)).toBe(0.123456);
    expect(valueAt(one, 1 / 3)).toBe(0.123457);
    expect(valueAt(dimension({ log: [0.5, 0.50001] }), 0.9)).toBe(0.5);
    expect(valueAt(dimension([0, 0.6]), 1 / 3)).toBe(0.2);
    expect(valueAt(dimension([0, 0.6]), 0.45678)).toBe(0.2741);
    expect(valueAt(dimension([0, 1e9]), 0.5)).toBe(5e8);
    expect(valueAt(dimension([1, 3], 'units'), 1 - 2 ** -53)).toBe(3);
  });

  test('has its ends in a grid, and each integer once', () => {
    expect(gridValues(dimension({ range: [0, 0.6], points: 4 }))).toEqual([0, 0.2, 0.4, 0.6]);
    expect(gridValues(dimension({ log: [1e-4, 1e-2], points: 3 }))).toEqual([0.0001, 0.001, 0.01]);
    expect(gridValues(dimension([2, 4], 'units'))).toEqual([2, 3, 4]);
    expect(gridValues(dimension('gru', 'cell'))).toEqual(['gru']);
  });
});

test('the schema for editors knows the names, the words and the forms that a space has', () => {
  const text = readFileSync(new URL('../../../schemas/space.schema.json', import.meta.url), 'utf8');
  const { properties } = JSON.parse(text) as {
    properties: Record<string, { anyOf: [{ enum?: unknown[]; type?: string }] }>;
  };
  const { $schema: _, scheme: __, ...options } = properties;
  expect(Object.keys(options).sort()).toEqual(Object.keys(TRAINING_OPTIONS).sort());
  for (const [name, kind] of Object.entries(TRAINING_OPTIONS)) {
    const [value] = options[name]?.anyOf ?? [];
    for (const word of value?.enum ?? []) expect(kind.has(word)).toBe(true);
    if (value?.enum) expect(kind.expected).toBe(`one of ${value.enum.join(', ')}`);
    expect(value?.type === 'integer').toBe(kind.isCount ?? false);
  }
});
