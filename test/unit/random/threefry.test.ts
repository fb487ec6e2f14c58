import { expect, test } from 'vitest';
import { threefry2x32 } from '../../../src/random/threefry.ts';
import { range } from '../../helpers/tensors.ts';

// Known answers of Random123 for Threefry-2x32 with 20 rounds: key, counter, result.
test.each([
  [
    [0, 0],
    [0, 0],
    [0x6b200159, 0x99ba4efe],
  ],
  [
    [0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x1cb996fc, 0xbb002be7],
  ],
  [
    [0x13198a2e, 0x03707344],
    [0x243f6a88, 0x85a308d3],
    [0xc4923a9c, 0x483df7a0],
  ],
] as const)('key %j and counter %j give %j', ([key0, key1], [counter0, counter1], result) => {
  expect(threefry2x32(key0, key1, counter0, counter1)).toEqual(result);
});

test('different counters give different words, as it is a bijection', () => {
  const words = range(0, 50).flatMap((a) => range(0, 50).map((b) => threefry2x32(1, 2, a, b).join()));
  expect(new Set(words).size).toBe(2500);
});
