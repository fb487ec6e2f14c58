import { ModelError, OptionError, pooling, type PoolingKind } from 'keepgate';
import { expect, test } from 'vitest';
import { sequence, tokens, vector } from '../../../../src/layers/signature.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';
import { runLayer } from '../run-layer.ts';

/** Where all is below 0, padding with zeros would win; the last has no steps. */
const samples = [
  [
    [-3, 1],
    [-1, 5],
    [-2, 0.5],
  ],
  [[-0.5, -4]],
  [
    [2, -1],
    [4, -3],
  ],
  [],
];
const EXPECTED: Readonly<Record<PoolingKind, readonly (readonly number[])[]>> = {
  last: [
    [-2, 0.5],
    [-0.5, -4],
    [4, -3],
    [0, 0],
  ],
  mean: [
    [-2, 6.5 / 3],
    [-0.5, -4],
    [3, -2],
    [0, 0],
  ],
  max: [
    [-1, 5],
    [-0.5, -4],
    [4, -1],
    [0, 0],
  ],
};

test.each(Object.entries(EXPECTED))('of the valid steps of each sample: %s', async (over, expected) => {
  const { y } = await runLayer(pooling({ over: over as PoolingKind }), samples, { weights: {} });
  expect(y.shape).toEqual([4, 2]);
  for (const [b, row] of (y.toArray() as number[][]).entries())
    for (const [unit, value] of row.entries()) expect(value).toBeCloseTo(expected[b]?.[unit] as number, 14);
});

test('says what it makes of what comes in, and refuses what it does not take', async () => {
  const layer = pooling({ over: 'mean' });
  expect(layer.config).toEqual({ type: 'pooling', over: 'mean' });
  expect(layer.outputs({ x: sequence(3) })).toEqual({ y: vector(3) });
  expect(layer.weights({ x: sequence(3) })).toEqual({});
  for (const over of ['sum', 'toString', undefined, 7])
    await expectRefusal(() => pooling({ over: over as never }), OptionError, 'pooling: ', 'over');
  await expectRefusal(() => pooling({ over: 'max', units: 1 } as never), OptionError, 'pooling: "units" is not');
  await expectRefusal(() => layer.outputs({ x: vector(3) }), ModelError, 'set returnSequences: true');
  await expectRefusal(() => layer.outputs({ x: tokens(3) }), ModelError, 'put an embedding() before it');
  await expectRefusal(() => layer.outputs({ x: sequence(2, 3) }), ModelError, 'rows of numbers');
});
