import { readFileSync } from 'node:fs';
import { conform, expectFixtures } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { ENGINES } from '../helpers/engines.ts';

const file = new URL('../golden/recurrent.json', import.meta.url);
const fixtures = expectFixtures(JSON.parse(readFileSync(file, 'utf8')));

test('there are 68 cases, of four cells', () => {
  expect(fixtures).toHaveLength(68);
  expect(new Set(fixtures.map(({ cell }) => cell))).toEqual(new Set(['lstm', 'gru', 'gru_reset_before', 'rnn']));
});

describe.each(ENGINES)('the engine $name computes what the specification does', ({ create, tolerance }) => {
  test.each(fixtures)('$name', async (fixture) => {
    const { errors, largest } = await conform(fixture, await create());
    // y, hT, loss and the six gradients at least: an error that was not measured is not small.
    expect(Object.keys(errors)).toEqual(
      expect.arrayContaining(['y', 'hT', 'loss', 'dx', 'dh0', 'dweight_ih', 'dweight_hh', 'dbias_ih', 'dbias_hh']),
    );
    expect(largest, JSON.stringify(errors)).toBeLessThanOrEqual(tolerance);
  });
});
