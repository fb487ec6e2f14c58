import { expect, test } from 'vitest';
import { createWasmMemory, Memory } from '../../../../src/engines/simd/memory.ts';
import { EngineError } from '../../../../src/errors.ts';

const ALONE = { settle: () => {}, running: false };

test('rows 12 and 29: where memory runs full, it says how much was wanted, and what frees or saves some', () => {
  const memory = new Memory(createWasmMemory({ shared: false }), ALONE, 64);
  memory.allocate([1000]);
  // 1 TiB: no module has that much, whatever the machine has.
  const attempt = (): unknown => memory.allocate([2 ** 38]);
  expect(attempt).toThrow(EngineError);
  expect(attempt).toThrow(
    /^simd: 1048577 MiB of memory were expected, 1048577 of them for one more buffer, but WebAssembly gives no more than [\d.]+; dispose\(\) of runs, models and layers that are no longer needed, or make weights, batches or sequences smaller$/,
  );
  // What was there stays, and there is room for what fits.
  expect(memory.allocate([10]).size).toBe(10);
});
