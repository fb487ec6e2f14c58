import fc from 'fast-check';
import {
  EngineError,
  type Factors,
  type Handle,
  injectMasks,
  kernel,
  key,
  none,
  type Ops,
  recurrent,
  ShapeError,
  sample,
  variational,
  zoneout,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import type { Loop } from '../../../../src/engines/ops.ts';
import { createReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import { packedBytes } from '../../../../src/engines/simd/calls.ts';
import { createSimdEngine, type SimdEngine } from '../../../../src/engines/simd/engine.ts';
import { createWasmMemory, Memory } from '../../../../src/engines/simd/memory.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';
import { thousandSteps } from '../../../helpers/thousand-steps.ts';

const engine = await createSimdEngine();
const reference = createReferenceEngine();

const numbers = (count: number, seed: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => Math.fround(Math.sin(seed + i * 1.7)));

/** The largest difference, relative to max(1, |expected|). */
async function difference(compute: (ops: Ops) => Handle): Promise<number> {
  const [ours, theirs] = [await engine.read(compute(engine)), await reference.read(compute(reference))];
  expect(ours).toHaveLength(theirs.length);
  return theirs.reduce((most, value, i) => {
    const error = Math.abs((ours[i] as number) - value) / Math.max(1, Math.abs(value));
    return error > most || Number.isNaN(error) ? error : most;
  }, 0);
}

describe('random shapes', () => {
  const size = fc.integer({ min: 1, max: 21 });

  test('the three products, with what is added to them', () =>
    fc.assert(
      fc.asyncProperty(size, size, size, fc.boolean(), async (rows, m, n, adds) => {
        const x = (ops: Ops): Handle => ops.upload(numbers(rows * n, 1), [rows, n]);
        const dy = (ops: Ops): Handle => ops.upload(numbers(rows * m, 2), [rows, m]);
        const w = (ops: Ops): Handle => ops.upload(numbers(m * n, 3), [m, n]);
        const plus = (ops: Ops, width: number) =>
          adds ? { plus: ops.upload(numbers(rows * width, 4), [rows, width]) } : {};
        const bias = (ops: Ops) => (adds ? { bias: ops.upload(numbers(m, 5), [m]) } : {});
        expect(await difference((ops) => ops.project(x(ops), w(ops), { ...plus(ops, m), ...bias(ops) }))).toBeLessThan(
          1e-5,
        );
        expect(await difference((ops) => ops.projectInputGrad(dy(ops), w(ops), plus(ops, n)))).toBeLessThan(1e-5);
        expect(await difference((ops) => ops.projectWeightGrad(dy(ops), x(ops)))).toBeLessThan(1e-5);
      }),
    ));

  test('a kernel of several tensors, segments, and every operation', () => {
    const all = kernel({
      name: 'all',
      inputs: { a: ['p', 'q'], b: ['r'] },
      scalars: ['s'],
      outputs: { y: ['y'], z: ['z1', 'z2'] },
      body: ({ constant, add, sub, mul, div, sqrt, log, sigmoid, tanh, greater, blend }, v) => {
        const positive = add(mul(v.p, v.p), constant(0.5));
        return {
          y: blend(greater(v.p, v.q), tanh(v.r), div(v.q, positive)),
          z1: sub(log(positive), sqrt(positive)),
          z2: blend(sigmoid(v.q), v.p, mul(v.s, v.r)),
        };
      },
    });
    return fc.assert(
      fc.asyncProperty(size, size, fc.boolean(), async (rows, width, shares) => {
        const run = (name: 'y' | 'z') => (ops: Ops) =>
          ops.run(all, {
            inputs: {
              a: ops.upload(numbers(rows * 2 * width, 1), [rows, 2 * width]),
              b: shares ? ops.upload(numbers(width, 2), [width]) : ops.upload(numbers(rows * width, 2), [rows, width]),
            },
            scalars: { s: -0.7 },
          })[name];
        expect(await difference(run('y'))).toBeLessThan(1e-5);
        expect(await difference(run('z'))).toBeLessThan(1e-5);
      }),
    );
  });

  test('layers with masks and lengths: batch 1, one step and one unit are no exceptions', () => {
    const tiny = fc.integer({ min: 1, max: 6 });
    return fc.assert(
      fc.asyncProperty(tiny, tiny, tiny, tiny, async (batch, time, inputSize, hiddenSize) => {
        const run = async (ops: SimdEngine | typeof reference): Promise<number[]> => {
          const layer = recurrent({ cell: 'lstm', inputSize, hiddenSize, engine: ops, key: key(batch + 7 * time) });
          const scheme = [
            variational({ input: 0.3, recurrent: 0.4, tied: false }),
            zoneout({ cell: 0.2, scope: 'step' }),
          ];
          const plan = sample(scheme, key(3), layer.extents(batch, time));
          const x = Array.from({ length: batch }, (_, b) =>
            Array.from({ length: time }, (__, t) => [...numbers(inputSize, b * 10 + t)]),
          );
          const lengths = x.map((_, b) => (b * 3) % (time + 1));
          const result = await layer.forward(x, { plan, lengths });
          const grads = await result.backward({ y: result.y });
          result.dispose();
          return [result.y, grads.x, ...Object.values(grads.weights)].flatMap((tensor) => [...tensor.toFlat()]);
        };
        const [ours, theirs] = [await run(engine), await run(reference)];
        for (const [i, value] of theirs.entries()) {
          expect(Math.abs((ours[i] as number) - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
        }
      }),
      { numRuns: 40 },
    );
  });
});

test('a factor of ones, and lengths that are all full, change no bit', async () => {
  const [batch, time, inputSize, hiddenSize] = [3, 4, 5, 7];
  const layer = recurrent({ cell: 'lstm', inputSize, hiddenSize, engine, key: key(2) });
  const x = Array.from({ length: batch }, (_, b) =>
    Array.from({ length: time }, (__, t) => [...numbers(inputSize, b * 10 + t)]),
  );
  const ones = (width: number) => ({ rate: 0.3, mask: Array.from({ length: batch }, () => Array(width).fill(1)) });
  const literal = (width: number) => ({ ...ones(width), scaling: 'literal' as const });
  const all = injectMasks({
    input: literal(inputSize),
    recurrent: literal(hiddenSize),
    update: literal(hiddenSize),
    memory: literal(hiddenSize),
    output: literal(hiddenSize),
    zoneCell: ones(hiddenSize),
    zoneHidden: ones(hiddenSize),
  });
  const run = async (options: Parameters<typeof layer.forward>[1]): Promise<Float64Array[]> => {
    const result = await layer.forward(x, options);
    const grads = await result.backward({ y: result.y });
    result.dispose();
    return [result.y, grads.x, ...Object.values(grads.weights)].map((found) => found.toFlat());
  };
  const wanted = await run({ plan: none() });
  expect(await run({ plan: all })).toEqual(wanted);
  expect(await run({ plan: all, lengths: Array(batch).fill(time) })).toEqual(wanted);
});

test('tensors without rows, and products without terms', async () => {
  const strides = { gate: 0, time: 0, row: 0, unit: 1 };
  const read = async (compute: (ops: Ops) => Handle): Promise<number[]> => {
    const [ours, theirs] = [await engine.read(compute(engine)), await reference.read(compute(reference))];
    expect(ours).toEqual(theirs);
    return [...ours];
  };
  const use = (ops: Ops, width: number) => {
    const bits = new Uint8Array(width).fill(1);
    return { factor: { factors: ops.uploadFactors({ f: { values: bits, scale: 1, strides } }), name: 'f', gates: 1 } };
  };
  expect(await read((ops) => ops.project(ops.zeros([0, 3]), ops.zeros([2, 3]), use(ops, 3)))).toEqual([]);
  expect(await read((ops) => ops.projectInputGrad(ops.zeros([0, 2]), ops.zeros([2, 3]), use(ops, 3)))).toEqual([]);
  expect(await read((ops) => ops.projectWeightGrad(ops.zeros([0, 2]), ops.zeros([0, 3]), use(ops, 3)))).toEqual(
    Array(6).fill(0),
  );
  const bias = (ops: Ops): Handle => ops.upload([1, 2], [2]);
  const none = await read((ops) => ops.project(ops.zeros([3, 0]), ops.zeros([2, 0]), { bias: bias(ops) }));
  expect(none).toEqual([1, 2, 1, 2, 1, 2]);
  await expectRefusal(
    () =>
      engine.project(engine.zeros([1, 3]), engine.zeros([2, 3]), { factor: { ...use(engine, 3).factor, batch: 0 } }),
    ShapeError,
    'a batch of at least 1',
  );
  // The engine goes on.
  expect(await read((ops) => ops.project(ops.upload([1, 2, 3], [1, 3]), ops.upload([1, 1, 1], [1, 3])))).toEqual([6]);
});

test('a packed weight may be larger than 32 bits can count: it is refused, and the engine goes on', async () => {
  expect(packedBytes(1, 2 ** 27, { panelColumns: 8 })).toBe(2 ** 32);
  const memory = new Memory(createWasmMemory({ shared: false }), { settle() {}, running: false }, 0);
  await expectRefusal(
    () => memory.take(packedBytes(1, 2 ** 27, { panelColumns: 8 })),
    EngineError,
    '4097 MiB of memory were expected',
  );
  expect(memory.take(8).pointer).toBe(0);
});

describe('a loop over time', () => {
  const double = kernel({
    name: 'double',
    inputs: { x: ['x'] },
    outputs: { y: ['y'] },
    body: ({ add }, v) => ({ y: add(v.x, v.x) }),
  });
  const run = (loop: Loop, t: number, seed = t): Handle =>
    engine.run(double, { inputs: { x: engine.upload(numbers(6, seed), [2, 3]) }, loop, t }).y;
  const wanted = (...steps: readonly number[]): number[] => steps.flatMap((t) => [...numbers(6, t)].map((x) => x + x));

  test('lays the steps of a result side by side, in whatever order they come, so that concat copies nothing', async () => {
    const loop = { steps: 3 };
    const parts = [2, 0, 1].map((t) => ({ t, y: run(loop, t) })).toSorted((a, b) => a.t - b.t);
    const before = engine.liveBuffers;
    const all = engine.concat(parts.map(({ y }) => y));
    expect(engine.liveBuffers).toBe(before);
    expect([...(await engine.read(all))]).toEqual(wanted(0, 1, 2));
    const pick = (...steps: readonly number[]) => engine.read(engine.concat(steps.map((t) => parts[t]?.y as Handle)));
    expect([...(await pick(0, 2))]).toEqual(wanted(0, 2));
    expect([...(await pick(2, 1, 0))]).toEqual(wanted(2, 1, 0));
  });

  test('a step that comes twice, one beyond the end and other sizes have results of their own', async () => {
    const loop = { steps: 2 };
    const first = run(loop, 1);
    const others = [
      run(loop, 1, 7),
      run(loop, 2, 8),
      engine.run(double, { inputs: { x: engine.zeros([5, 3]) }, loop, t: 0 }).y,
    ];
    const zero = run(loop, 0);
    expect([...(await engine.read(first))]).toEqual(wanted(1));
    expect([...(await engine.read(engine.concat([zero, ...others.slice(0, 2)])))]).toEqual(wanted(0, 7, 8));
    expect([...(await engine.read(others[2] as Handle))]).toEqual(Array(15).fill(0));
  });
});

describe('memory', () => {
  test('what is freed is used again: a second step needs no more than the first', async () => {
    const fresh = await createSimdEngine();
    const step = async (): Promise<void> => {
      const scope = fresh.openScope();
      await fresh.read(scope.run(() => fresh.project(fresh.zeros([64, 32]), fresh.zeros([256, 32]))));
      scope.dispose();
    };
    await step();
    const { memoryBytes } = fresh;
    for (let i = 0; i < 50; i++) await step();
    expect(fresh.memoryBytes).toBe(memoryBytes);
    expect(fresh.liveBuffers).toBe(0);
  });

  test('1,000 training steps leave it where it was after 250', async () => {
    const fresh = await createSimdEngine();
    const { early, late } = await thousandSteps(fresh, async () => ({ bytes: fresh.memoryBytes }));
    expect(early.bytes).toBeGreaterThan(0);
    expect(late).toEqual(early);
  });

  test.each(['a weight that sees many masks', 'a mask that sees many weights'])(
    '%s leaves it where it was',
    async (which) => {
      const fresh = await createSimdEngine({ threads: 1 });
      const [rows, size] = [6, 256];
      const draw = (seed: number, samples: number): Factors => {
        const values = Uint8Array.from({ length: samples * size }, (_, i) => (((i % size) * 7 + seed) % 3 > 0 ? 1 : 0));
        const strides = { gate: 0, time: 0, row: samples > 1 ? size : 0, unit: 1 };
        return fresh.uploadFactors({ h: { values, scale: 1.5, strides } });
      };
      const weight = (seed: number): Handle => fresh.upload(numbers(size * size, seed), [size, size]);
      const [w, mask] = [weight(0), draw(0, 1)];
      const step = async (seed: number): Promise<void> => {
        const scope = fresh.openScope();
        const [found, wanted] = scope.run(() => {
          const dy = fresh.upload(numbers(rows * size, 1), [rows, size]);
          const [seen, factors] = which.startsWith('a weight') ? [w, draw(seed, 1)] : [weight(seed), mask];
          // What is packed for a mask is not seen in what another one gives, nor what is packed of a weight.
          return [factors, draw(which.startsWith('a weight') ? seed : 0, rows)].map((use) =>
            fresh.projectInputGrad(dy, seen, { factor: { factors: use, name: 'h', gates: 1, batch: rows } }),
          ) as [Handle, Handle];
        });
        if (seed < 4) expect(await fresh.read(found)).toEqual(await fresh.read(wanted));
        scope.dispose();
      };
      for (let i = 0; i < 10; i++) await step(i);
      const { memoryBytes } = fresh;
      for (let i = 0; i < 200; i++) await step(i % 9);
      expect(fresh.memoryBytes).toBe(memoryBytes);
    },
  );

  test('more than WebAssembly can give is refused, and the engine goes on', async () => {
    const fresh = await createSimdEngine();
    await expectRefusal(() => fresh.zeros([2 ** 15, 2 ** 15, 2]), EngineError, 'MiB of memory were expected');
    expect([...(await fresh.read(fresh.upload([1, 2], [2])))]).toEqual([1, 2]);
  });

  test('a handle that was freed, or that another engine made, is refused', async () => {
    const freed = engine.zeros([3]);
    engine.release([freed]);
    await expectRefusal(() => engine.read(freed), EngineError, 'a live buffer was expected', '[3] was freed');
    await expectRefusal(() => engine.sum(reference.zeros([2])), EngineError, 'another engine made this one');
    const apart = { values: Uint8Array.of(1, 0), scale: 2, strides: { gate: 0, time: 0, row: 0, unit: 2 } };
    await expectRefusal(() => engine.uploadFactors({ input: apart }), EngineError, "'input'", '2 apart');
  });
});
