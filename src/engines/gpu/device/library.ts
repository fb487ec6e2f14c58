import { EngineError } from '../../../errors.ts';
import { importPackage } from '../../../platform/packages/import-package.js';
import type { GpuMode } from './modes.ts';

/**
 * gpu.js as it is used here. Its own typings reject flat arrays, leave out what tells which backend ran, and need the
 * DOM: so the few members that count are named here, and nothing else in keepgate knows gpu.js.
 */
export interface GpuJs {
  new (settings: { readonly mode: string }): GpuJsInstance;
  readonly Input: new (values: Float32Array, size: readonly number[]) => object;
  readonly WebGPUContext: { acquire(): Promise<WebGpuContext>; destroy(): Promise<void> };
  readonly WebGL2Kernel: GlKernelClass;
  readonly WebGLKernel: GlKernelClass;
  readonly HeadlessGLKernel: GlKernelClass;
  readonly WebGPUKernel: KernelClass;
  readonly WebAssemblyKernel: KernelClass;
  readonly CPUKernel: KernelClass;
}

export interface GpuJsInstance {
  createKernel(source: string, settings: Readonly<Record<string, unknown>>): JsKernel;
  destroy(): Promise<void>;
}

export interface JsKernel {
  (...args: readonly unknown[]): unknown;
  /** What runs, which gpu.js exchanges when it falls back. */
  readonly kernel: {
    readonly constructor: unknown;
    readonly fallbackReason?: string | null;
    readonly context?: unknown;
  };
  destroy(): void;
}

interface KernelClass {
  readonly isSupported: boolean;
}

interface GlKernelClass extends KernelClass {
  readonly testContext?: GlContext | null;
}

export interface GlContext {
  readonly RENDERER: number;
  getExtension(name: string): { readonly UNMASKED_RENDERER_WEBGL: number } | null;
  getParameter(name: number): unknown;
  isContextLost(): boolean;
}

export interface WebGpuContext {
  readonly adapter: {
    readonly info?: {
      readonly description?: string;
      readonly vendor?: string;
      readonly architecture?: string;
      readonly isFallbackAdapter?: boolean;
    };
  };
  readonly device: { destroy(): void };
  readonly isLost: boolean;
}

/** The class that must have run a kernel, by mode: the only sign of a fallback that cannot lie. */
export function kernelClass(library: GpuJs, mode: GpuMode): KernelClass {
  const classes: Readonly<Record<GpuMode, KernelClass>> = {
    webgpu: library.WebGPUKernel,
    webgl2: library.WebGL2Kernel,
    webgl: library.WebGLKernel,
    headlessgl: library.HeadlessGLKernel,
    webasm: library.WebAssemblyKernel,
    cpu: library.CPUKernel,
  };
  return classes[mode];
}

/**
 * Load gpu.js. keepgate ships one file of it, so that nothing native is installed (docs/decisions/004); the mode
 * `headlessgl` needs the whole package, beside the native module `gl`.
 * @throws EngineError when it is not there
 */
export async function loadGpuJs(mode: GpuMode | 'auto'): Promise<GpuJs> {
  if (mode !== 'headlessgl') return (await import('#gpu.js')).default as GpuJs;
  try {
    const { default: library } = (await importPackage('gpu.js')) as { default: { GPU: GpuJs } };
    const { GPU, ...rest } = library;
    return Object.assign(GPU, rest);
  } catch (error) {
    throw new EngineError(
      `gpu: the packages gpu.js and gl were expected for the mode headlessgl, but they cannot be loaded (${(error as Error).message.split('\n')[0]}); install them, or use mode 'webasm'`,
    );
  }
}
