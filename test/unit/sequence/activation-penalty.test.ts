import { key, lockedDropout, sample } from 'keepgate';
import { expect, test } from 'vitest';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { penalised } from '../../../src/sequence/activation-penalty.ts';

/*
 * The loss is sum(y dy) and the costs, for y = h output, over 3 steps of 2 samples with 3 and 2 valid steps, of 2 units. Its
 * gradient by h is compared with the formula's central differences, and the costs with the formula.
 */
const [TIME, BATCH, UNITS] = [3, 2, 2];
const LENGTHS = [3, 2];
const h = [0.3, -1.2, 0.8, 0.1, -0.4, 0.9, 1.5, -0.6, 1.1, 0.2, 0, 0];
const dy = [0.7, 0.1, -0.3, 0.9, 0.4, -0.8, 0.2, 0.6, -0.5, 0.3, 0.1, -0.2];
const { masks } = sample(lockedDropout({ output: 0.4 }), key(2), {
  batch: BATCH,
  time: TIME,
  inputSize: 1,
  hiddenSize: UNITS,
  gates: 1,
});
const factors = [0, 1].flatMap((row) =>
  [0, 1].map((unit) => (masks.output?.at({ gate: 0, time: 0, row, unit }) ?? 0) * (masks.output?.scale ?? 0)),
);

function costs(values: readonly number[], ar: number, tar: number): number[] {
  const square = values.map((value, i) => (value * (factors[i % (BATCH * UNITS)] as number)) ** 2);
  const change = values.map((value, i) => {
    const [step, sample] = [Math.floor(i / (BATCH * UNITS)), Math.floor(i / UNITS) % BATCH];
    const counts = step > 0 && step < (LENGTHS[sample] as number);
    return counts ? (value - (values[i - BATCH * UNITS] as number)) ** 2 : 0;
  });
  const sum = (terms: readonly number[], scale: number): number[] =>
    scale > 0 ? [scale * terms.reduce((a, b) => a + b, 0)] : [];
  return [...sum(square, ar), ...sum(change, tar)];
}

function lossOf(values: readonly number[], ar: number, tar: number): number {
  const own = values.map((value, i) => value * (factors[i % (BATCH * UNITS)] as number) * (dy[i] as number));
  return [...own, ...costs(values, ar, tar)].reduce((a, b) => a + b, 0);
}

test.each([
  [0.7, 0.3],
  [0.7, 0],
  [0, 0.3],
  [0, 0],
])('what AR %d and TAR %d cost, and their gradient by h', async (ar, tar) => {
  expect(new Set(factors)).toEqual(new Set([0, 1 / 0.6]));
  const ops = createReferenceEngine();
  const shape = [TIME, BATCH, UNITS];
  const output = ops.uploadFactors(masks);
  const handed = penalised(ops, ops.upload(h, shape), ops.uploadIndices(LENGTHS, [BATCH]), { ar, tar, output });
  const found = await Promise.all(handed.penalties.map((penalty) => ops.read(penalty())));
  expect(found.flatMap((cost) => [...cost])).toEqual(costs(h, ar, tar).map((cost) => expect.closeTo(cost, 12)));

  const gradient = await ops.read(handed.backward(ops.upload(dy, shape)).h);
  const moved = (place: number, by: number): number =>
    lossOf(
      h.map((value, i) => (i === place ? value + by : value)),
      ar,
      tar,
    );
  // The last step of the second sample is past its length, and nothing that it has counts.
  const valid = h.slice(0, -UNITS);
  const numeric = valid.map((_, place) => (moved(place, 1e-4) - moved(place, -1e-4)) / 2e-4);
  expect([...gradient].slice(0, -UNITS)).toEqual(numeric.map((slope) => expect.closeTo(slope, 8)));
});

test('a single step changes nothing, so that TAR costs nothing', () => {
  const ops = createReferenceEngine();
  const one = ops.upload(h.slice(0, BATCH * UNITS), [1, BATCH, UNITS]);
  expect(penalised(ops, one, null, { ar: 0, tar: 0.3, output: ops.uploadFactors({}) }).penalties).toEqual([]);
});
