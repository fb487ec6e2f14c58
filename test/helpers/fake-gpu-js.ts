import type { GpuJs } from '../../src/engines/gpu/device/library.ts';

/** A gpu.js whose kernels do what a test says, to see what no machine shows when it is asked to. */
export interface FakeGpuJs {
  readonly library: GpuJs;
  /** The sources of the kernels that ran, in order. */
  readonly calls: string[];
  /** Done once, while the next kernel runs. */
  meanwhile(work: () => void): void;
  /** Kernels fail with this message from now on. */
  fail(message: string): void;
  /** The backend that runs kernels from now on. */
  fallBack(mode: 'cpu' | 'webasm', reason: string | null): void;
}

interface KernelSettings {
  /** Width and rows. */
  readonly output: readonly [number, number];
  /** Whether results stay on the device. */
  readonly pipeline: boolean;
}

/** A kernel gives zeros: rows of them in the modes of the host, what stands for them on a device in the others. */
export function fakeGpuJs(): FakeGpuJs {
  class CPUKernel {}
  class WebAssemblyKernel {}
  class Other {}
  const calls: string[] = [];
  let failure: string | null = null;
  let pending: (() => void) | null = null;
  let ran: { readonly type: typeof Other; readonly reason: string | null } = { type: WebAssemblyKernel, reason: null };

  class FakeGpu {
    static readonly Input = class {
      readonly value: Float32Array;
      constructor(value: Float32Array) {
        this.value = value;
      }
    };
    static readonly CPUKernel = CPUKernel;
    static readonly WebAssemblyKernel = WebAssemblyKernel;
    static readonly WebGPUKernel = Other;
    static readonly WebGL2Kernel = Other;
    static readonly WebGLKernel = Other;
    static readonly HeadlessGLKernel = Other;

    createKernel(source: string, { output, pipeline }: KernelSettings): unknown {
      const [width, rows] = output;
      const kernel = (): unknown => {
        if (failure !== null) throw new Error(failure);
        calls.push(source);
        const work = pending;
        pending = null;
        work?.();
        const zeros = Array.from({ length: rows }, () => new Float32Array(width));
        return pipeline ? { output, type: 'a fake', toArray: () => zeros, delete: () => {} } : zeros;
      };
      return Object.assign(kernel, {
        kernel: { constructor: ran.type, fallbackReason: ran.reason },
        destroy: () => {},
      });
    }

    async destroy(): Promise<void> {}
  }

  return {
    library: FakeGpu as unknown as GpuJs,
    calls,
    meanwhile: (work) => {
      pending = work;
    },
    fail: (message) => {
      failure = message;
    },
    fallBack: (mode, reason) => {
      ran = { type: mode === 'cpu' ? CPUKernel : WebAssemblyKernel, reason };
    },
  };
}
