import { expect, test } from 'vitest';
import { laneNames, laneWeights, suffixed, weightShape } from '../../../src/sequence/lanes.ts';

test('lanes have the names of PyTorch, and the widths of what is below', () => {
  expect(laneNames(1, 1, 3, 5)).toEqual([{ suffix: '_l0', inputSize: 3 }]);
  expect(laneNames(2, 2, 3, 5)).toEqual([
    { suffix: '_l0', inputSize: 3 },
    { suffix: '_l0_reverse', inputSize: 3 },
    { suffix: '_l1', inputSize: 10 },
    { suffix: '_l1_reverse', inputSize: 10 },
  ]);
  expect(laneNames(2, 1, 3, 5)[1]).toEqual({ suffix: '_l1', inputSize: 5 });
});

test('weights have the shapes of PyTorch', () => {
  expect(weightShape('weight_ih', 4, 3, 5)).toEqual([20, 3]);
  expect(weightShape('weight_hh', 4, 3, 5)).toEqual([20, 5]);
  expect(weightShape('bias_ih', 4, 3, 5)).toEqual([20]);
  expect(weightShape('bias_hh', 4, 3, 5)).toEqual([20]);
});

test('weights by lane and with suffixes are the same', () => {
  const names = laneNames(2, 1, 3, 5);
  const lanes = [1, 2].map((n) => ({ weight_ih: n, weight_hh: n * 10, bias_ih: n * 100, bias_hh: n * 1000 }));
  const all = suffixed(lanes, names);
  expect(all.weight_hh_l1).toBe(20);
  expect(names.map(({ suffix }) => laneWeights(all, suffix))).toEqual(lanes);
});
