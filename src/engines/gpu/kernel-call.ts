import { sizeOf } from '../../tensor/tensor.ts';
import type { Kernel } from '../kernel.ts';
import { expectRows } from '../operand-checks.ts';
import type { Handle, KernelArgs, Shape } from '../ops.ts';
import { flushed } from '../trace.ts';
import type { Form } from './kernels/kernel-program.ts';
import type { GpuFactors } from './memory/factors.ts';
import { expectGpuHandle, type GpuIndices } from './memory/handles.ts';
import type { LazyBuffer } from './memory/lazy-buffer.ts';

/** A matrix [rows,width] that a kernel will read. */
export interface Matrix {
  readonly buffer: LazyBuffer;
  readonly offset: number;
  readonly width: number;
  readonly rows: number;
}

/** A handle as rows of its last axis. */
export function matrix(handle: Handle): Matrix {
  const { buffer, offset, width, rows } = expectGpuHandle(handle);
  return { buffer, offset, width, rows };
}

/** A handle as one number a row. */
export function column(handle: Handle): Matrix {
  const { buffer, offset, shape } = expectGpuHandle(handle);
  return { buffer, offset, width: 1, rows: sizeOf(shape) };
}

/** A kernel with all that it may read, under the names of its program. */
export interface KernelCall {
  readonly kernel: Kernel;
  readonly form: Omit<Form, 'outputs'>;
  readonly arrays: Readonly<Record<string, Matrix>>;
  readonly scalars: Readonly<Record<string, number>>;
  readonly outputs: readonly KernelOutput[];
}

export interface KernelOutput {
  readonly name: string;
  readonly shape: Shape;
  /** How many rows of H it has: a segment of each row. */
  readonly segmentRows: number;
}

/** @throws ShapeError unless the inputs have such rows as the kernel says */
export function kernelCall(kernel: Kernel, args: KernelArgs<string, string>): KernelCall {
  const inputs = Object.entries(kernel.inputs).map(([name, segments]) => {
    const handle = expectGpuHandle(args.inputs[name] as Handle);
    return { name, segments: segments.length, handle, shape: handle.shape, rows: handle.rows };
  });
  const { width, rows, outer } = expectRows(kernel.name, inputs);
  const factors = factorsOf(kernel, args.factors as GpuFactors | undefined);
  const lengths = (args.lengths ?? null) as GpuIndices | null;
  return {
    kernel,
    form: {
      width,
      broadcast: inputs.filter((input) => input.rows !== rows).map(({ name }) => name),
      factors: factors.forms,
      lengths: lengths !== null,
    },
    arrays: {
      ...Object.fromEntries(inputs.map(({ name, handle }) => [`i_${name}`, matrix(handle)])),
      ...factors.tables,
      ...(lengths ? { lengths: column(lengths) } : {}),
    },
    scalars: {
      rows,
      t: args.t ?? 0,
      batch: args.batch ?? lengths?.values.length ?? rows,
      ...Object.fromEntries(
        (kernel.scalars ?? []).map((name) => [`s_${name}`, flushed(args.scalars?.[name] ?? Number.NaN)]),
      ),
      ...factors.scalars,
    },
    outputs: Object.entries(kernel.outputs).map(([name, { length }]) => ({
      name,
      shape: [...outer, length * width],
      segmentRows: rows * length,
    })),
  };
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
