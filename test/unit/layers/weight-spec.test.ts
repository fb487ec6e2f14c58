import { key, Tensor } from 'keepgate';
import { expect, test } from 'vitest';
import { byPath, ofLayer, pathOf, trained } from '../../../src/layers/weight-spec.ts';

test('a path is the name of a layer and that of the weight, however deep', () => {
  expect(pathOf(0, 'weight')).toBe('0.weight');
  expect(pathOf('2.inner', pathOf(1, 'bias'))).toBe('2.inner.1.bias');
});

test('what belongs to a layer comes out by its own names, and nothing of a layer whose name begins alike', () => {
  const all = { '1.weight': 'a', '10.weight': 'b', '1.0.bias': 'c', '0.weight': 'd', 'x1.weight': 'e' };
  expect(ofLayer(all, 1)).toEqual({ weight: 'a', '0.bias': 'c' });
  expect(ofLayer(ofLayer(all, 1), 0)).toEqual({ bias: 'c' });
  expect(ofLayer(all, 10)).toEqual({ weight: 'b' });
  expect(ofLayer(all, 2)).toEqual({});
});

test('by path and back, in order', () => {
  const layers = [{ weight: 1, bias: 2 }, {}, { 'inner.weight': 3 }];
  const all = byPath(layers);
  expect(Object.entries(all)).toEqual([
    ['0.weight', 1],
    ['0.bias', 2],
    ['2.inner.weight', 3],
  ]);
  expect(layers.map((_, index) => ofLayer(all, index))).toEqual(layers);
});

test('a trained weight decays', () => {
  const spec = trained([2], () => new Tensor(Float64Array.of(1, 2), [2]));
  expect(spec).toMatchObject({ shape: [2], role: 'trained', decays: true });
  expect(spec.init(key(1)).toArray()).toEqual([1, 2]);
});
