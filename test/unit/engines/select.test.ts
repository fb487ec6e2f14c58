import {
  createEngine,
  dense,
  EngineError,
  type EngineOption,
  type EngineOptions,
  key,
  recurrent,
  sequential,
} from 'keepgate';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { expectRefusal } from '../../helpers/refusals.ts';

test('a layer takes an engine, one in the making, or a name', async () => {
  const run = async (engine: EngineOption | undefined): Promise<unknown> => {
    const layer = recurrent({ cell: 'gru', inputSize: 2, hiddenSize: 3, key: key(4), ...(engine ? { engine } : {}) });
    return (
      await layer.forward([
        [
          [1, -0.5],
          [0.25, 2],
        ],
      ])
    ).y.toArray();
  };
  const wanted = await run(await createEngine('reference'));
  expect(await run(createEngine('reference'))).toEqual(wanted);
  expect(await run('reference')).toEqual(wanted);
  expect(await run(undefined)).toEqual(await run('simd'));
  expect((await createEngine()).describe()).toMatch(/^simd: WebAssembly SIMD.*, float32, (one thread|\d threads)$/);
});

test('auto and simd have threads, the others not, and a number that cannot be is refused', async () => {
  for (const name of ['auto', 'simd'] as const) {
    expect((await createEngine(name, { threads: 1 })).describe()).toMatch(/, one thread$/);
    expect((await createEngine(name, { threads: 3 })).describe()).toMatch(/, 3 threads$/);
    for (const threads of [0, 1.5, 65, Number.NaN, '2' as unknown as number]) {
      await expectRefusal(() => createEngine(name, { threads }), EngineError, '1 to 64 threads were expected');
    }
    await expectRefusal(
      () => createEngine(name, { mode: 'cpu' }),
      EngineError,
      "only the options 'threads' and 'wide'",
      '"mode"',
    );
  }
  await expectRefusal(() => createEngine('reference', { threads: 2 }), EngineError, 'no option', '"threads"');
});

test('an unknown name is refused', async () => {
  const wrong = 'quantum' as 'auto';
  const parts = ['one of auto, reference, simd, gpu was expected', '"quantum" came'];
  await expectRefusal(() => createEngine(wrong), EngineError, ...parts);
  await expectRefusal(
    () => recurrent({ cell: 'rnn', inputSize: 1, hiddenSize: 1, engine: wrong }).forward([[[1]]]),
    EngineError,
    ...parts,
  );
  const model = sequential([dense({ units: 1 })], { engine: wrong });
  await expectRefusal(() => model.build({ kind: 'vector', size: 1 }, key(1)), EngineError, ...parts);
});

describe('auto takes the best that can be had, and says why it is not better', () => {
  interface Limits {
    readonly shared: boolean;
  }
  const { WebAssembly: wasm } = globalThis as unknown as {
    WebAssembly: { instantiate(): Promise<unknown>; Memory: new (limits: Limits) => object };
  };
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  /** A reason stands in describe() and in warnings alike. */
  async function expectReason(options: EngineOptions, runs: RegExp, ...parts: readonly string[]): Promise<void> {
    const engine = await createEngine('auto', options);
    expect(engine.describe()).toMatch(runs);
    expect(engine.warnings).toHaveLength(1);
    for (const part of parts) expect(engine.warnings?.[0]).toContain(part);
    expect(engine.describe()).toBe(`${engine.describe().split('; ')[0]}; ${engine.warnings?.[0]}`);
    await engine.dispose();
  }

  function refuseShared(): void {
    const { Memory } = wasm;
    vi.spyOn(wasm, 'Memory').mockImplementation(function refusing(limits: Limits) {
      if (limits.shared) throw new RangeError('could not allocate memory');
      return new Memory(limits);
    });
  }

  test('nothing is to be said of the best', async () => {
    const engine = await createEngine();
    expect([engine.name, engine.warnings]).toEqual(['simd', []]);
    await engine.dispose();
  });

  test('one thread where memory cannot be shared', async () => {
    refuseShared();
    const parts = ['auto: one thread is used', 'room for shared memory', 'could not allocate memory'];
    await expectReason({ threads: 2 }, /^simd: .*, one thread; auto/, ...parts);
    await expectRefusal(() => createEngine('simd', { threads: 2 }), EngineError, 'room for shared memory');
  });

  test('one thread that was asked for is no substitute', async () => {
    refuseShared();
    const engine = await createEngine('auto', { threads: 1 });
    expect([engine.name, engine.warnings]).toEqual(['simd', []]);
    await engine.dispose();
  });

  test('reference where WebAssembly does not run, or is not there', async () => {
    const parts = ['auto: reference, which is some twenty times slower, is used'];
    const refuses = vi.spyOn(wasm, 'instantiate').mockRejectedValue(new Error('no SIMD here'));
    await expectRefusal(() => createEngine('simd'), EngineError, 'SIMD was expected', 'no SIMD here', "'reference'");
    await expectReason({}, /^reference: /, ...parts, 'no SIMD here');
    refuses.mockRestore();
    vi.stubGlobal('WebAssembly', undefined);
    await expectReason({}, /^reference: /, ...parts, 'this host has none');
  });

  test('what cannot be is refused, whatever the host has', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    await expectRefusal(() => createEngine('auto', { threads: 0 }), EngineError, '1 to 64 threads were expected');
  });

  test('it reaches history.warnings, and a model tells its engine', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    // Afresh: models of other tests may hold an engine still, which this one would share.
    vi.resetModules();
    const { dense, key, meanSquaredError, sequential } = await import('keepgate');
    const model = sequential([dense({ units: 1 })]);
    expect(model.engine).toBeNull();
    const options = { key: key(1), epochs: 1, loss: meanSquaredError() };
    const { warnings } = await model.fit({ x: [[1], [2]], y: [[1], [2]] }, options);
    expect(warnings).toEqual([expect.stringContaining('auto: reference, which is')]);
    expect(model.engine).toBe(`reference: float64 TypeScript, one thread; ${warnings[0]}`);
    await model.dispose();
  });

  test('whether memory is shared does not depend on the realm of its buffer', async () => {
    vi.stubGlobal('ArrayBuffer', class {});
    vi.stubGlobal('SharedArrayBuffer', class {});
    for (const threads of [1, 2]) {
      const engine = await createEngine('simd', { threads });
      const x = engine.upload([1, 2, 3], [3]);
      expect([...(await engine.read(engine.sum(x)))]).toEqual([6]);
      await engine.dispose();
    }
  });
});
