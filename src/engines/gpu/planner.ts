import { EngineError } from '../../errors.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import type { Kernel } from '../kernel.ts';
import { expectRows } from '../operand-checks.ts';
import type { Handle, KernelArgs, Shape } from '../ops.ts';
import type { Device } from './device.ts';
import type { Dialect, Spec } from './dialect.ts';
import type { GpuFactors } from './factors.ts';
import { elementwise, type Form } from './kernel-program.ts';
import { type Buffer, GpuHandle, type GpuIndices, type Memory, own } from './memory.ts';
import { concat } from './tables.ts';

/** A matrix [rows,width] that a kernel will read. */
export interface Matrix {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly width: number;
  readonly rows: number;
}

/** A handle as rows of its last axis. */
export function matrix(handle: Handle): Matrix {
  const { buffer, offset, width, rows } = own(handle);
  return { buffer, offset, width, rows };
}

/** A handle as one number a row. */
export function column(handle: Handle): Matrix {
  const { buffer, offset, shape } = own(handle);
  return { buffer, offset, width: 1, rows: sizeOf(shape) };
}

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
  readonly #elementwise = new WeakMap<Kernel, Map<string, Spec>>();

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
    const [buffer] = this.#memory.plan(
      operands.map((operand) => operand.buffer),
      [size],
      async () => {
        const arrays = await this.#operands(operands);
        return { resource: await this.#device.run(spec, { rows: size / width, width }, arrays, scalars), offsets: [0] };
      },
    );
    return new GpuHandle(buffer as Buffer, 0, shape);
  }

  /** Matrices of one width, one below the other. */
  stack(parts: readonly Handle[], width: number): GpuHandle {
    const ends = runningSums(parts.map((part) => own(part).rows));
    const rows = ends.at(-1) ?? 0;
    const operands = parts.map(matrix);
    if (this.#device.dialect.resident) {
      const spec = this.spec(`concat ${parts.length}`, (dialect) => concat(dialect, parts.length));
      return this.plan(spec, [rows, width], operands, ends.slice(0, -1));
    }
    const buffers = operands.map(({ buffer }) => buffer);
    const [buffer] = this.#memory.plan(buffers, [rows * width], async () => ({
      resource: this.#device.join(await this.#operands(operands)),
      offsets: [0],
    }));
    return new GpuHandle(buffer as Buffer, 0, [rows, width]);
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
    const inputs = Object.entries(kernel.inputs).map(([name, segments]) => {
      const handle = own(args.inputs[name] as Handle);
      return { name, segments: segments.length, handle, shape: handle.shape, rows: handle.rows };
    });
    const { width, rows, outer } = expectRows(kernel.name, inputs);
    const factors = factorsOf(kernel, args.factors as GpuFactors | undefined);
    const lengths = (args.lengths ?? null) as GpuIndices | null;
    const form = {
      width,
      broadcast: inputs.filter((input) => input.rows !== rows).map(({ name }) => name),
      factors: factors.forms,
      lengths: lengths !== null,
    };
    const arrays: Readonly<Record<string, Matrix>> = {
      ...Object.fromEntries(inputs.map(({ name, handle }) => [`i_${name}`, matrix(handle)])),
      ...factors.tables,
      ...(lengths ? { lengths: column(lengths) } : {}),
    };
    const scalars: Readonly<Record<string, number>> = {
      ...{ rows, t: args.t ?? 0, batch: args.batch ?? lengths?.values.length ?? rows },
      ...Object.fromEntries((kernel.scalars ?? []).map((name) => [`s_${name}`, args.scalars?.[name] ?? Number.NaN])),
      ...factors.scalars,
    };

    if (this.#device.dialect.resident && Object.keys(arrays).length > MAX_ARRAYS) {
      throw new EngineError(
        `gpu: at most ${MAX_ARRAYS} arrays were expected for the kernel ${kernel.name}, masks and lengths included, but it reads ${Object.keys(arrays).length}; make some of its inputs segments of one, split it, or use mode 'webasm'`,
      );
    }
    const segmentsOf = (name: string): number => (kernel.outputs[name] as readonly string[]).length;
    const sizeOfOutput = (name: string): number => rows * segmentsOf(name) * width;
    /** Outputs that lie in one resource, one after the other. */
    const together = (names: readonly string[]): Buffer[] => {
      const buffers = this.#memory.plan(
        Object.values(arrays).map(({ buffer }) => buffer),
        names.map(sizeOfOutput),
        async (wanted) => {
          const outputs = names.filter((_, i) => wanted.includes(buffers[i] as Buffer));
          const spec = this.#written(kernel, { ...form, outputs });
          const ends = runningSums(outputs.map(sizeOfOutput));
          const resource = await this.#device.run(
            spec,
            { rows: (ends.at(-1) as number) / width, width },
            await this.#operands(spec.arrays.map((name) => arrays[name] as Matrix)),
            spec.scalars.map((name) => scalars[name] as number),
          );
          return { resource, offsets: [0, ...ends.slice(0, -1)] };
        },
      );
      return buffers;
    };
    const names = Object.keys(kernel.outputs);
    const nothing = rows * width === 0;
    const total = names.reduce((sum, name) => sum + rows * segmentsOf(name), 0);
    const buffers = nothing
      ? names.map(() => this.#memory.hold(new Float32Array(0)))
      : total > MANY_ROWS
        ? names.flatMap((name) => together([name]))
        : together(names);
    return Object.fromEntries(
      names.map((name, i) => [name, new GpuHandle(buffers[i] as Buffer, 0, [...outer, segmentsOf(name) * width])]),
    );
  }

  #written(kernel: Kernel, form: Form): Spec {
    const known = this.#elementwise.get(kernel) ?? new Map<string, Spec>();
    this.#elementwise.set(kernel, known);
    const name = JSON.stringify(form);
    const found = known.get(name) ?? elementwise(this.#device.dialect, kernel, form);
    known.set(name, found);
    return found;
  }

  async #operands(operands: readonly Matrix[]): Promise<Awaited<ReturnType<Memory['operand']>>[]> {
    const found = [];
    for (const { buffer, offset, width, rows } of operands) {
      found.push(await this.#memory.operand(buffer, offset, width, rows));
    }
    return found;
  }
}

/** What a kernel's source, arrays and numbers say of the factors that it reads. */
function factorsOf(
  kernel: Kernel,
  factors: GpuFactors | undefined,
): {
  readonly forms: Form['factors'];
  readonly tables: Record<string, Matrix>;
  readonly scalars: Record<string, number>;
} {
  const found = { forms: {} as Record<string, Form['factors'][string]>, tables: {}, scalars: {} };
  for (const [name, gate] of Object.entries(kernel.factors ?? {})) {
    const placed = factors?.placed.get(name);
    if (!factors || !placed) continue;
    found.forms[name] = { table: placed.table, shared: placed.shared };
    if (placed.table !== null) {
      Object.assign(found.tables, { [`table${placed.table}`]: { ...factors.tables[placed.table], offset: 0 } });
    }
    Object.assign(found.scalars, {
      [`f_${name}`]: placed.value,
      [`base_${name}`]: placed.base + gate * placed.gate,
      [`time_${name}`]: placed.time,
      [`row_${name}`]: placed.row,
    });
  }
  return found;
}
