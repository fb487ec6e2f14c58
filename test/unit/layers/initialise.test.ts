import {
  bidirectional,
  dense,
  embedding,
  fold,
  gru,
  KeepgateError,
  key,
  type Layer,
  lstm,
  normal,
  recurrent,
  rnn,
  sequential,
  type Tensor,
} from 'keepgate';
import { describe, expect, test, vi } from 'vitest';
import type { GiveWay } from '../../../src/engines/give-way.ts';
import { bias, halfNormal, orthogonal, type Parts, xavier } from '../../../src/layers/initialise.ts';
import { type Signature, sequence, tokens } from '../../../src/layers/signature.ts';
import { atOnce, initInTurns, type WeightSpec } from '../../../src/layers/weight-spec.ts';
import { CELLS } from '../../helpers/cells.ts';
import { expectRefusal } from '../../helpers/refusals.ts';
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
    take(atOnce(orthogonal(key(4), 3, size)), 0, range(block * size, (block + 1) * size)),
  );
  for (const block of blocks) expect(identityError(block)).toBeLessThan(1e-13);
  if (size > 1) expect(new Set(blocks.map((block) => block.toFlat().join())).size).toBe(3);
});

describe('orthogonal blocks have the bits that plain loops over the rows of each give', () => {
  /** Modified Gram-Schmidt, twice, as a reader of the definition would write it. */
  function byDefinition(rows: number[][]): number[][] {
    const dot = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, x, k) => sum + x * (b[k] as number), 0);
    const done: number[][] = [];
    for (let row of rows) {
      for (const q of [...done, ...done]) {
        const share = dot(row, q);
        row = row.map((x, k) => x - share * (q[k] as number));
      }
      const length = Math.sqrt(dot(row, row));
      done.push(row.map((x) => x / length));
    }
    return done;
  }

  // From 64 on in WebAssembly, where there is some; two blocks at a time, of which one may be missing.
  const sizes = [1, 2, 5, 63, 64, 65, 130].flatMap((size) => [1, 3, 4].map((blocks) => ({ size, blocks })));

  test.each(sizes)('$blocks of size $size', ({ size, blocks }) => {
    const found = atOnce(orthogonal(key(4), blocks, size)).toArray<number[][]>();
    const wanted = range(0, blocks).flatMap((block) => {
      const drawn = [...normal(fold(key(4), block), size * size)];
      return byDefinition(range(0, size).map((i) => drawn.slice(i * size, (i + 1) * size)));
    });
    expect(found.map((row) => row.join())).toEqual(wanted.map((row) => row.join()));
  });

  test('without WebAssembly too', () => {
    const wanted = atOnce(orthogonal(key(5), 2, 70))
      .toFlat()
      .join();
    const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: { Module: new () => object } };
    const refusals = [
      () => vi.stubGlobal('WebAssembly', undefined),
      () =>
        vi.spyOn(wasm, 'Module').mockImplementation(function refusing() {
          throw new Error('a policy forbids it');
        }),
    ];
    for (const refuse of refusals) {
      refuse();
      try {
        expect(
          atOnce(orthogonal(key(5), 2, 70))
            .toFlat()
            .join(),
        ).toBe(wanted);
      } finally {
        vi.restoreAllMocks();
        vi.unstubAllGlobals();
      }
    }
  });
});

test.each([
  ['orthogonal', (): Parts => orthogonal(key(7), 2, 70), 70],
  ['xavier', (): Parts => xavier(key(7), 400, 400), 2],
  ['halfNormal', (): Parts => halfNormal(key(7), 400, 400), 2],
])('%s is made in parts, between which others have their turn, and is what it is at once', async (_, parts, least) => {
  let turns = 0;
  const giveWay = {
    turn: async () => {
      turns += 1;
    },
  } as unknown as GiveWay;
  const spec = { init: () => atOnce(parts()), initInParts: parts };
  const made = await initInTurns(spec, key(7), giveWay);
  expect(turns).toBeGreaterThan(least);
  expect(Buffer.from(made.toFlat().buffer).equals(Buffer.from(spec.init().toFlat().buffer))).toBe(true);
  expect(await initInTurns({ init: () => made }, key(7), giveWay)).toBe(made);
});

test('halfNormal has the numbers of one draw, halved', () => {
  const wanted = normal(key(8), 120_000).map((value) => value * 0.5);
  expect(atOnce(halfNormal(key(8), 400, 300)).data.every((value, i) => value === wanted[i])).toBe(true);
});

test('a size that there is no room for is refused', async () => {
  const input = { kind: 'vector', size: 1e6 } as const;
  for (const units of [1e9, 2 ** 40]) {
    const model = sequential([dense({ units })]);
    await expectRefusal(() => model.build(input, key(1)), KeepgateError, 'expected', 'came');
    await model.dispose();
  }
});

test('xavier stays within its bound, and comes near it', () => {
  const values = atOnce(xavier(key(5), 40, 10, 5)).toFlat();
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

const OF_LAYERS = {
  weight_ih_l0: [0.828609923893, 0.835821733035],
  weight_hh_l0: [-0.959144236554, -0.282917538314],
};
const ZEROS = { bias_ih_l0: [0, 0], bias_hh_l0: [0, 0] };
test.each<[string, Layer, Signature, Readonly<Record<string, readonly number[]>>]>([
  ['lstm', lstm({ units: 2 }), sequence(3), { ...OF_LAYERS, ...ZEROS }],
  ['gru', gru({ units: 2 }), sequence(3), { ...OF_LAYERS, ...ZEROS }],
  [
    'two rnns',
    rnn({ units: 2, layers: 2 }),
    sequence(3),
    {
      ...OF_LAYERS,
      ...ZEROS,
      weight_ih_l1: [1.00556456541, 0.841033965021],
      weight_hh_l1: [0.880225534369, 0.474555590679],
      bias_ih_l1: [0, 0],
      bias_hh_l1: [0, 0],
    },
  ],
  [
    'bidirectional rnn',
    bidirectional(rnn({ units: 2 })),
    sequence(3),
    {
      ...OF_LAYERS,
      ...ZEROS,
      weight_ih_l0_reverse: [0.172394391736, 0.811838627627],
      weight_hh_l0_reverse: [-0.996031079958, 0.0890061107895],
      bias_ih_l0_reverse: [0, 0],
      bias_hh_l0_reverse: [0, 0],
    },
  ],
  ['dense', dense({ units: 2 }), sequence(3), { weight: [0.800535733835, -0.102523996261], bias: [0, 0] }],
  ['embedding', embedding({ vocabulary: 4, units: 2 }), tokens(4), { weight: [0.144359674394, 0.497477728384] }],
])('a key gives the fresh weights that it always gave: %s', (_, layer, x, expected) => {
  const specs = layer.weights({ x });
  expect(Object.keys(specs)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected)) {
    const found = (specs[name] as WeightSpec).init(key(3)).toFlat();
    for (const [i, value] of values.entries()) expect(found[i], `${name}[${i}]`).toBeCloseTo(value, 11);
  }
});
