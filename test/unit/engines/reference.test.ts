import { createEngine, EngineError, type EngineName, type Handle, ShapeError } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const ops = createReferenceEngine();

async function numbers(handle: Handle): Promise<number[]> {
  return [...(await ops.read(handle))];
}

describe('views', () => {
  const x = ops.upload([1, 2, 3, 4, 5, 6], [3, 2]);

  test('at is a step, rows is a range, reshape is the same numbers', async () => {
    expect([ops.at(x, 1).shape, await numbers(ops.at(x, 1))]).toEqual([[2], [3, 4]]);
    expect([ops.rows(x, 1, 3).shape, await numbers(ops.rows(x, 1, 3))]).toEqual([
      [2, 2],
      [3, 4, 5, 6],
    ]);
    expect([ops.reshape(x, [2, 3]).shape, await numbers(ops.reshape(x, [2, 3]))]).toEqual([
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ]);
    expect(await numbers(ops.at(ops.rows(x, 1, 3), 1))).toEqual([5, 6]);
  });

  test('concat joins along the first axis', async () => {
    const both = ops.concat([ops.rows(x, 2, 3), ops.rows(x, 0, 2)]);
    expect([both.shape, await numbers(both)]).toEqual([
      [3, 2],
      [5, 6, 1, 2, 3, 4],
    ]);
  });

  test('reverse turns the valid part of each sample, and is its own inverse', async () => {
    const lengths = ops.uploadIndices([2, 3, 0], [3]);
    const sequence = ops.upload([1, 10, 100, 2, 20, 200, 3, 30, 300], [3, 3, 1]);
    const reversed = ops.reverse(sequence, lengths);
    expect(await numbers(reversed)).toEqual([2, 30, 100, 1, 20, 200, 3, 10, 300]);
    expect(await numbers(ops.reverse(reversed, lengths))).toEqual(await numbers(sequence));
    expect(await numbers(ops.reverse(sequence, null))).toEqual([3, 30, 300, 2, 20, 200, 1, 10, 100]);
  });
});

describe('tables and classes', () => {
  test('gather reads rows by id, and zeros for -1; scatterAdd is its gradient', async () => {
    const ids = ops.uploadIndices([2, -1, 0, 2], [2, 2]);
    const found = ops.gather(ops.upload([1, 2, 3, 4, 5, 6], [3, 2]), ids);
    expect([found.shape, await numbers(found)]).toEqual([
      [2, 2, 2],
      [5, 6, 0, 0, 1, 2, 5, 6],
    ]);
    const dy = ops.upload([1, 2, 100, 100, 3, 4, 50, 60], [2, 2, 2]);
    expect(await numbers(ops.scatterAdd(dy, ids, 3))).toEqual([3, 4, 0, 0, 51, 62]);
  });

  test('softmax of large numbers does not overflow', async () => {
    expect(await numbers(ops.softmax(ops.upload([1000, 1000, -1000, 0], [2, 2])))).toEqual([0.5, 0.5, 0, 1]);
  });

  test('a normalised row has no mean and a deviation of 1, up to epsilon', async () => {
    const { y, inverseDeviation } = ops.normalise(ops.upload([1, 2, 3, 6, 7, 7, 7, 7], [2, 4]), 0.5);
    // The variance of the first row is 3.5, that of the second 0.
    expect(await numbers(y)).toEqual([-1, -0.5, 0, 1.5, 0, 0, 0, 0]);
    expect(await numbers(inverseDeviation)).toEqual([0.5, expect.closeTo(Math.SQRT2, 14)]);
    expect([y.shape, inverseDeviation.shape]).toEqual([[2, 4], [2]]);
  });

  test('the gradient of a normalised row has no part along the row', async () => {
    const y = ops.upload([-1, 1, 0, 0], [1, 4]);
    const dx = ops.normaliseGrad(y, ops.upload([2], [1]), ops.upload([3, 1, 6, 2], [1, 4]));
    // dy - 3 - y * (-2 / 4), twice.
    expect(await numbers(dx)).toEqual([-1, -3, 6, -2]);
  });

  test('cross-entropy counts labelled rows alone', async () => {
    const logits = ops.upload([0, Math.log(3), 7, 8], [2, 2]);
    const { loss, grad } = ops.softmaxCrossEntropy(logits, ops.uploadIndices([1, -1], [2]));
    expect((await numbers(loss))[0]).toBeCloseTo(-Math.log(0.75), 14);
    const [a = 0, b = 0, ...rest] = await numbers(grad);
    expect([a, b]).toEqual([expect.closeTo(0.25, 14), expect.closeTo(-0.25, 14)]);
    expect(rest).toEqual([0, 0]);
  });
});

