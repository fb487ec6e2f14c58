import { atStepsOf, dropout, type Handle, KeepgateError, none, onePerSample } from 'keepgate';
import { expect, test } from 'vitest';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { type Batch, defineLayer, type LayerContext } from '../../../src/layers/layer.ts';
import { sequence } from '../../../src/layers/signature.ts';
import { trained } from '../../../src/layers/weight-spec.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const ops = createReferenceEngine();
const values = ops.upload([1, 2, 3, 4, 5, 6], [3, 2, 1]);
const x: Batch = {
  values,
  batch: 2,
  time: 3,
  lengths: ops.uploadIndices([3, 1], [2]),
  validSteps: Int32Array.of(3, 1),
};
const context: LayerContext = { ops, training: true, learned: {}, plan: () => none() };

/** Its output is its input, and each of its weights has the gradient 1. */
const passing = defineLayer<[], 'w', 'x', 'y'>({
  type: 'passing',
  make: () => ({
    config: {},
    inputs: { x: { kinds: ['sequence'] } },
    outputs: ({ x: input }) => ({ y: input }),
    weights: () => ({ w: trained([2], () => new Tensor(new Float64Array(2), [2])) }),
    run: ({ plan }, { w }, inputs) => {
      plan([], '', { batch: 1, time: 1, first: { sample: 0 } } as never);
      return {
        outputs: { y: inputs.x },
        backward: ({ y: dy }) => ({ weights: { w }, inputs: { x: () => dy } }),
      };
    },
  }),
});

/** A layer that has said what it has. */
function told() {
  const layer = passing();
  layer.outputs({ x: sequence(1) });
  layer.weights({ x: sequence(1) });
  return layer;
}

const weights = { w: ops.zeros([2]) };
const run = (change: { context?: unknown; weights?: unknown; inputs?: unknown }): unknown =>
  told().run(
    ('context' in change ? change.context : context) as never,
    ('weights' in change ? change.weights : weights) as never,
    ('inputs' in change ? change.inputs : { x }) as never,
  );

test('a layer is run with what it needs, also before it was asked for its weights', () => {
  for (const layer of [told(), passing()]) {
    const { outputs, backward } = layer.run(context, weights, { x });
    expect(outputs.y).toBe(x);
    const found = backward({ y: values });
    expect(found.weights.w).toBe(weights.w);
    expect((found.inputs.x as () => Handle)()).toBe(values);
  }
});

test('weights that it does not have are left aside', () => {
  const found = told().run(context, { ...weights, more: ops.zeros([1]) } as never, { x });
  expect(found.backward({ y: values }).weights).toEqual({ w: weights.w });
});

test.each<[string, Parameters<typeof run>[0]]>([
  ['no context', { context: null }],
  ['no engine', { context: { ...context, ops: undefined } }],
  ['no plan()', { context: { ...context, plan: none() } }],
  ['no learned rates', { context: { ...context, learned: undefined } }],
  ['a list of them', { context: { ...context, learned: [] } }],
  ['a plan() that gives none', { context: { ...context, plan: () => ({ masks: {} }) } }],
  ['no weights', { weights: null }],
  ['a weight that is missing', { weights: {} }],
  ['numbers as a weight', { weights: { w: [1, 2] } }],
  ['numbers as another weight', { weights: { ...weights, more: [1] } }],
  ['no inputs', { inputs: null }],
  ['an input that is missing', { inputs: {} }],
  ['a tensor as one', { inputs: { x: values } }],
  ['an empty batch', { inputs: { x: { ...x, batch: 0, validSteps: new Int32Array(0) } } }],
  ['half a batch', { inputs: { x: { ...x, batch: 1.5 } } }],
  ['no time', { inputs: { x: { ...x, time: 0 } } }],
  ['half a step', { inputs: { x: { ...x, time: 0.5 } } }],
  ['a list as valid steps', { inputs: { x: { ...x, validSteps: [3, 1] } } }],
  ['too few of them', { inputs: { x: { ...x, validSteps: Int32Array.of(3) } } }],
  ['no values', { inputs: { x: { ...x, values: [1, 2] } } }],
  ['a list as lengths', { inputs: { x: { ...x, lengths: [3, 1] } } }],
  ['no word on lengths', { inputs: { x: { ...x, lengths: undefined } } }],
])('is refused: %s', async (_, change) => {
  await expectRefusal(() => run(change), KeepgateError, 'passing', 'expected', 'came');
});

test('a gradient of each output is wanted on the way back', async () => {
  const { backward } = told().run(context, weights, { x });
  for (const grads of [null, undefined, {}, { y: [1] }, { z: values }])
    await expectRefusal(() => backward(grads as never), KeepgateError, 'passing', 'expected');
});

test('batches are made of what they are of', async () => {
  expect(atStepsOf(x, weights.w)).toEqual({ ...x, values: weights.w });
  expect(atStepsOf({ ...x, ids: Int32Array.of(1) }, values)).toEqual(x);
  expect(onePerSample(2, values)).toEqual({
    values,
    batch: 2,
    time: 1,
    lengths: null,
    validSteps: Int32Array.of(1, 1),
  });
  for (const wrong of [null, [1], {}, 'y']) {
    await expectRefusal(() => atStepsOf(x, wrong as never), KeepgateError, 'atStepsOf', 'values');
    await expectRefusal(() => onePerSample(2, wrong as never), KeepgateError, 'onePerSample', 'values');
    await expectRefusal(() => atStepsOf(wrong as never, values), KeepgateError, 'atStepsOf');
  }
  for (const batch of [0, 1.5, '2', 2 ** 40])
    await expectRefusal(() => onePerSample(batch as never, values), KeepgateError, 'onePerSample', 'as batch');
});

test('a layer without weights may be run as it is', () => {
  const { outputs } = dropout({ rate: 0 }).run(context, {}, { x });
  expect(outputs.y.batch).toBe(2);
});
