/** Run by vitest in a realm of its own: see test/e2e/engines-of-hosts.test.ts. */
import { createEngine, dense, key, lstm, meanSquaredError, sequential, variational } from 'keepgate';
import { expect, test } from 'vitest';

test('engines and training', async () => {
  // What the test stands on: the buffers of WebAssembly are of another realm here.
  const { WebAssembly: wasm } = globalThis as unknown as {
    WebAssembly: { Memory: new (limits: object) => { readonly buffer: object } };
  };
  expect(new wasm.Memory({ initial: 1 }).buffer).not.toBeInstanceOf(ArrayBuffer);

  for (const threads of [1, 2]) {
    const engine = await createEngine('auto', { threads });
    expect([engine.name, engine.warnings]).toEqual(['simd', []]);
    await engine.dispose();
  }
  const x = [
    [[1], [2]],
    [[3], [4]],
  ];
  const losses: number[] = [];
  for (const engine of ['simd', 'gpu', 'reference'] as const) {
    const dropout = variational({ input: 0.25, recurrent: 0.5 });
    const model = sequential([lstm({ units: 4, dropout }), dense({ units: 1 })], { engine });
    const { epochs } = await model.fit({ x, y: [[1], [2]] }, { key: key(1), epochs: 2, loss: meanSquaredError() });
    losses.push(epochs[1]?.training.loss ?? Number.NaN);
    await model.dispose();
  }
  for (const loss of losses) expect(loss).toBeCloseTo(losses[2] as number, 5);
});
