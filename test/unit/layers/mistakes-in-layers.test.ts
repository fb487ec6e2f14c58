import { dense, key, ModelError, Tensor } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import {
  type Batch,
  defineLayer,
  expectLayers,
  type Layer,
  type LayerRun,
  onePerSample,
} from '../../../src/layers/layer.ts';
import { type Signature, vector } from '../../../src/layers/signature.ts';
import { trained } from '../../../src/layers/weight-spec.ts';
import { none } from '../../../src/masks/plan.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

/** What is wrong, and what is said of it. */
type Mistake = readonly [unknown, readonly string[]];

/** What is put in the place of parts of a layer. */
type Parts = Partial<Omit<Layer, 'config'>>;

/** A layer that hands on what it gets, every other part of which is right. */
function layerWith(parts: Parts): Layer {
  const right: Omit<Layer, 'config'> = {
    inputs: { x: { kinds: ['vector'] } },
    outputs: ({ x }) => ({ y: x as Signature }),
    weights: () => ({ w: rightSpec, mean: { ...rightSpec, role: 'statistic' } }),
    run: (_, __, { x }) => ({ outputs: { y: x as Batch }, ...rightRun }),
  };
  const maker = defineLayer<[], string, string, string>({
    type: 'own',
    make: () => ({ config: {}, ...right, ...parts }),
  });
  return maker();
}

const rightSpec = trained([2], () => new Tensor(Float64Array.of(1, 2), [2]));
const rightRun: Omit<LayerRun, 'outputs'> = {
  statistics: () => ({}),
  backward: () => ({ weights: {}, inputs: {} }),
};

