import type { SimdExports } from '#simd.js';
import { EngineError } from '../../errors.ts';
import { type WasmMemory, wasm } from './web-assembly.ts';

/** The numerical module: functions over its memory, and those of one vector, which kernels call. */
export interface SimdModule {
  readonly exports: SimdExports;
  /** sigmoid, tanh and log of four lanes, for modules of kernels to import. */
  readonly vectors: Readonly<Record<string, unknown>>;
  /** Whether it multiplies and adds in one instruction. */
  readonly relaxed: boolean;
}

/**
 * Load the module over a memory: the build with relaxed SIMD where the machine has it.
 * @throws EngineError where WebAssembly has no SIMD, or a page's policy forbids it
 */
export async function instantiate(memory: WasmMemory): Promise<SimdModule> {
  try {
    return await load(memory);
  } catch (error) {
    throw new EngineError(
      `simd: WebAssembly with SIMD was expected, but this machine or page does not run it (${(error as Error).message}); use the engine 'reference'`,
    );
  }
}

async function load(memory: WasmMemory): Promise<SimdModule> {
  const { simdCode } = await import('#simd.js');
  const relaxedCode = simdCode('relaxed', { shared: false });
  const relaxed = wasm.validate(relaxedCode);
  const code = relaxed ? relaxedCode : simdCode('standard', { shared: false });
  const { instance } = await wasm.instantiate<SimdExports>(code, { env: { memory } });
  const { exports } = instance;
  const { sigmoid4, tanh4, log4 } = exports;
  return {
    exports,
    vectors: { sigmoid: sigmoid4, tanh: tanh4, log: log4 },
    relaxed,
  };
}
