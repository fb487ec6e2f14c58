import { EngineError } from '../../../errors.ts';
import { typedArrayName } from '../../../realms.ts';
import { Dialect, type Spec } from '../kernels/dialect.ts';
import {
  type GlContext,
  type GpuJs,
  type GpuJsInstance,
  type JsKernel,
  kernelClass,
  type WebGpuContext,
} from './library.ts';
import { GPU_MODES, type GpuMode } from './modes.ts';

/** Numbers where kernels find them: an array of the host, or a handle of gpu.js on a device. */
export type Resource = Float32Array | DeviceHandle;

interface DeviceHandle {
  readonly output: readonly number[];
  readonly type: string;
  toArray(): unknown;
  delete(): void;
}

/** A matrix [rows,width] that begins at an entry of a resource. */
export interface Operand {
  readonly resource: Resource;
  readonly offset: number;
  readonly width: number;
  readonly rows: number;
}

/**
 * Runs kernels through gpu.js in one mode, and hides what differs between modes: promises, windows into buffers, and
 * the forms of results. Kernels are made once for each spec and size.
 */
export class Device {
  readonly mode: GpuMode;
  readonly dialect: Dialect;
  /** Kernels that another backend than the one asked for ran, and why. */
  readonly fallbacks: string[] = [];
  readonly #library: GpuJs;
  readonly #gpu: GpuJsInstance;
  readonly #kernels = new Map<string, JsKernel>();
  readonly #webgpu: WebGpuContext | null;
  readonly #seen = new WeakSet<JsKernel>();
  #gl: GlContext | null = null;
  #resources = 0;

  constructor(library: GpuJs, mode: GpuMode, webgpu: WebGpuContext | null) {
    this.mode = mode;
    this.dialect = new Dialect(mode);
    this.#library = library;
    this.#webgpu = webgpu;
    this.#gpu = new library({ mode });
  }

  /** Buffers and textures of the device that are not freed. */
  get resources(): number {
    return this.#resources;
  }

  /** Kernels that were built. */
  get kernels(): number {
    return this.#kernels.size;
  }

  /** Whether the device, where there is one, went away with all numbers on it. */
  get lost(): boolean {
    return this.#webgpu?.isLost === true || this.#gl?.isContextLost() === true;
  }

  /** Put numbers where kernels find them; the array is not to be changed any more. */
  async upload(values: Float32Array): Promise<Resource> {
    if (!this.dialect.resident) return values;
    // Any shape will do, as windows are laid over the buffer later; a matrix, since textures have limits for each side.
    const width = Math.min(values.length, UPLOAD_WIDTH);
    const rows = Math.ceil(values.length / width);
    const padded = new Float32Array(bucket(rows) * width);
    padded.set(values);
    const body = `  return ${this.dialect.entry('a', 'y', 'x')};`;
    const spec: Spec = { name: 'upload', arrays: ['a'], scalars: [], body };
    const size = [width, bucket(rows)];
    const kernel = this.#kernel(spec, size, '');
    return this.#made(await this.#call(kernel, spec, [new this.#library.Input(padded, size), 0, 0]));
  }

