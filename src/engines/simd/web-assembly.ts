import { EngineError } from '../../errors.ts';

/**
 * WebAssembly as it is used here. TypeScript knows it with the DOM's types alone, which programs for Node do not have;
 * so it is named here, and nothing is declared for those who import keepgate.
 */
export interface WasmMemory extends HostMemory {
  /** Whether threads share it: its maker says so, as the class of its buffer may be that of another realm. */
  readonly shared: boolean;
}

interface HostMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  grow(pages: number): number;
}

interface Limits {
  readonly initial: number;
  readonly maximum: number;
  readonly shared: boolean;
}

interface Api {
  readonly Memory: new (limits: Limits) => HostMemory;
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
  validate(code: Uint8Array<ArrayBuffer>): boolean;
  /** The exports are what the code says they are. */
  instantiate<E>(
    code: Uint8Array<ArrayBuffer>,
    imports: object,
  ): Promise<{ readonly module: object; readonly instance: { readonly exports: E } }>;
}

/** @throws EngineError where there is none, such as under --jitless */
export function webAssembly(): Api {
  const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly?: Api };
  if (!api) throw new EngineError('simd: WebAssembly was expected, but this host has none; use the engine reference');
  return api;
}