describe('a mistake in a layer is told as one of it: ', () => {
  const refused = (act: () => unknown, ...parts: string[]): Promise<void> =>
    expectRefusal(act, ModelError, 'own: ', ...parts);

  test.each<readonly [string, unknown, string]>([
    ['outputs', undefined, 'a function was expected as outputs'],
    ['weights', {}, 'a function was expected as weights'],
    ['run', null, 'a function was expected as run'],
    ['inputs', undefined, "inputs such as { x: { kinds: ['vector'] } } were expected"],
    ['inputs', {}, 'inputs such as'],
    ['inputs', { x: { kinds: ['image'] } }, 'inputs such as'],
  ])('%s that are %j', async (name, value, part) => {
    await refused(() => layerWith({ [name]: value }), part);
  });

  test.each<Mistake>([
    [null, ['outputs by name were expected', 'null came']],
    [5, ['outputs by name were expected', '5 came']],
    [{ y: null }, ['an output y of kind']],
    [{ y: { kind: 'image', size: 2 } }, ['an output y of kind', 'image']],
    [{ y: { over: 'batch', dtype: 'numbers', shape: [0] } }, ['an output y of kind']],
  ])('outputs %j', async (value, parts) => {
    await refused(() => layerWith({ outputs: () => value as never }).outputs({ x: vector(2) }), ...parts);
  });

  test('an output in short is one', () => {
    const layer = layerWith({ outputs: () => ({ y: { kind: 'vector', size: 3 } as never }) });
    expect(layer.outputs({ x: vector(2) })).toEqual({ y: vector(3) });
  });

  test.each<Mistake>([
    [null, ['weights by name were expected']],
    [{ w: null }, ['from 1 as its shape was expected, but undefined came']],
    [{ w: { ...rightSpec, shape: [2, 0] } }, ['weight w: a list of whole numbers from 1', '[2, 0] came']],
    [{ w: { ...rightSpec, shape: [1.5] } }, ['[1.5] came']],
    [{ w: { ...rightSpec, init: 1 } }, ['weight w: a function as init', '1 came']],
    [{ w: { ...rightSpec, role: 'learned' } }, ['one of trained, statistic, rateLogit', '"learned" came']],
    [{ w: { ...rightSpec, decays: undefined } }, ['true or false as decays']],
  ])('weights %j', async (value, parts) => {
    await refused(() => layerWith({ weights: () => value as never }).weights({ x: vector(2) }), ...parts);
  });

  test.each<Mistake>([
    [Float64Array.of(1, 2), ['a Tensor of shape [2] from init', 'Float64Array [1, 2] came']],
    [undefined, ['a Tensor of shape [2] from init', 'undefined came']],
    [new Tensor(Float64Array.of(1, 2), [1, 2]), ['a Tensor of shape [2] from init', '[1, 2] came']],
  ])('an init that gives %j', async (value, parts) => {
    const specs = layerWith({ weights: () => ({ w: { ...rightSpec, init: () => value as Tensor } }) }).weights({
      x: vector(2),
    });
    await refused(() => specs.w?.init(key(1)), 'weight w: ', ...parts);
  });

  const ops = createReferenceEngine();
  const x = onePerSample(1, ops.upload([1, 2], [1, 2]));
  const weights = { w: ops.zeros([2]), mean: ops.zeros([2]) };

  /** A run of a layer that has said what it gives, but for what is put in its place. */
  function runWith(run: unknown): LayerRun {
    const layer = layerWith({ run: () => run as LayerRun });
    layer.outputs({ x: vector(2) });
    layer.weights({ x: vector(2) });
    return layer.run({ ops, training: true, learned: {}, plan: () => none() }, weights, { x });
  }

  test.each<Mistake>([
    [null, ['{ outputs, backward }', 'null came']],
    [Promise.resolve({ outputs: { y: x }, ...rightRun }), ['{ outputs, backward }', 'a promise came']],
    [{ ...rightRun, outputs: undefined }, ['{ outputs, backward }']],
    [{ outputs: { y: x } }, ['{ outputs, backward }']],
    [{ ...rightRun, outputs: { z: x } }, ['a batch was expected as the output y', 'undefined came']],
    [{ ...rightRun, outputs: { y: x.values } }, ['a batch was expected as the output y']],
  ])('a run that gives %#', async (run, parts) => {
    await refused(() => runWith(run), ...parts);
  });

  const others: readonly Mistake[] = [
    [5, ['an object by name was expected', '5 came']],
    [{ v: ops.zeros([2]) }, ['expected, but "v" came']],
    [{ toString: ops.zeros([2]) }, ['expected, but "toString" came']],
  ];

  test.each<Mistake>([
    ...others,
    [{ w: ops.zeros([2]) }, ['names of mean were expected, but "w" came']],
    [{ mean: ops.zeros([1, 2]) }, ['mean of shape [2] was expected, but shape [1,2] came']],
    [{ mean: 3 }, ['mean of shape [2] was expected, but 3 came']],
  ])('statistics %#', async (found, parts) => {
    const run = runWith({ ...rightRun, outputs: { y: x }, statistics: () => found });
    await refused(() => run.statistics?.(), 'statistics: ', ...parts);
  });

  const backwardWith = (found: unknown) =>
    runWith({ ...rightRun, outputs: { y: x }, backward: () => found }).backward({ y: x.values });

  test.each<Mistake>([
    ...others,
    [{ mean: ops.zeros([2]) }, ['names of w were expected, but "mean" came']],
    [{ w: ops.zeros([3]) }, ['w of shape [2] was expected, but shape [3] came']],
  ])('gradients of weights %#', async (found, parts) => {
    await refused(() => backwardWith({ weights: found, inputs: {} }), 'gradients of weights: ', ...parts);
  });

  test.each<Mistake>([
    [5, ['an object by name was expected, but 5 came']],
    [{ z: () => x.values }, ['a function for each of x was expected', '"z"']],
    [{ x: x.values }, ['a function for each of x was expected', '"x"']],
    [{ x: () => ops.zeros([1]) }, ['x of shape [1,2] was expected, but shape [1] came']],
    [{ x: () => undefined }, ['x of shape [1,2] was expected, but undefined came']],
  ])('gradients of inputs %#', async (found, parts) => {
    await refused(() => backwardWith({ weights: {}, inputs: found }).inputs.x?.(), 'gradients of inputs: ', ...parts);
  });

  test('what is right comes through, and so do gradients that are left out', () => {
    const found = { weights: { w: ops.zeros([2]), mean: undefined }, inputs: { x: () => x.values } };
    expect(backwardWith(found).weights).toBe(found.weights);
    expect(backwardWith(found).inputs.x?.()).toBe(x.values);
    const run = runWith({ ...rightRun, outputs: { y: x }, penalties: [], statistics: () => ({ mean: weights.mean }) });
    expect([run.outputs.y, run.penalties, run.statistics?.()]).toEqual([x, [], { mean: weights.mean }]);
    expect(runWith({ outputs: { y: x }, backward: rightRun.backward })).not.toHaveProperty('statistics');
    expect(() => backwardWith(undefined)).toThrow(ModelError);
  });
});

test('a list of layers is told from all else', async () => {
  const refused = (layers: unknown, ...parts: string[]): Promise<void> =>
    expectRefusal(() => expectLayers('sequential', layers as Layer[]), ModelError, 'sequential: ', ...parts);
  const layer = dense({ units: 1 });
  expect(() => expectLayers('sequential', [layer, { ...layer }])).not.toThrow();
  await refused('x', 'a list of layers was expected, but "x" came');
  await refused([], 'at least one layer was expected, but none came');
  await refused([layer, null], 'at place 1 of the list, but null came');
  await refused([5], 'at place 0 of the list, but 5 came');
  await refused([{}], 'but {} came');
  await refused(Array(1), 'but undefined came');
  await refused([dense], 'the function dense came; call it: dense({ ... })');
  await refused([() => layer], 'a layer was expected at place 0');
});
