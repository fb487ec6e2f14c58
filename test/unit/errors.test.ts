import { describe, expect, test } from 'vitest';
import * as errors from '../../src/errors.ts';

const { show, messageOf: _, errorCode: __, ...classes } = errors;

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
  expect(show([1, 'x', null, [2, 'y']])).toBe('[1, "x", null, [2, "y"]]');
  expect(show(Float32Array.of(1, 2))).toBe('Float32Array [1, 2]');
  expect(show([5n, undefined])).toBe('[5n, undefined]');
  expect(show('y'.repeat(100))).toHaveLength(60);
  expect(show(new Array(1e9))).toHaveLength(60);
  expect(show({ schedule: 'curriculum', rate: 0.3, at: { x: 1 } })).toBe(
    '{ schedule: "curriculum", rate: 0.3, at: ... }',
  );
  expect(show({})).toBe('{}');
  expect(show(Object.create(null))).toBe('{}');
  expect(show(() => 1)).toBe('a function');
  expect(show(new Map())).toBe('a Map');
  expect(show(new TypeError('gone'))).toBe('gone');
});

test('whatever a value is, showing it does not fail', () => {
  const hidden = new Proxy(
    {},
    {
      ownKeys() {
        throw new Error('no');
      },
    },
  );
  const values = [JSON.parse('{"toString":1}'), [JSON.parse('{"toString":1}')], Symbol('s'), hidden];
  for (const value of values) expect(typeof show(value)).toBe('string');
  expect(show(hidden)).toBe('something that cannot be shown');
});
