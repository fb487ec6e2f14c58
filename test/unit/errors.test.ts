import { describe, expect, test } from 'vitest';
import * as errors from '../../src/errors.ts';

const { show, ...classes } = errors;

describe.each(Object.entries(classes))('%s', (name, type) => {
  test('has its own name, also where a bundler gives classes other ones', () => {
    // As a bundler that shortens names leaves it.
    const renamed = { [name]: class extends (type as typeof errors.DivergedError) {} }[name] as typeof type;
    Object.defineProperty(renamed, 'name', { value: '_' });
    expect(new (renamed as typeof errors.DivergedError)('', 1).name).toBe(name);
  });

  test('says what it says in one line', () => {
    const error = new (type as typeof errors.DivergedError)('a\nb\u0000c', 1);
    expect(error.message).toBe('a b c');
    expect(error).toBeInstanceOf(errors.KeepgateError);
  });
});

test('a value is shown in one short line', () => {
  expect(show('a\nb')).toBe('"a\\nb"');
  expect(show([1, 'x'])).toBe('[1, x]');
  expect(show('y'.repeat(100))).toHaveLength(60);
  expect(show({ schedule: 'curriculum', rate: 0.3, at: { x: 1 } })).toBe(
    '{ schedule: "curriculum", rate: 0.3, at: ... }',
  );
  expect(show({})).toBe('{}');
  expect(show(Object.create(null))).toBe('{}');
});
