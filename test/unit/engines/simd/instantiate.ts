import { type BuildId, callLayout, type SimdExports, simdCode } from '#simd.js';
import * as source from '#simd.js';
import { findV8 } from '../../../../src/platform/v8/flags.ts';
import { type Layout, type RunKernel, readLayout } from '../../../../src/engines/simd/module.ts';
import { compileWide, NO_WIDE_PRODUCTS } from '../../../../src/engines/simd/wide-products.ts';

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
  grow(pages: number): number;
}

export interface Instance {
  /** A build, or the first one with products in 256 bit. */
  readonly id: BuildId | 'wide';
  readonly buffer: ArrayBuffer;
  readonly memory: object;
  readonly exports: SimdExports;
  readonly layout: Layout;
}

const ALL = { relaxed: 0, standard: 0 } satisfies Record<BuildId, 0>;

/**
 * The builds that this runtime accepts (Node 20 has no relaxed SIMD), over one memory of so many pages of 64 KiB; and on Node 24 and 26
 * the one with products in 256 bit.
 * @param kernel what runs the kernels of calls
 */
export function instances(
  pages: number,
  { shared, kernel = () => {} }: { readonly shared: boolean; readonly kernel?: RunKernel },
): Instance[] {
  const memory = Object.assign(new wasm.Memory({ initial: pages, maximum: pages, shared }), { shared });
  const instance = (id: Instance['id'], build: BuildId, products: unknown): Instance => {
    const imports = { env: { memory }, operations: { kernel }, products };
    const exports = new wasm.Instance(new wasm.Module(simdCode(build, { shared })), imports).exports as SimdExports;
    return { id, memory, buffer: memory.buffer, exports, layout: readLayout(exports, callLayout) };
  };
  const accepted = (Object.keys(ALL) as BuildId[]).filter((id) => wasm.validate(simdCode(id, { shared })));
  const wide = compileWide('auto', source, memory, findV8());
  const plain = accepted.map((id) => instance(id, id, NO_WIDE_PRODUCTS));
  if (!('module' in wide)) return plain;
  return [...plain, instance('wide', 'relaxed', new wasm.Instance(wide.module, { env: { memory } }).exports)];
}