  /**
   * Run a kernel for a result of rows x width, which lies in row-major order at the beginning of the resource. Sizes
   * are rounded up, so that batches of many lengths share kernels; the numbers past the end mean nothing.
   */
  async run(
    spec: Spec,
    { rows, width }: { readonly rows: number; readonly width: number },
    operands: readonly Operand[],
    scalars: readonly number[],
  ): Promise<Resource> {
    for (const { offset, width: w, rows: count } of operands) {
      expectFew(this.mode, this.dialect.resident ? Math.floor(offset / w) + count : count);
    }
    expectFew(this.mode, rows);
    if (this.dialect.resident) {
      const kernel = this.#kernel(spec, [width, bucket(rows)], '');
      const windows = operands.flatMap(({ offset, width: w }) => [Math.floor(offset / w), offset % w]);
      const handles = operands.map(handleOf);
      return this.#made(await this.#call(kernel, spec, [...handles, ...windows, ...scalars]));
    }
    const sizes = operands.map((operand, i) => argumentSize(operand, i === 0 && spec.fours === 'blocked'));
    const blocks = spec.fours ? Math.ceil(bucket(rows) / 4) : bucket(rows);
    const kernel = this.#kernel(spec, [width, blocks], sizes.join('x'));
    const result = await this.#told(`the kernel ${spec.name}`, () => {
      const inputs = operands.map((operand, i) => {
        const size = sizes[i] as readonly number[];
        return new this.#library.Input(padded(operand, size), size);
      });
      return this.#call(kernel, spec, [...inputs, ...scalars]);
    });
    return spec.fours ? fromFours(flat(result), width) : flat(result);
  }

  /** Matrices one below the other, where kernels compute on the host's memory: no kernel is needed for that. */
  join(operands: readonly Operand[]): Float32Array {
    const width = operands[0]?.width ?? 0;
    const out = roomFor(
      operands.reduce((sum, { rows }) => sum + rows, 0),
      width,
    );
    let next = 0;
    for (const { resource, offset, rows } of operands) {
      out.set((resource as Float32Array).subarray(offset, offset + rows * width), next);
      next += rows * width;
    }
    return out;
  }

  /** Copy numbers back. @throws EngineError when the device is lost */
  async read(resource: Resource, offset: number, size: number): Promise<Float64Array> {
    if (isNumbers(resource)) return Float64Array.from(resource.subarray(offset, offset + size));
    const values = flat(await this.#told('a copy of results', () => resource.toArray()));
    this.#expectAlive();
    return Float64Array.from(values.subarray(offset, offset + size));
  }

  free(resource: Resource): void {
    if (isNumbers(resource)) return;
    this.#resources -= 1;
    resource.delete();
  }

  async destroy(): Promise<void> {
    this.#kernels.clear();
    await this.#gpu.destroy();
  }

  #kernel(spec: Spec, output: readonly number[], sizes: string): JsKernel {
    const name = `${spec.name}|${output.join('x')}|${sizes}`;
    const known = this.#kernels.get(name);
    if (known && !this.dialect.resident) {
      // A Map keeps the order of insertion: so the first entry is the one that was not used for the longest time.
      this.#kernels.delete(name);
      this.#kernels.set(name, known);
    }
    return known ?? this.#build(name, spec, output);
  }

  #build(name: string, spec: Spec, output: readonly number[]): JsKernel {
    const { resident } = this.dialect;
    const kernel = this.#gpu.createKernel(this.dialect.source(spec), {
      output,
      precision: 'single',
      tactic: 'precision',
      pipeline: resident,
      immutable: resident,
      dynamicArguments: resident,
      // gpu.js cuts a loop whose end is not a constant at 1000 rounds, and does not say so.
      loopMaxIterations: LOOP_LIMIT,
      fixIntegerDivisionAccuracy: false,
    });
    // On WebAssembly a result is one array, which gpu.js would cut into rows. For a product of four rows a thread that is a
    // view for every four numbers.
    if (this.mode === 'webasm') Object.assign(kernel.kernel, { _shapeOutput: (result: Float32Array) => result });
    this.#kernels.set(name, kernel);
    if (!resident && this.#kernels.size > MAX_KERNELS) {
      const [oldest, unused] = this.#kernels.entries().next().value as [string, JsKernel];
      this.#kernels.delete(oldest);
      unused.destroy();
    }
    return kernel;
  }

  async #call(kernel: JsKernel, spec: Spec, args: readonly unknown[]): Promise<unknown> {
    const result = await this.#told(`the kernel ${spec.name}`, () => kernel(...args));
    if (!this.#seen.has(kernel)) this.#inspect(kernel, spec);
    return result;
  }

  /** What gpu.js does, with errors of ours. */
  async #told(what: string, work: () => unknown): Promise<unknown> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof EngineError) throw error;
      this.#expectAlive();
      throw new EngineError(
        `gpu (${this.mode}): ${what} was expected to run, but gpu.js refused it (${(error as Error).message}); use another mode, or smaller sizes if that is a limit`,
      );
    }
  }

  /** What ran a kernel, asked once for each. */
  #inspect(kernel: JsKernel, spec: Spec): void {
    this.#seen.add(kernel);
    const { constructor: backend, fallbackReason, context } = kernel.kernel;
    if (backend !== kernelClass(this.#library, this.mode)) {
      const ran = GPU_MODES.find((mode) => backend === kernelClass(this.#library, mode)) ?? 'another backend';
      this.fallbacks.push(`${spec.name} ran on ${ran} (${fallbackReason ?? 'gpu.js gives no reason'})`);
    }
    if (this.dialect.resident && this.mode !== 'webgpu') this.#gl = context as GlContext;
  }

  #made(result: unknown): Resource {
    this.#resources += 1;
    return result as DeviceHandle;
  }

  /** @throws EngineError when the device is lost: gpu.js would go on with zeros */
  #expectAlive(): void {
    if (this.lost) {
      throw new EngineError(
        `gpu (${this.mode}): a device was expected, but it was lost with all numbers on it; make a new engine, or use mode 'webasm'`,
      );
    }
  }
}

