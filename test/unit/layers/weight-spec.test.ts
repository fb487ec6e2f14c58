import { key, ModelError, Tensor } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { GiveWay } from '../../../src/engines/give-way.ts';
import {
  atOnce,
  byPath,
  checkedSpecs,
  initInTurns,
  ofLayer,
  pathOf,
  trained,
  trainedInParts,
  type WeightSpec,
} from '../../../src/layers/weight-spec.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

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

const pair = (): Tensor => new Tensor(Float64Array.of(1, 2), [2]);
function* inParts(): Generator<undefined, Tensor> {
  yield;
  yield;
  return pair();
}

test('values that are made in parts are the same at once, and in turns', async () => {
  const spec = trainedInParts([2], inParts);
  expect(spec).toMatchObject({ shape: [2], role: 'trained', decays: true });
  expect(spec.init(key(1))).toEqual(pair());
  expect(atOnce(inParts())).toEqual(pair());
  let turns = 0;
  const giveWay = Object.assign(new GiveWay('test'), {
    async turn(): Promise<void> {
      turns += 1;
    },
  });
  expect(await initInTurns(spec, key(1), giveWay)).toEqual(pair());
  expect(turns).toBe(2);
  expect(await initInTurns(trained([2], pair), key(1), giveWay)).toEqual(pair());
  expect(turns).toBe(2);
});

test('no weight has more numbers than an array holds', async () => {
  const act = (): unknown => trained([2 ** 20, 2 ** 20], pair);
  await expectRefusal(act, ModelError, 'weights: at most ', 'one of shape [1048576,1048576] came', 'take fewer units');
});

describe('the specs of a layer', () => {
  const fine: WeightSpec = { shape: [2], init: pair, role: 'statistic', decays: false };

  test('are checked, and so are the values that they make', async () => {
    const { a, b } = checkedSpecs('test', { a: fine, b: { ...fine, initInParts: inParts } });
    expect([a.shape, a.role, a.decays, a.initInParts]).toEqual([[2], 'statistic', false, undefined]);
    expect(a.init(key(1))).toEqual(pair());
    expect(atOnce(b.initInParts?.(key(1)) as Generator<undefined, Tensor>)).toEqual(pair());
    const other = (): Tensor => new Tensor(Float64Array.of(1, 2), [1, 2]);
    function* othersInParts(): Generator<undefined, Tensor> {
      yield;
      return other();
    }
    for (const init of [other, () => [1, 2], () => null]) {
      const { w } = checkedSpecs('test', { w: { ...fine, init: init as never } });
      await expectRefusal(
        () => w.init(key(1)),
        ModelError,
        'test: weight w: a Tensor of shape [2] from init was expected',
      );
    }
    const { w } = checkedSpecs('test', { w: { ...fine, initInParts: othersInParts } });
    await expectRefusal(() => atOnce(w.initInParts?.(key(1)) as never), ModelError, 'a Tensor of shape [2] from init');
  });
});
