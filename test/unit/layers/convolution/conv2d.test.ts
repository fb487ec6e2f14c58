import { conv2d, dense, flatten, key, maxPool2d, OptionError, reshape, sequential } from 'keepgate';
import { expect, test } from 'vitest';
import { vector } from '../../../../src/layers/signature.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

test.each([
  ['valid', 1, [5, 4]],
  ['valid', 2, [3, 2]],
  ['same', 1, [7, 6]],
  ['same', 4, [2, 2]],
] as const)(
  'so many windows lie over a side, each side by its own: %s, strides of %s',
  (padding, strides, [rows, columns]) => {
    for (const layer of [
      conv2d({ filters: 5, kernelSize: 3, strides, padding }),
      maxPool2d({ poolSize: 3, strides, padding }),
    ]) {
      const channels = layer.config.type === 'conv2d' ? 5 : 2;
      expect(layer.outputs({ x: vector(7, 6, 2) }).y).toEqual(vector(rows, columns, channels));
    }
  },
);

test('fresh weights are within the bounds of Glorot and Bengio for what a filter sees, and what sees a filter', () => {
  const { weight } = conv2d({ filters: 6, kernelSize: 3 }).weights({ x: vector(8, 8, 4) });
  const { shape } = weight;
  expect(shape).toEqual([6, 3, 3, 4]);
  const values = weight.init(key(1)).toFlat();
  const bound = Math.sqrt(6 / (9 * 4 + 9 * 6));
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(largest).toBeLessThanOrEqual(bound);
  expect(largest).toBeGreaterThan(0.95 * bound);
});

test('what moves in an image moves in what a filter makes of it', async () => {
  const model = sequential([reshape({ shape: [4, 5, 1] }), conv2d({ filters: 2, kernelSize: 2 }), flatten()]);
  await model.build({ kind: 'vector', size: 20 }, key(3));
  const image = Array<number>(20).fill(0).with(6, 1.5).with(7, -2);
  const moved = Array<number>(20).fill(0).with(12, 1.5).with(13, -2);
  const [before = [], after = []] = await model.predict<number[][]>([image, moved]);
  // [3,4,2]: one row down, and one column on.
  expect(after.slice(10, 24)).toEqual(before.slice(0, 14));
  await model.dispose();
});

test('a model of images says what flows in it', async () => {
  const layers = [
    reshape({ shape: [6, 5, 1] }),
    conv2d({ filters: 3, kernelSize: 2 }),
    maxPool2d(),
    flatten(),
    dense({ units: 2 }),
  ];
  const model = sequential(layers);
  await model.build({ kind: 'vector', size: 30 }, key(1));
  expect(model.summary().replaceAll(/ +/g, ' ')).toContain(
    'conv2d [B,5,4,3] 15\nmaxPool2d [B,2,2,3] 0\nflatten [B,12] 0\n',
  );
  await model.dispose();
});

test('sizes that no windows have are refused', async () => {
  for (const options of [
    { filters: 0, kernelSize: 1 },
    { filters: 1, kernelSize: 1.5 },
    { filters: 1, kernelSize: 1, strides: 0 },
    { filters: 1, kernelSize: 1, padding: 'causal' },
    { filters: 1, kernelSize: 1, dilation: 2 },
  ])
    await expectRefusal(() => conv2d(options as never), OptionError, 'conv2d');
  await expectRefusal(() => maxPool2d({ padding: 'causal' as never }), OptionError, 'maxPool2d');
  for (const shape of [[], 4, [2, 0], [2.5], null])
    await expectRefusal(() => reshape({ shape } as never), OptionError, 'reshape');
  expect(() => maxPool2d({ poolSize: 1_000_000, padding: 'same', strides: 1 }).outputs({ x: vector(3, 3, 1) })).toThrow(
    'take smaller ones',
  );
});
