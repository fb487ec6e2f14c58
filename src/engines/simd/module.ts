import type { BuildId, CallLayout, SimdExports } from '#simd.js';
import { EngineError, messageOf } from '../../errors.ts';
import { type WasmMemory, webAssembly } from './web-assembly.ts';

/** The numerical module: functions over its memory. */
export interface SimdModule {
  readonly exports: SimdExports;
  readonly build: Build;
  /** The same, compiled, and the script that runs it on another thread. */
  readonly module: object;
  readonly threadSource: string;
}

/** One of the ways in which the assembly was compiled: the first that a machine accepts is used. */
export interface Build {
  readonly id: BuildId;
  /** Whether it multiplies and adds in one instruction. */
  readonly fused: boolean;
  readonly layout: Layout;
}

/** What the host has to know of a build's memory. It is read from the module: only the assembly says it. */
export interface Layout extends CallLayout {
  /** The first bytes of the memory, which are not the host's to use. */
  readonly controlBytes: number;
  /** Where the words of two calls are, in bytes: those of one that is under way, and those of the next. */
  readonly callAddresses: readonly [number, number];
  /** How many words a kernel may read. */
  readonly kernelWords: number;
  /** Columns of a panel of a packed matrix. */
  readonly panelColumns: number;
  /** Rows of the left operand that a product takes at a time. */
  readonly tileRows: number;
  /** Columns that `sumRows` adds up at a time. */
  readonly sumColumns: number;
  /** Rows of a block of `packBlocks`. */
  readonly blockRows: number;
}

/** Runs rows `from` to `to` of a kernel, which reads its words at an address. Its code is for threads that do not have it. */
export type RunKernel = (
  slot: number,
  code: number,
  codeBytes: number,
  words: number,
  from: number,
  to: number,
) => void;

type Choice = Omit<Build, 'layout'>;

/** The build that runs wherever there is SIMD, and those that are preferred to it, the best first. */
const STANDARD: Choice = { id: 'standard', fused: false };
const PREFERRED: readonly Choice[] = [{ id: 'relaxed', fused: true }];

/**
 * Load the module over a memory: the first build that the machine accepts.
 * @throws EngineError where WebAssembly has no SIMD, or a page's policy forbids it
 */
export async function instantiate(memory: WasmMemory, kernel: RunKernel): Promise<SimdModule> {
  try {
    return await load(memory, kernel);
  } catch (error) {
    throw new EngineError(
      `simd: WebAssembly with SIMD was expected, but this machine or page does not run it (${messageOf(error)}); use the engine 'reference'`,
    );
  }
}

async function load(memory: WasmMemory, kernel: RunKernel): Promise<SimdModule> {
  const { simdCode, threadSource, callLayout } = await import('#simd.js');
  const wasm = webAssembly();
  const codeOf = ({ id }: Choice): Uint8Array<ArrayBuffer> => simdCode(id, { shared: memory.shared });
  const choice = PREFERRED.find((build) => wasm.validate(codeOf(build))) ?? STANDARD;
  const imports = { env: { memory }, operations: { kernel } };
  const { module, instance } = await wasm.instantiate<SimdExports>(codeOf(choice), imports);
  const build = { ...choice, layout: readLayout(instance.exports, callLayout) };
  return { exports: instance.exports, build, module, threadSource };
}

/** What a module says of itself, beside what is the same in all builds. */
export function readLayout(exports: SimdExports, calls: CallLayout): Layout {
  return {
    ...calls,
    controlBytes: exports.controlBytes(),
    callAddresses: [exports.callAddress(0), exports.callAddress(1)],
    kernelWords: exports.kernelWords(),
    panelColumns: exports.panelColumns(),
    tileRows: exports.tileRows(),
    sumColumns: exports.sumColumns(),
    blockRows: exports.blockRows(),
  };
}
