import type { SimdExports } from '#simd.js';
import { EngineError } from '../../errors.ts';
import { type WasmMemory, wasm } from './web-assembly.ts';

/** The numerical module: functions over its memory. */
export interface SimdModule {
  readonly exports: SimdExports;
  /** Whether it multiplies and adds in one instruction. */
  readonly relaxed: boolean;
  /** The same, compiled, and the script that runs it on another thread. */
  readonly module: object;
  readonly threadSource: string;
}

/** Runs rows `from` to `to` of the kernel that the words of a call are about. */
export type RunKernel = (call: number, from: number, to: number) => void;

/**
 * Load the module over a memory: the build with relaxed SIMD where the machine has it.
 * @throws EngineError where WebAssembly has no SIMD, or a page's policy forbids it
 */
export async function instantiate(memory: WasmMemory, kernel: RunKernel): Promise<SimdModule> {
  try {
    return await load(memory, kernel);
  } catch (error) {
    throw new EngineError(
      `simd: WebAssembly with SIMD was expected, but this machine or page does not run it (${(error as Error).message}); use the engine 'reference'`,
    );
  }
}

async function load(memory: WasmMemory, kernel: RunKernel): Promise<SimdModule> {
  const { simdCode, threadSource } = await import('#simd.js');
  const shared = !(memory.buffer instanceof ArrayBuffer);
  const relaxedCode = simdCode('relaxed', { shared });
  const relaxed = wasm.validate(relaxedCode);
  const code = relaxed ? relaxedCode : simdCode('standard', { shared });
  const { module, instance } = await wasm.instantiate<SimdExports>(code, { env: { memory }, operations: { kernel } });
  return { exports: instance.exports, relaxed, module, threadSource };
}
