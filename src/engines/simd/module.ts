import type { BuildId, CallLayout, SimdExports } from '#simd.js';
import { EngineError, messageOf } from '../../errors.ts';
import { type WasmMemory, webAssembly } from './web-assembly.ts';
import type { WideOption } from './wide-asked.ts';
import { wideProducts } from './wide-products.ts';

/** The numerical module: functions over its memory. */
export interface SimdModule {
  readonly exports: SimdExports;
  readonly build: Build;
  /** The same, compiled, the products that it imports if they are wide, and the script that runs them on another thread. */
  readonly module: object;
  readonly wide: object | null;
  readonly threadSource: string;
  /** Why products do not take 256 bit at a time, where that was asked for by all means. */
  readonly notWide: string | null;
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
  /** Where the words of the first call of a run go, how far those of the next are, and how many a kernel may read. */
  readonly runAddress: number;
  readonly runBytes: number;
  readonly runWords: number;
  /** How many calls a run may have, and how many bands of rows. */
  readonly mostCalls: number;
  readonly mostBands: number;
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
 * @param wide see `SimdOptions`
 * @throws EngineError where WebAssembly has no SIMD, or a page's policy forbids it; or for what `wide` cannot be
 */
export async function instantiate(memory: WasmMemory, kernel: RunKernel, wide?: WideOption): Promise<SimdModule> {
  try {
    return await load(memory, kernel, wide);
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError(
      `simd: WebAssembly with SIMD was expected, but this machine or page does not run it (${messageOf(error)}); use the engine 'reference'`,
    );
  }
}

async function load(memory: WasmMemory, kernel: RunKernel, wide: WideOption | undefined): Promise<SimdModule> {
  const source = await import('#simd.js');
  const wasm = webAssembly();
  // First, as it may be what lets the machine accept a build.
  const products = wideProducts(wide, source, memory);
  const codeOf = ({ id }: Choice): Uint8Array<ArrayBuffer> => source.simdCode(id, { shared: memory.shared });
  const choice = PREFERRED.find((build) => wasm.validate(codeOf(build))) ?? STANDARD;
  const imports = { env: { memory }, operations: { kernel }, products: products.exports };
  const { module, instance } = await wasm.instantiate<SimdExports>(codeOf(choice), imports);
  return {
    exports: instance.exports,
    build: { ...choice, layout: readLayout(instance.exports, source.callLayout) },
    module,
    wide: products.module,
    threadSource: source.threadSource,
    notWide: products.missing,
  };
}

/** What a module says of itself, beside what is the same in all builds. */
export function readLayout(exports: SimdExports, calls: CallLayout): Layout {
  return {
    ...calls,
    controlBytes: exports.controlBytes(),
    callAddresses: [exports.callAddress(0), exports.callAddress(1)],
    runAddress: exports.runAddress(0),
    runBytes: exports.runAddress(1) - exports.runAddress(0),
    runWords: exports.runWords(),
    mostCalls: exports.mostCalls(),
    mostBands: exports.mostBands(),
    kernelWords: exports.kernelWords(),
    panelColumns: exports.panelColumns(),
    tileRows: exports.tileRows(),
    sumColumns: exports.sumColumns(),
    blockRows: exports.blockRows(),
  };
}