/** Rows of a buffer into which numbers are put. */
const UPLOAD_WIDTH = 1024;

/** Rounds of a loop: more than there are rows. */
const LOOP_LIMIT = 2 ** 24;

/** gpu.js counts in float32: halves of rows, which kernels need to find their place, are exact below. */
const MAX_ROWS = 2 ** 23;

function expectFew(mode: GpuMode, rows: number): void {
  if (rows <= MAX_ROWS) return;
  throw new EngineError(
    `gpu (${mode}): at most ${MAX_ROWS} rows in a tensor were expected, but ${rows} came; use smaller batches or shorter sequences, or the engine 'simd'`,
  );
}

/** A kernel of the WebAssembly mode has a memory of its own, of a megabyte at least. */
const MAX_KERNELS = 1024;

/** The number of rows rounded up: eight sizes an octave from 64 on, and so at most an eighth too many. */
export function bucket(rows: number): number {
  if (rows <= 64) return rows;
  const step = 2 ** (Math.floor(Math.log2(rows - 1)) - 3);
  return Math.ceil(rows / step) * step;
}

/** Zeros for a matrix, with room for the rows that its number of rows is rounded up to: so that it need not be copied. */
export function roomFor(rows: number, width: number): Float32Array {
  return new Float32Array(bucket(rows) * width);
}

/** The size of an argument in gpu.js's order: columns, rows (in blocks of four when blocked). */
function argumentSize({ width, rows }: Operand, blocked: boolean): readonly number[] {
  return blocked ? [width, 4, Math.ceil(bucket(rows) / 4)] : [width, bucket(rows)];
}

/** The numbers of an operand as an array of exactly this size. */
function padded({ resource, offset, width, rows }: Operand, size: readonly number[]): Float32Array {
  const host = resource as Float32Array;
  const length = size.reduce((product, n) => product * n, 1);
  if (offset + length <= host.length) return host.subarray(offset, offset + length);
  const copy = new Float32Array(length);
  copy.set(host.subarray(offset, offset + rows * width));
  return copy;
}

/** The same buffer seen as rows of this width: gpu.js reads the row length off the handle. */
function handleOf({ resource, width, offset, rows }: Operand): object {
  const height = Math.ceil(offset / width) + rows;
  return Object.create(resource as DeviceHandle, {
    output: { value: [width, height] },
    dimensions: { value: [width, height, 1] },
    type: { value: (resource as DeviceHandle).type },
  });
}

/** Numbers on the host: gpu.js may be of another realm, and have a Float32Array of its own. */
function isNumbers(value: unknown): value is Float32Array {
  return typedArrayName(value) === 'Float32Array';
}

/** The numbers of a result, row by row. */
function flat(result: unknown): Float32Array {
  if (isNumbers(result)) return result;
  const rows = result as readonly Float32Array[];
  const length = rows[0]?.length ?? 0;
  const out = new Float32Array(rows.length * length);
  for (const [i, row] of rows.entries()) out.set(row, i * length);
  return out;
}

/** [blocks][width][4], as kernels of four rows give it, as [blocks * 4][width]. */
function fromFours(values: Float32Array, width: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += 4 * width) {
    for (let col = 0; col < width; col++) {
      const from = start + col * 4;
      const to = start + col;
      out[to] = values[from] as number;
      out[to + width] = values[from + 1] as number;
      out[to + 2 * width] = values[from + 2] as number;
      out[to + 3 * width] = values[from + 3] as number;
    }
  }
  return out;
}
