import { EngineError, kernel, ShapeError } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { trace, traceFlushed } from '../../../src/engines/trace.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

describe('a trace', () => {
  test('is the instructions of the body, in order, and no others', () => {
    const wasteful = kernel({
      name: 'wasteful',
      inputs: { x: ['a', 'unused'], y: ['b'] },
      outputs: { z: ['c'] },
      body: ({ add, mul, tanh }, v) => {
        tanh(v.unused);
        return { c: mul(add(v.a, v.b), v.b) };
      },
    });
    const program = trace(wasteful);
    expect(program.code.map(({ operation }) => operation)).toEqual(['add', 'mul']);
    expect([...program.loads.keys()]).toEqual(['a', 'b']);
    expect([...program.results.keys()]).toEqual(['c']);
  });

  test('may hand an input straight on', () => {
    const identity = kernel({
      name: 'identity',
      inputs: { x: ['a'] },
      outputs: { y: ['b'] },
      body: (_, v) => ({ b: v.a }),
    });
    const program = trace(identity);
    expect(program.code).toEqual([]);
    expect(program.results.get('b')).toBe(program.loads.get('a'));
  });

  test('for float32 flushes every result, but for sigmoids, which engines flush themselves', () => {
    const mixed = kernel({
      name: 'mixed',
      inputs: { x: ['a'], y: ['b'] },
      outputs: { z: ['product', 'gate', 'same'] },
      body: ({ mul, sigmoid }, v) => ({ product: mul(v.a, v.b), gate: sigmoid(v.a), same: v.a }),
    });
    const { code, results } = traceFlushed(mixed);
    const by = new Map(code.map(({ operation, target }) => [target, operation]));
    expect(['product', 'gate', 'same'].map((name) => by.get(results.get(name) as number))).toEqual([
      'flush',
      'sigmoid',
      'flush',
    ]);
  });

  test('of a kernel with a name twice is refused', async () => {
    const twice = kernel({
      name: 'twice',
      inputs: { x: ['a'], y: ['a'] },
      outputs: { z: ['c'] },
      body: (_, v) => ({ c: v.a }),
    });
    await expectRefusal(
      () => trace(twice),
      EngineError,
      'kernel twice: distinct names were expected',
      "'a' is used twice",
    );
  });

  test('of a body without a result is refused', async () => {
    const lacking = kernel({
      name: 'lacking',
      inputs: { x: ['a'] },
      outputs: { y: ['b', 'c'] },
      body: (_, v) => ({ b: v.a }) as { b: typeof v.a; c: typeof v.a },
    });
    await expectRefusal(() => trace(lacking), EngineError, "kernel lacking: a value for 'c' was expected", 'none');
  });
});

describe('a run', () => {
  const add = kernel({
    name: 'addition',
    inputs: { x: ['a'], y: ['b'] },
    outputs: { z: ['c'] },
    body: (algebra, v) => ({ c: algebra.add(v.a, v.b) }),
  });

  test('broadcasts an input of one row', async () => {
    const ops = createReferenceEngine();
    const inputs = { x: ops.upload([1, 2, 3, 4], [2, 2]), y: ops.upload([10, 20], [2]) };
    const { z } = ops.run(add, { inputs });
    expect([z.shape, [...(await ops.read(z))]]).toEqual([
      [2, 2],
      [11, 22, 13, 24],
    ]);
  });

  test.each([[[3]], [[3, 2]]])('refuses an input of shape %j beside one of [2,2]', async (shape) => {
    const ops = createReferenceEngine();
    const inputs = { x: ops.zeros([2, 2]), y: ops.zeros(shape) };
    await expectRefusal(() => ops.run(add, { inputs }), ShapeError, 'kernel addition', 'was expected', 'came');
  });
});
