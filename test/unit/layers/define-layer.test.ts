import { key, ModelError, OptionError, Tensor } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectMade } from '../../../src/define.ts';
import { kernel } from '../../../src/engines/kernel.ts';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import {
  atStepsOf,
  type Batch,
  defineLayer,
  type Layer,
  type LayerContext,
  type LayerMaker,
  onePerSample,
} from '../../../src/layers/layer.ts';
import { restoreLayer } from '../../../src/layers/restore.ts';
import { rowSize, sequence, tokens, vector } from '../../../src/layers/signature.ts';
import { trained } from '../../../src/layers/weight-spec.ts';
import { none } from '../../../src/masks/plan.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const product = kernel({
  name: 'productOfTwo',
  inputs: { a: ['a'], b: ['b'] },
  outputs: { c: ['c'] },
  body: ({ mul }, v) => ({ c: mul(v.a, v.b) }),
});

const towards = kernel({
  name: 'movingAverage',
  inputs: { old: ['old'], now: ['now'] },
  scalars: ['kept'],
  outputs: { next: ['next'] },
  body: ({ add, mul, sub, constant }, v) => ({
    next: add(mul(v.kept, v.old), mul(sub(constant(1), v.kept), v.now)),
  }),
});

/** y = (x ⊙ gate) weightᵀ on a sequence with a gate at every step, and the sum of each unit as it was in training. */
const gated: LayerMaker<[{ readonly kept: number }], 'weight' | 'seen', 'x' | 'gate', 'y' | 'sums'> = defineLayer({
  type: 'gated',

  make({ kept }) {
    return {
      config: { kept },
      inputs: { x: { kinds: ['sequence', 'vector'] }, gate: { kinds: ['sequence'] } },
      outputs: ({ x }) => ({ y: { ...x, shape: [2] }, sums: vector(rowSize('gated', x)) }),

      weights({ x }) {
        const size = rowSize('gated', x);
        return {
          weight: trained([2, size], () => new Tensor(new Float64Array(2 * size).fill(0.5), [2, size])),
          seen: {
            shape: [size],
            init: () => new Tensor(new Float64Array(size), [size]),
            role: 'statistic',
            decays: false,
          },
        };
      },

      run({ ops, training }, { weight, seen }, { x, gate }) {
        const passed = ops.run(product, { inputs: { a: x.values, b: gate.values } }).c;
        const now = ops.sumRows(passed);
        const sums = training ? now : seen;
        return {
          outputs: {
            y: atStepsOf(x, ops.project(passed, weight)),
            sums: onePerSample(1, ops.reshape(sums, [1, sums.shape[0] ?? 0])),
          },
          statistics: () => ({
            seen: ops.run(towards, { inputs: { old: seen, now }, scalars: { kept } }).next,
          }),
          backward({ y }) {
            const d = ops.projectInputGrad(y, weight);
            return {
              weights: { weight: ops.projectWeightGrad(y, passed) },
              inputs: {
                x: () => ops.run(product, { inputs: { a: d, b: gate.values } }).c,
                gate: () => ops.run(product, { inputs: { a: d, b: x.values } }).c,
              },
            };
          },
        };
      },
    };
  },
});

test('a layer that changes the number of steps gives whole numbers for whole numbers', async () => {
  const of = (steps: unknown): Layer =>
    defineLayer<[]>({
      type: 'fewer',
      make: () => ({
        config: {},
        inputs: { x: { kinds: ['sequence'] } },
        outputs: ({ x }) => ({ y: x }),
        weights: () => ({}),
        steps: steps as () => number,
        run: () => ({}) as never,
      }),
    })();
  expect(of((count: number) => count - 1).steps?.(3)).toBe(2);
  await expectRefusal(() => of((count: number) => count / 2).steps?.(3), ModelError, 'fewer: ', 'from steps, but 1.5');
  await expectRefusal(() => of(() => 1).steps?.(-1), OptionError, 'fewer: ', 'steps');
  await expectRefusal(() => of(3), ModelError, 'a function was expected as steps');
});

