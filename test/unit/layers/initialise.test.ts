import { key, recurrent, type Tensor } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { bias, orthogonal, xavier } from '../../../src/layers/initialise.ts';
import { CELLS } from '../../helpers/cells.ts';
import { range, take } from '../../helpers/tensors.ts';

function identityError(block: Tensor): number {
  const size = block.shape[0] as number;
  const errors = range(0, size).flatMap((i) =>
    range(0, size).map((j) => {
      const dot = range(0, size).reduce((sum, k) => sum + block.at(i, k) * block.at(j, k), 0);
      return Math.abs(dot - (i === j ? 1 : 0));
    }),
  );
  return Math.max(...errors);
}

test.each([1, 2, 5, 30])('orthogonal blocks of size %d are orthogonal, and differ', (size) => {
  const blocks = range(0, 3).map((block) =>
    take(orthogonal(key(4), 3, size), 0, range(block * size, (block + 1) * size)),
  );
  for (const block of blocks) expect(identityError(block)).toBeLessThan(1e-13);
  if (size > 1) expect(new Set(blocks.map((block) => block.toFlat().join())).size).toBe(3);
});

test('xavier stays within its bound, and comes near it', () => {
  const values = xavier(key(5), 40, 10, 5).toFlat();
  const bound = Math.sqrt(6 / (10 + 5));
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(largest).toBeLessThanOrEqual(bound);
  expect(largest).toBeGreaterThan(0.95 * bound);
});

test('a bias is zero but for its range of ones', () => {
  expect([...bias(5, 1, 3).toFlat()]).toEqual([0, 1, 1, 0, 0]);
  expect([...bias(2).toFlat()]).toEqual([0, 0]);
});

describe('a fresh layer', () => {
  test('has a forget bias of 1 in one of the two biases, and zeros else', () => {
    const { bias_ih, bias_hh } = recurrent({ cell: 'lstm', inputSize: 3, hiddenSize: 2 }).getWeights();
    expect(bias_ih?.toArray()).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    expect(bias_hh?.toArray()).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    const others = recurrent({ cell: 'gru', inputSize: 3, hiddenSize: 2 }).getWeights();
    expect(others.bias_ih?.toArray()).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test.each(CELLS)('of $name has orthogonal recurrent weights for each gate', (cell) => {
    const weight = recurrent({ cell, inputSize: 3, hiddenSize: 4 }).getWeights().weight_hh as Tensor;
    for (const gate of range(0, cell.gates.length)) {
      expect(identityError(take(weight, 0, range(gate * 4, (gate + 1) * 4)))).toBeLessThan(1e-13);
    }
  });

  test('depends on its key alone', () => {
    const fresh = (seed: number): unknown =>
      recurrent({ cell: 'gru', inputSize: 3, hiddenSize: 2, layers: 2, key: key(seed) }).getWeights();
    expect(fresh(1)).toEqual(fresh(1));
    expect(fresh(1)).not.toEqual(fresh(2));
  });

  test('has different weights in each layer and direction', () => {
    const weights = recurrent({
      cell: 'rnn',
      inputSize: 2,
      hiddenSize: 2,
      layers: 2,
      bidirectional: true,
    }).getWeights();
    const recurrents = Object.entries(weights).filter(([name]) => name.startsWith('weight_hh'));
    expect(new Set(recurrents.map(([, weight]) => weight.toFlat().join())).size).toBe(4);
  });
});