describe('memory', () => {
  test('a scope frees what was made in it, but for what was kept', async () => {
    const engine = createReferenceEngine();
    const scope = engine.openScope();
    const [freed, kept] = scope.run(() => [engine.zeros([1]), engine.upload([3], [1])] as const);
    const outside = engine.zeros([1]);
    scope.keep([kept]);
    expect(engine.liveBuffers).toBe(3);
    scope.dispose();
    scope.dispose();
    expect(engine.liveBuffers).toBe(2);
    expect([...(await engine.read(kept))]).toEqual([3]);
    await expectRefusal(() => engine.read(freed), EngineError, 'a live buffer was expected', '[1] was freed');
    engine.release([kept, outside]);
    expect(engine.liveBuffers).toBe(0);
  });

  test('an inner scope owns what is made in it, also after an error', () => {
    const engine = createReferenceEngine();
    const [outer, inner] = [engine.openScope(), engine.openScope()];
    outer.run(() => {
      expect(() =>
        inner.run(() => {
          engine.zeros([1]);
          throw new RangeError('stop');
        }),
      ).toThrow(RangeError);
      engine.zeros([1]);
    });
    inner.dispose();
    expect(engine.liveBuffers).toBe(1);
    outer.dispose();
    expect(engine.liveBuffers).toBe(0);
  });

  test('what is read is a copy', async () => {
    const handle = ops.upload([1, 2], [2]);
    (await ops.read(handle)).fill(9);
    expect(await numbers(handle)).toEqual([1, 2]);
  });
});

describe('refusals', () => {
  test('an engine that was disposed of', async () => {
    const engine = createReferenceEngine();
    const x = engine.upload([1, 2], [1, 2]);
    expect(engine.usable).toBe(true);
    await engine.dispose();
    await engine.dispose();
    expect(engine.usable).toBe(false);
    await expectRefusal(() => engine.read(x), EngineError, 'this one was disposed of');
    await expectRefusal(() => engine.sum(x), EngineError, 'this one was disposed of');
    engine.release([x]);
    expect(engine.liveBuffers).toBe(0);
  });

  test('gradients and deviations of other sizes than the rows', async () => {
    const { y, inverseDeviation } = ops.normalise(ops.zeros([2, 3]), 0.1);
    await expectRefusal(() => ops.normaliseGrad(y, y, y), ShapeError, 'normaliseGrad: inverseDeviation: 2 numbers');
    await expectRefusal(() => ops.normaliseGrad(y, inverseDeviation, ops.zeros([3])), ShapeError, 'dy: 6 numbers');
  });

  test('numbers that do not fit their shape', async () => {
    await expectRefusal(() => ops.upload([1, 2, 3], [2, 2]), ShapeError, '4 numbers for shape [2,2]', '3 came');
    await expectRefusal(() => ops.reshape(ops.zeros([2, 2]), [3]), ShapeError, 'a shape of 4 numbers', '[3] came');
  });

  test('a handle of another engine', async () => {
    await expectRefusal(() => ops.sum({ shape: [1] }), EngineError, 'a handle of this engine', 'another engine');
  });

  test('an unknown engine', async () => {
    const act = (): unknown => createEngine('abacus' as EngineName);
    await expectRefusal(act, EngineError, 'one of auto, reference', '"abacus" came');
    await expectRefusal(() => createEngine('toString' as EngineName), EngineError, '"toString" came');
  });
});

test('an engine says what it is', async () => {
  const engine = await createEngine('reference');
  expect(engine).toMatchObject({ name: 'reference', dtype: 'float64' });
  expect(engine.describe()).toMatch(/^reference: /);
});

describe('what is remembered of a weight', () => {
  const factors = ops.uploadFactors({
    input: { values: Uint8Array.of(1, 0), scale: 2, strides: { gate: 1, time: 0, row: 0, unit: 0 } },
  });
  const use = { factor: { factors, name: 'input', gates: 2, batch: 1 } };

  test('is not mixed up between a product of all gates and one gate by gate', async () => {
    const w = ops.upload([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
    const dy = ops.upload([1, 1, 1, 1], [1, 4]);
    expect(await numbers(ops.projectInputGrad(dy, w, use))).toEqual([8, 12]);
    expect(await numbers(ops.projectInputGrad(dy, w))).toEqual([16, 20]);
    expect(await numbers(ops.projectInputGrad(dy, w, use))).toEqual([8, 12]);
  });

  test('is not used any more when the weight is freed', async () => {
    const w = ops.upload([1, 2], [2, 1]);
    const dy = ops.upload([1, 1], [1, 2]);
    expect(await numbers(ops.projectInputGrad(dy, w))).toEqual([3]);
    ops.release([w]);
    await expectRefusal(() => ops.projectInputGrad(dy, w), EngineError, 'was freed');
  });
});
