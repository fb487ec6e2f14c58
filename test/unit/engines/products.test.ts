import { key, Tensor } from 'keepgate';
import { describe, expect, test } from 'vitest';
import type { Factor, FactorUse, Handle } from '../../../src/engines/ops.ts';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { ShapeError } from '../../../src/errors.ts';
import { uniform } from '../../../src/random/draws.ts';
import { expectClose } from '../../helpers/numeric.ts';
import { expectRefusal } from '../../helpers/refusals.ts';
import { generate, randomTensor, range } from '../../helpers/tensors.ts';

const ops = createReferenceEngine();
const source = key(11);

// Sizes around the blocks of 2 x 4 rows in which the products are computed.
const sizes = [1, 2, 3, 5].flatMap((rows) => [1, 3, 4, 5, 9].flatMap((m) => [1, 3].map((n) => ({ rows, m, n }))));

function upload(value: Tensor): Handle {
  return ops.upload(value.toFlat(), value.shape);
}

async function expectHandle(found: Handle, wanted: Tensor): Promise<void> {
  expectClose({ y: new Tensor(await ops.read(found), found.shape) }, { y: wanted }, 1e-13);
}

function sum(count: number, term: (i: number) => number): number {
  return range(0, count).reduce((total, i) => total + term(i), 0);
}

describe.each(sizes)('products of $rows rows, $m columns and $n inner terms', ({ rows, m, n }) => {
  const x = randomTensor(source, 'x', [rows, n]);
  const w = randomTensor(source, 'w', [m, n]);
  const dy = randomTensor(source, 'dy', [rows, m]);

  test('project is x wᵀ + bias + plus', async () => {
    const [bias, plus] = [randomTensor(source, 'bias', [m]), randomTensor(source, 'plus', [rows, m])];
    const wanted = generate([rows, m], ([r = 0, c = 0]) => {
      return sum(n, (i) => x.at(r, i) * w.at(c, i)) + bias.at(c) + plus.at(r, c);
    });
    await expectHandle(ops.project(upload(x), upload(w), { bias: upload(bias), plus: upload(plus) }), wanted);
  });

  test('projectInputGrad is dy w + plus', async () => {
    const plus = randomTensor(source, 'plus', [rows, n]);
    const wanted = generate([rows, n], ([r = 0, i = 0]) => sum(m, (c) => dy.at(r, c) * w.at(c, i)) + plus.at(r, i));
    await expectHandle(ops.projectInputGrad(upload(dy), upload(w), { plus: upload(plus) }), wanted);
  });

  test('projectWeightGrad is dyᵀ x', async () => {
    const wanted = generate([m, n], ([c = 0, i = 0]) => sum(rows, (r) => dy.at(r, c) * x.at(r, i)));
    await expectHandle(ops.projectWeightGrad(upload(dy), upload(x)), wanted);
  });

  test('sumRows and sum add up', async () => {
    await expectHandle(
      ops.sumRows(upload(dy)),
      generate([m], ([c = 0]) => sum(rows, (r) => dy.at(r, c))),
    );
    await expectHandle(
      ops.sum(upload(dy)),
      generate([1], () => sum(rows * m, (i) => dy.toFlat()[i] as number)),
    );
  });
});

describe('products with a factor per gate, step, sample and unit', () => {
  const [gates, width, time, batch, n] = [3, 2, 2, 3, 5];
  const [rows, m] = [time * batch, gates * width];
  const x = randomTensor(source, 'x', [rows, n]);
  const w = randomTensor(source, 'w', [m, n]);
  const dy = randomTensor(source, 'dy', [rows, m]);

  // The products use gates 1 to 3 of the four that were uploaded, at steps 1 and 2 of three.
  const firstGate = 1;
  const t = 1;
  const strides = { gate: 3 * batch * n, time: batch * n, row: n, unit: 1 };
  const bits = Uint8Array.from(uniform(source, 4 * strides.gate), (draw) => (draw < 0.35 ? 0 : 1));
  const scale = 1 / 0.65;

  /** The factor of a row's entry for a column of the product. */
  type FactorAt = (row: number, column: number, unit: number) => number;

  function useOf(factor: Factor): FactorUse {
    return { factors: ops.uploadFactors({ input: factor }), name: 'input', gates, firstGate, t, batch };
  }

  const untied: FactorAt = (row, column, unit) => {
    const gate = firstGate + Math.floor(column / width);
    const step = t + Math.floor(row / batch);
    return scale * (bits[gate * strides.gate + step * strides.time + (row % batch) * strides.row + unit] as number);
  };
  const tied: FactorAt = (row, _, unit) => scale * (bits[(row % batch) * n + unit] as number);

  const rowsOfFactors: readonly [string, FactorUse, FactorAt][] = [
    ['untied', useOf({ values: bits, scale, strides }), untied],
    ['tied and fixed', useOf({ values: bits, scale, strides: { ...strides, gate: 0, time: 0 } }), tied],
    ['absent', { ...useOf({ values: bits, scale, strides }), name: 'recurrent' }, () => 1],
  ];

  test.each(rowsOfFactors)('%s', async (_, factor, at) => {
    await expectHandle(
      ops.project(upload(x), upload(w), { factor }),
      generate([rows, m], ([r = 0, c = 0]) => sum(n, (i) => x.at(r, i) * at(r, c, i) * w.at(c, i))),
    );
    await expectHandle(
      ops.projectInputGrad(upload(dy), upload(w), { factor }),
      generate([rows, n], ([r = 0, i = 0]) => sum(m, (c) => dy.at(r, c) * w.at(c, i) * at(r, c, i))),
    );
    await expectHandle(
      ops.projectWeightGrad(upload(dy), upload(x), { factor }),
      generate([m, n], ([c = 0, i = 0]) => sum(rows, (r) => dy.at(r, c) * x.at(r, i) * at(r, c, i))),
    );
  });
});

test('a product of rows that do not fit is refused', async () => {
  const [x, w] = [ops.zeros([2, 3]), ops.zeros([4, 5])];
  await expectRefusal(() => ops.project(x, w), ShapeError, 'project: rows of 5 were expected', '[2,3] came');
  await expectRefusal(() => ops.projectInputGrad(x, w), ShapeError, 'rows of 4 were expected', '[2,3] came');
  expect(() => ops.project(ops.zeros([2, 5]), w)).not.toThrow();
});
