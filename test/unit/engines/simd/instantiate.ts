import { type BuildId, callLayout, type SimdExports, simdCode } from '#simd.js';
import { type Layout, type RunKernel, readLayout } from '../../../../src/engines/simd/module.ts';

/** WebAssembly as it is used here: TypeScript knows it with the DOM's types alone. */
const wasm = (
  globalThis as unknown as {
    readonly WebAssembly: {
      readonly Memory: new (limits: {
        readonly initial: number;
        readonly maximum: number;
        readonly shared: boolean;
      }) => WasmMemory;
      readonly Module: new (code: Uint8Array<ArrayBuffer>) => object;
      readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
      validate(code: Uint8Array<ArrayBuffer>): boolean;
    };
  }
).WebAssembly;

interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

export interface Instance {
  readonly id: BuildId;
  readonly buffer: ArrayBuffer;
  readonly memory: object;
  readonly exports: SimdExports;
  readonly layout: Layout;
}

const ALL = { relaxed: 0, standard: 0 } satisfies Record<BuildId, 0>;

/**
 * The builds that this runtime accepts (Node 20 has no relaxed SIMD), over one memory of so many pages of 64 KiB.
 * @param kernel what runs the kernels of calls
 */
export function instances(
  pages: number,
  { shared, kernel = () => {} }: { readonly shared: boolean; readonly kernel?: RunKernel },
): Instance[] {
  const memory = new wasm.Memory({ initial: pages, maximum: pages, shared });
  return (Object.keys(ALL) as BuildId[]).flatMap((id) => {
    const code = simdCode(id, { shared });
    if (!wasm.validate(code)) return [];
    const imports = { env: { memory }, operations: { kernel } };
    const exports = new wasm.Instance(new wasm.Module(code), imports).exports as SimdExports;
    return [{ id, memory, buffer: memory.buffer, exports, layout: readLayout(exports, callLayout) }];
  });
}
