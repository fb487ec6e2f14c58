import { EngineError } from '../../errors.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import type { Kernel } from '../kernel.ts';
import type { Handle, KernelArgs, Shape } from '../ops.ts';
import type { Device, Operand } from './device/device.ts';
import { type KernelCall, type KernelOutput, kernelCall, type Matrix, matrix } from './kernel-call.ts';
import type { Dialect, Spec } from './kernels/dialect.ts';
import { type Form, kernelProgram } from './kernels/kernel-program.ts';
import { concat } from './kernels/row-operations.ts';
import { expectGpuHandle, GpuHandle } from './memory/handles.ts';
import type { LazyBuffer } from './memory/lazy-buffer.ts';
import type { Memory } from './memory/memory.ts';

/** Arrays that a kernel may take on every backend of gpu.js. */
const MAX_ARRAYS = 7;

/** Rows of a result that every device takes: WebGPU counts groups of eight in sixteen bits. */
const MANY_ROWS = 8 * 65535;

/** Where each of some lengths ends when they lie one after the other. */
function runningSums(lengths: readonly number[]): number[] {
  let sum = 0;
  return lengths.map((length) => {
    sum += length;
    return sum;
  });
}

/** Turns operations into tasks, and remembers the kernels that they need. */
export class Planner {
  readonly #device: Device;
  readonly #memory: Memory;
  readonly #specs = new Map<string, Spec>();
  readonly #programs = new WeakMap<Kernel, Map<string, Spec>>();

  constructor(device: Device, memory: Memory) {
    this.#device = device;
    this.#memory = memory;
  }

  /** The kernel of a name, written when it is first asked for. */
  spec(name: string, write: (dialect: Dialect) => Spec): Spec {
    const spec = this.#specs.get(name) ?? write(this.#device.dialect);
    this.#specs.set(name, spec);
    return spec;
  }

  /** A result of this shape, which a kernel will make of some matrices and numbers. */
  plan(spec: Spec, shape: Shape, operands: readonly Matrix[], scalars: readonly number[]): GpuHandle {
    const width = shape.at(-1) ?? 1;
    const size = sizeOf(shape);
    if (size === 0) return new GpuHandle(this.#memory.hold(new Float32Array(0)), 0, shape);
    const buffers = operands.map(({ buffer }) => buffer);
    const [buffer] = this.#memory.plan(buffers, 1, async () => {
      const arrays = await this.#operands(operands);
      return { resource: await this.#device.run(spec, { rows: size / width, width }, arrays, scalars), offsets: [0] };
    });
    return new GpuHandle(buffer as LazyBuffer, 0, shape);
  }

  /** Matrices of one width, one below the other. */
  stack(parts: readonly Handle[], width: number): GpuHandle {
    const ends = runningSums(parts.map((part) => expectGpuHandle(part).rows));
    const rows = ends.at(-1) ?? 0;
    const operands = parts.map(matrix);
    if (this.#device.dialect.resident) {
      const spec = this.spec(`concat ${parts.length}`, (dialect) => concat(dialect, parts.length));
      return this.plan(spec, [rows, width], operands, ends.slice(0, -1));
    }
    const buffers = operands.map(({ buffer }) => buffer);
    const [buffer] = this.#memory.plan(buffers, 1, async () => ({
      resource: this.#device.join(await this.#operands(operands)),
      offsets: [0],
    }));
    return new GpuHandle(buffer as LazyBuffer, 0, [rows, width]);
  }

  /** How many matrices `stack` takes. */
  get stackable(): number {
    return this.#device.dialect.resident ? MAX_ARRAYS : Number.POSITIVE_INFINITY;
  }

  /** Numbers of the host as a column for a kernel. */
  hold(values: Float32Array): GpuHandle {
    return new GpuHandle(this.#memory.hold(values), 0, [values.length]);
  }

  /** Use a result that is of no use afterwards. */
  spend<R>(handle: Handle, use: (handle: Handle) => R): R {
    const result = use(handle);
    this.#memory.release([handle]);
    return result;
  }

  /** {@link Ops.run} */
  run(kernel: Kernel, args: KernelArgs<string, string>): Record<string, Handle> {
    const call = kernelCall(kernel, args);
    const arrays = Object.keys(call.arrays).length;
    if (this.#device.dialect.resident && arrays > MAX_ARRAYS) {
      throw new EngineError(
        `gpu: at most ${MAX_ARRAYS} arrays were expected for the kernel ${kernel.name}, masks and lengths included, but it reads ${arrays}; make some of its inputs segments of one, split it, or use mode 'webasm'`,
      );
    }
    const { outputs } = call;
    const rows = outputs.reduce((sum, { segmentRows }) => sum + segmentRows, 0);
    const buffers =
      rows * call.form.width === 0
        ? outputs.map(() => this.#memory.hold(new Float32Array(0)))
        : rows > MANY_ROWS
          ? outputs.flatMap((output) => this.#planTogether(call, [output]))
          : this.#planTogether(call, outputs);
    return Object.fromEntries(
      outputs.map(({ name, shape }, i) => [name, new GpuHandle(buffers[i] as LazyBuffer, 0, shape)]),
    );
  }

  /** Outputs of a kernel that lie in one resource, those that are wanted one after the other. */
  #planTogether({ kernel, form, arrays, scalars }: KernelCall, outputs: readonly KernelOutput[]): LazyBuffer[] {
    const inputs = Object.values(arrays).map(({ buffer }) => buffer);
    const buffers = this.#memory.plan(inputs, outputs.length, async (asked) => {
      const wanted = outputs.filter((_, i) => asked.includes(buffers[i] as LazyBuffer));
      const spec = this.#program(kernel, { ...form, outputs: wanted.map(({ name }) => name) });
      const ends = runningSums(wanted.map(({ segmentRows }) => segmentRows));
      const resource = await this.#device.run(
        spec,
        { rows: ends.at(-1) as number, width: form.width },
        await this.#operands(spec.arrays.map((name) => arrays[name] as Matrix)),
        spec.scalars.map((name) => scalars[name] as number),
      );
      return { resource, offsets: [0, ...ends.slice(0, -1).map((rows) => rows * form.width)] };
    });
    return buffers;
  }

  #program(kernel: Kernel, form: Form): Spec {
    const known = this.#programs.get(kernel) ?? new Map<string, Spec>();
    this.#programs.set(kernel, known);
    const name = JSON.stringify(form);
    const found = known.get(name) ?? kernelProgram(this.#device.dialect, kernel, form);
    known.set(name, found);
    return found;
  }

  async #operands(operands: readonly Matrix[]): Promise<Operand[]> {
    const found = [];
    for (const { buffer, offset, width, rows } of operands) {
      found.push(await this.#memory.operand(buffer, offset, width, rows));
    }
    return found;
  }
}
