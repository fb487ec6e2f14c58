import { createEngine, dense, EngineError, type EngineOption, key, recurrent, sequential } from 'keepgate';
import { expect, test, vi } from 'vitest';
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
    await expectRefusal(() => createEngine(name, { mode: 'cpu' }), EngineError, "only the option 'threads'", '"mode"');
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

test('where WebAssembly does not run, simd says so, and auto is the reference engine', async () => {
  const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: { instantiate(): Promise<unknown> } };
  const refuses = vi.spyOn(wasm, 'instantiate').mockRejectedValue(new Error('no SIMD here'));
  try {
    await expectRefusal(() => createEngine('simd'), EngineError, 'SIMD was expected', 'no SIMD here', "'reference'");
    expect((await createEngine()).name).toBe('reference');
  } finally {
    refuses.mockRestore();
  }
});
