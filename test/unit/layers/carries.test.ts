import {
  atStepsOf,
  createEngine,
  defineLayer,
  kernel,
  key,
  type Layer,
  ModelError,
  sequential,
  tensor,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../helpers/refusals.ts';

const plus = kernel({
  name: 'plusSoFar',
  inputs: { x: ['x'], sum: ['sum'] },
  outputs: { y: ['y'] },
  body: ({ add }, v) => ({ y: add(v.x, v.sum) }),
});

interface Options {
  readonly carries?: unknown;
  readonly state?: () => unknown;
}

/** The sum of all steps so far: it carries it in a shape of its own, with the samples last but one of three axes. */
const sums = defineLayer<[Options]>({
  type: 'sums',
  make: ({ carries = () => ({ sum: [1, 'B', 2] }), state }) => ({
    config: {},
    inputs: { x: { kinds: ['sequence'] } },
    outputs: ({ x }) => ({ y: x }),
    weights: () => ({}),
    carries: carries as Layer['carries'] & {},
    run({ ops, state: before }, _, { x }) {
      let sum = before ? ops.reshape(before.sum as never, [x.batch, 2]) : ops.zeros([x.batch, 2]);
      const steps = Array.from({ length: x.time }, (_, t) => {
        sum = ops.run(plus, { inputs: { x: ops.at(x.values, t), sum } }).y;
        return sum;
      });
      const y = ops.reshape(ops.concat(steps), [x.time, x.batch, 2]);
      return {
        outputs: { y: atStepsOf(x, y) },
        state: (state as never) ?? (() => ({ sum: ops.reshape(sum, [1, x.batch, 2]) })),
        backward: ({ y: dy }) => ({ weights: {}, inputs: { x: () => dy } }),
      };
    },
  }),
});

const built = async (options: Options) => {
  const model = sequential([sums(options)], { engine: await createEngine('reference') });
  await model.build({ kind: 'sequence', size: 2 }, key(1));
  return model;
};

describe("what a layer of a user's own carries", () => {
  test('is handed on in the shape that it says, sample by sample', async () => {
    const model = await built({});
    const x = [
      [[1, 10]],
      [
        [2, 20],
        [3, 30],
      ],
      [[4, 40]],
    ];
    const { state } = await model.predict(x, { returnState: true });
    expect(state['0.sum']?.shape).toEqual([1, 3, 2]);
    const { y, state: end } = await model.predict(
      [
        [[5, 0]],
        [[6, 0]],
        [
          [7, 0],
          [8, 1],
        ],
      ],
      { state, returnState: true },
    );
    expect(y).toEqual([
      [[6, 10]],
      [[11, 50]],
      [
        [11, 40],
        [19, 41],
      ],
    ]);
    expect(end['0.sum']?.toArray()).toEqual([
      [
        [6, 10],
        [11, 50],
        [19, 41],
      ],
    ]);
    const stream = await model.stream();
    stream.reset({ '0.sum': tensor([[[100, 200]]]) });
    expect(await stream.step([1, 2])).toEqual([101, 202]);
    await stream.dispose();
  });

  test.each<[string, Options, string]>([
    ['a list', { carries: () => [] }, 'shapes by part'],
    ['a shape without samples', { carries: () => ({ sum: [2] }) }, 'shapes by part'],
    ['a shape with two', { carries: () => ({ sum: ['B', 'B'] }) }, 'shapes by part'],
    ['a size that is none', { carries: () => ({ sum: ['B', 0] }) }, 'shapes by part'],
    ['a state that lacks a part', { state: () => ({}) }, '0.sum'],
  ])('is refused where it is wrong: %s', async (_, options, part) => {
    const model = await built(options);
    await expectRefusal(() => model.predict([[[1, 2]]], { returnState: true }), ModelError, part);
  });

  test('is a function', async () => {
    await expectRefusal(() => sums({ carries: 3 }), ModelError, 'a function was expected as carries');
  });
});
