import fc from 'fast-check';
import { DataError, type Nested, ShapeError, Tensor, tensor } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectShape } from '../../../src/tensor/tensor.ts';
import { holds } from '../../helpers/laws.ts';
import { expectRefusal } from '../../helpers/refusals.ts';
import { generate, range } from '../../helpers/tensors.ts';

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });

describe('laws', () => {
  test('nested arrays go in and come out', async () => {
    await holds(shapes, (shape) => {
      const values = generate(shape, (index) => index.reduce((sum, i) => 3 * sum + i, 0.5));
      const nested = values.toArray();
      expect(tensor(nested)).toEqual(values);
      expect(tensor(JSON.parse(JSON.stringify(values)))).toEqual(values);
    });
  });

  test('exchanging the first two axes twice gives the same numbers', async () => {
    await holds(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 }), (shape) => {
      let next = 0;
      const values = generate(shape, () => next++);
      const swapped = values.swapFirstAxes();
      const [i, j] = [(shape[0] as number) - 1, (shape[1] as number) - 1];
      const rest = range(2, shape.length).map(() => 0);
      expect(swapped.at(j, i, ...rest)).toBe(values.at(i, j, ...rest));
      expect(swapped.data).toBe(values.data);
      expect(swapped.swapFirstAxes().toArray()).toEqual(values.toArray());
    });
  });

  test('a stride of 0 repeats', () => {
    expect(new Tensor(Float64Array.of(1, 2), [3, 2], [0, 1]).toArray()).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });
});

describe('tensor()', () => {
  test.each<[string, Parameters<typeof tensor>, number[]]>([
    ['a number', [5], []],
    ['a row', [[1, 2]], [2]],
    ['no numbers', [[]], [0]],
    ['no numbers in rows', [[[], []]], [2, 0]],
    ['a typed array', [Float32Array.of(1, 2)], [2]],
    ['a typed array with a shape', [Float64Array.of(1, 2, 3, 4), [2, 2]], [2, 2]],
  ])('takes %s', (_, args, shape) => {
    expect(tensor(...args).shape).toEqual(shape);
  });

  test('takes a tensor as it is', () => {
    const t = tensor([[1, 2]]);
    expect(tensor(t)).toBe(t);
  });

  test('refuses ragged rows, with the place', async () => {
    await expectRefusal(() => tensor([[1, 2], [3]]), ShapeError, 'rows of equal length', 'index [1]');
    await expectRefusal(() => tensor([[1, 2], 3] as Nested), ShapeError, 'rows of equal length', 'index [1]');
    await expectRefusal(() => tensor([1, [2]]), ShapeError, 'rows of equal length', 'index [1]');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'refuses %d, with its index',
    async (bad) => {
      await expectRefusal(
        () =>
          tensor([
            [1, 2],
            [3, bad],
          ]),
        DataError,
        'finite numbers',
        `${bad} came`,
        '[1, 1]',
      );
    },
  );

  test.each(['1', null, undefined, {}])('refuses %j', async (bad) => {
    await expectRefusal(() => tensor([[1, bad]] as unknown as Nested), DataError, 'a number', '[0, 1]');
  });

  test.each([[[2, 2]], [[2]]])('refuses a shape that holds more or fewer numbers than came: %j', async (shape) => {
    await expectRefusal(() => tensor([1, 2, 3], shape), ShapeError, 'numbers for shape', '3 came');
    await expectRefusal(() => tensor(Float32Array.of(1, 2, 3), shape), ShapeError, 'numbers for shape', '3 came');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %d in a typed array and in a tensor as well',
    async (bad) => {
      const data = Float64Array.of(1, bad);
      await expectRefusal(() => tensor(data, [2, 1]), DataError, 'finite numbers', `${bad} came at entry 1`);
      await expectRefusal(
        () => tensor(new Tensor(data, [1, 2])),
        DataError,
        'finite numbers',
        `${bad} came at entry 1`,
      );
    },
  );
});

test.each([[[2, 0]], [[0, -1]], [[0]], [[0, 0, 0]], [[0.5, 0]]])('an entry outside, %j, is refused', async (index) => {
  const act = (): number =>
    tensor([
      [1, 2],
      [3, 4],
    ]).at(...index);
  await expectRefusal(act, ShapeError, 'an index inside [2, 2]', 'came');
});

test('expectShape takes any size where it is -1, and names what came', async () => {
  const t = tensor([[1, 2, 3]]);
  expect(() => expectShape('x', t, [-1, 3], '[B,I]')).not.toThrow();
  await expectRefusal(
    () => expectShape('x', t, [-1, 4], '[B,I]'),
    ShapeError,
    'x: shape [B,I] = [?, 4]',
    '[1, 3] came',
  );
  await expectRefusal(() => expectShape('x', t, [1, 3, 1], '[B,T,I]'), ShapeError, '[1, 3] came');
});
