import { fold, type Key, key, OptionError } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { threefry2x32 } from '../../../src/random/threefry.ts';
import { expectRefusal } from '../../helpers/refusals.ts';
import { range } from '../../helpers/tensors.ts';

// jax.random.key_data(jax.random.key(seed)) is the high and the low half of the seed.
test.each([
  [0, [0, 0]],
  [42, [0, 42]],
  [2 ** 32 - 1, [0, 0xffffffff]],
  [2 ** 32 + 7, [1, 7]],
  [Number.MAX_SAFE_INTEGER, [0x1fffff, 0xffffffff]],
])('the key of %d has the words of JAX', (seed, words) => {
  expect(key(seed).words).toEqual(words);
});

test.each([-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('a seed of %d is refused', async (seed) => {
  await expectRefusal(() => key(seed), OptionError, 'a whole number from 0', String(seed));
});

describe('fold', () => {
  test('distinct labels give distinct keys, whether names, numbers, or chains of them', () => {
    const names = ['', 'a', 'b', 'aa', 'ab', 'ba', 'abc', 'acb', '0', '1', 'ä', 'ae', 'input', 'output', '_l0', '_l1'];
    const labels = [...names, '_l0_reverse', ...range(0, 2000), 2 ** 32 - 1];
    const root = key(7);
    const keys = [
      root,
      ...labels.map((label) => fold(root, label)),
      fold(fold(root, 'a'), 'b'),
      fold(fold(root, 'b'), 'a'),
    ];
    expect(new Set(keys.map(({ words }) => words.join())).size).toBe(keys.length);
  });

  test('the same label gives the same key, and leaves its parent as it was', () => {
    const parent = key(9);
    expect(fold(parent, 'name')).toEqual(fold(parent, 'name'));
    expect(parent).toEqual(key(9));
  });

  test('a number gives the words of jax.random.fold_in: the cipher of the counter (0, number)', () => {
    expect(fold(key(0), 0).words).toEqual([0x6b200159, 0x99ba4efe]);
  });

  test('a name goes through the cipher byte by byte, each under the words of those before', () => {
    const bytes = [0xc3, 0xa4, 0x62];
    const words = [0, ...bytes].reduce<readonly [number, number]>(
      ([key0, key1], byte) => threefry2x32(key0, key1, bytes.length + 1, byte),
      key(7).words,
    );
    expect(fold(key(7), 'äb').words).toEqual(words);
  });

  test('what is no key is refused', async () => {
    await expectRefusal(() => fold(7 as unknown as Key, 'name'), OptionError, 'a key was expected', '7 came');
    await expectRefusal(() => fold(undefined as unknown as Key, 'name'), OptionError, 'a key was expected');
  });

  test.each([-1, 1.5, 2 ** 32, Number.NaN])('a label of %d is refused', async (label) => {
    await expectRefusal(() => fold(key(0), label), OptionError, 'a whole number from 0 to 2^32 - 1', String(label));
  });
});