describe('a layer with two inputs, two outputs and a statistic', () => {
  const ops = createReferenceEngine();
  const inputs = { x: sequence(2), gate: sequence(2) };
  const context: LayerContext = { ops, training: true, learned: {}, plan: () => none() };
  const batchOf = (values: readonly number[]): Batch => ({
    values: ops.upload(values, [2, 1, 2]),
    batch: 1,
    time: 2,
    lengths: null,
    validSteps: Int32Array.of(2),
  });
  const [x, gate] = [batchOf([1, 2, 3, 4]), batchOf([1, 0.5, -1, 2])];
  const weights = { weight: ops.upload([1, 2, 3, 4], [2, 2]), seen: ops.upload([10, 20], [2]) };
  const layer = gated({ kept: 0.75 });
  const read = async (handle: Batch['values']): Promise<number[]> => [...(await ops.read(handle))];

  test('says what comes out, and what weights it has', () => {
    expect(layer.outputs(inputs)).toEqual({ y: sequence(2), sums: vector(2) });
    const specs = layer.weights(inputs);
    expect(specs.weight).toMatchObject({ shape: [2, 2], role: 'trained', decays: true });
    expect(specs.seen).toMatchObject({ shape: [2], role: 'statistic', decays: false });
    expect(specs.weight.init(key(1)).toArray()).toEqual([
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
  });

  test('runs, and gives the gradient of each input for whoever asks', async () => {
    const run = layer.run(context, weights, { x, gate });
    expect(await read(run.outputs.y.values)).toEqual([3, 7, 13, 23]);
    expect(run.outputs.y).toMatchObject({ batch: 1, time: 2, validSteps: x.validSteps });
    expect(await read(run.outputs.sums.values)).toEqual([-2, 9]);
    expect(run.outputs.sums).toMatchObject({ batch: 1, time: 1, lengths: null, validSteps: Int32Array.of(1) });
    const { weights: grads, inputs: by } = run.backward({
      y: ops.upload([1, 0, 0, 1], [2, 1, 2]),
      sums: ops.zeros([1, 2]),
    });
    expect(Object.keys(grads)).toEqual(['weight']);
    expect(await read(grads.weight as Batch['values'])).toEqual([1, 1, -3, 8]);
    expect(await read((by.x as () => Batch['values'])())).toEqual([1, 1, -3, 8]);
    expect(await read((by.gate as () => Batch['values'])())).toEqual([1, 4, 9, 16]);
  });

  test('has its statistics from training, and uses them elsewhere', async () => {
    const run = layer.run(context, weights, { x, gate });
    const { seen } = run.statistics?.() ?? {};
    expect(await read(seen as Batch['values'])).toEqual([7, 17.25]);
    const later = layer.run({ ...context, training: false }, weights, { x, gate });
    expect(await read(later.outputs.sums.values)).toEqual([10, 20]);
  });

  test('refuses inputs that it does not take, by what it says of them', async () => {
    const refused = (given: object, ...parts: string[]): Promise<void> =>
      expectRefusal(() => layer.outputs(given as typeof inputs), ModelError, 'gated: ', ...parts);
    await refused({ x: sequence(2) }, "an input 'gate' was expected, but x came");
    await refused({}, "an input 'x' was expected, but nothing came");
    await refused({ x: tokens(3), gate: sequence(2) }, 'a sequence or a vector was expected', 'token ids came');
    await refused({ x: vector(2), gate: vector(2) }, 'a sequence was expected as its input, but a vector came');
    expect(() => layer.weights({ x: tokens(3), gate: sequence(2) })).toThrow(ModelError);
  });

  test('comes back from its config where its maker is handed in', async () => {
    expect(layer.config).toEqual({ type: 'gated', kept: 0.75 });
    const restored = restoreLayer(JSON.parse(JSON.stringify(layer.config)), [gated]);
    expect(restored.config).toEqual(layer.config);
    expect(restored.weights(inputs).seen).toMatchObject({ role: 'statistic' });
    await expectRefusal(
      () => restoreLayer(layer.config),
      ModelError,
      'a type of embedding, lstm, gru, rnn, bidirectional, pooling, dropout, dense, ',
      '"gated" came',
    );
  });
});

test('layers stand inside of layers, and their types are found again', () => {
  const twice: LayerMaker<[Layer], string> = defineLayer({
    type: 'twice',
    parse: ({ layer }, restore) => [restore(layer)],
    make: ({ config, ...rest }) => ({ ...rest, config: { layer: config } }),
  });
  const config = { type: 'twice', layer: { type: 'twice', layer: { type: 'pooling', over: 'max' } } };
  expect(restoreLayer(config, [twice]).config).toEqual(config);
});

test('what was put together by hand can be told from what a maker made', async () => {
  const made = gated({ kept: 0.5 });
  expect(() => expectMade('save', 'layer', made)).not.toThrow();
  await expectRefusal(
    () => expectMade('save', 'layer', { ...made }),
    ModelError,
    'save: a layer that can be loaded again was expected, but "gated" was put together by hand',
    'defineLayer()',
  );
});
