import { type SimdExports, simdCode } from '#simd.js';

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

export type Build = 'standard' | 'relaxed';

export interface Instance {
  readonly name: Build;
  readonly buffer: ArrayBuffer;
  readonly memory: object;
  readonly exports: SimdExports;
}

/** The builds that this runtime accepts (Node 20 has no relaxed SIMD), over one memory of so many pages of 64 KiB. */
export function instances(pages: number, { shared }: { readonly shared: boolean }): Instance[] {
  const memory = new wasm.Memory({ initial: pages, maximum: pages, shared });
  return (['standard', 'relaxed'] as const).flatMap((name) => {
    const code = simdCode(name, { shared });
    if (!wasm.validate(code)) return [];
    const { exports } = new wasm.Instance(new wasm.Module(code), { env: { memory }, operations: { kernel: () => {} } });
    return [{ name, memory, buffer: memory.buffer, exports: exports as SimdExports }];
  });
}
