import { findThreading } from '#platform/workers.js';
import { EngineError, KeepgateError, messageOf } from '../../errors.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import type { Kernel } from '../kernel.ts';
import { expectCount, expectFloat32, expectIds, expectSize } from '../operand-checks.ts';
import type { Factor, Handle, Indices, KernelArgs, MemoryScope, Ops, Shape } from '../ops.ts';
import { reshaped, rowsOf, stepOf } from '../views.ts';
import { Calls } from './calls.ts';
import { SimdFactors } from './factors.ts';
import { type CompiledRun, KernelRunner } from './kernels/kernel-runner.ts';
import { createWasmMemory, Memory, NUMBER_BYTES, type SimdHandle, SimdIndices } from './memory.ts';
import { instantiate, type SimdModule } from './module.ts';
import { ProductRunner } from './product-runner.ts';
import { threadCount } from './threads/thread-count.ts';
import { type Limits, Team } from './threads/thread-team.ts';
import type { WasmMemory } from './web-assembly.ts';
import type { WideOption } from './wide-asked.ts';

/** What the engine 'simd' can be told. */
export interface SimdOptions {
  /**
   * How many threads share the work; when left out, as many as the machine has cores, at most 4. The results are the same
   * to the last bit. Pages that are not cross-origin isolated have one.
   */
  readonly threads?: number | undefined;
  /**
   * Whether products take 256 bit at a time, where V8 compiles that: Node 24 and 26 on x64. true also tries other versions of V8, in a
   * process of their own; 'auto' takes those that were tried. The results are the same to the last bit, but for Node 20, where true is
   * fused multiply-add. false when left out, as it sets flags of V8 for the whole process, for some ten milliseconds when the first engine
   * is made. The environment variable KEEPGATE_WIDE=0 forbids it, and 1 is true for engines that are not told. `describe()` says what runs.
   */
  readonly wide?: WideOption | undefined;
}

/**
 * The engine on WebAssembly SIMD.
 * @param limits what may be otherwise in tests
 * @param warnings why it is in the place of another engine, if it is
 * @throws EngineError when there is none, or for a number of threads that cannot be
 */
export async function createSimdEngine(
  options: SimdOptions = {},
  limits: Partial<Limits> = {},
  warnings: readonly string[] = [],
): Promise<SimdEngine> {
  const threading = findThreading();
  const threads = threadCount(options.threads, threading ? threading.cores : null);
  const memory = createMemory(threads > 1);
  const runs: CompiledRun[] = [];
  const module = await instantiate(
    memory,
    (slot, _code, _codeBytes, words, from, to) => {
      (runs[slot] as CompiledRun)(words, from, to);
    },
    options.wide,
  );
  return new SimdEngine(memory, module, new Team(threads, threading, module, memory, limits), runs, warnings);
}

/** @throws EngineError when the machine does not give it */
function createMemory(shared: boolean): WasmMemory {
  try {
    return createWasmMemory({ shared });
  } catch (error) {
    if (error instanceof KeepgateError) throw error;
    throw new EngineError(
      `simd: room for ${shared ? 'shared ' : ''}memory was expected, but this machine gives none (${messageOf(error)}); ${shared ? 'take one thread, or ' : ''}dispose() of other engines`,
    );
  }
}

/** Float32, computed at once, by threads that share the memory of a WebAssembly module. */
export class SimdEngine implements Ops {
  readonly name = 'simd';
  readonly dtype = 'float32';
  readonly #memory: Memory;
  readonly #module: SimdModule;
  readonly #team: Team;
  readonly #calls: Calls;
  readonly #products: ProductRunner;
  readonly #kernels: KernelRunner;

  readonly #warnings: readonly string[];

  constructor(
    wasmMemory: WasmMemory,
    module: SimdModule,
    team: Team,
    runs: CompiledRun[],
    warnings: readonly string[] = [],
  ) {
    this.#warnings = warnings;
    const memory = new Memory(wasmMemory, team, module.build.layout.controlBytes);
    this.#memory = memory;
    this.#module = module;
    this.#team = team;
    this.#calls = new Calls(memory, module, team);
    this.#products = new ProductRunner(memory, module, this.#calls);
    this.#kernels = new KernelRunner(memory, module, this.#calls, runs);
  }

  describe(): string {
    const { threads } = this.#team;
    const { build, wide, notWide } = this.#module;
    const runs = `simd: WebAssembly SIMD${build.fused ? ' with fused multiply-add' : ''}${wide ? ', products in 256 bit' : ''}, float32, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
    const missing = notWide === null ? [] : [`no products in 256 bit: ${notWide}`];
    return [runs, ...missing, ...this.warnings].join('; ');
  }

  /** Why it has fewer threads than it could have, if it has: some may not start when there is work. */
  get warnings(): readonly string[] {
    return [...this.#warnings, ...this.#team.warnings];
  }

  /** Buffers that are not freed: for tests of lifetimes. */
  get liveBuffers(): number {
    return this.#memory.live;
  }

  /** The memory that the module has, in bytes: it grows to what was needed at most at one time. */
  get memoryBytes(): number {
    return this.#memory.memory.buffer.byteLength;
  }

  get usable(): boolean {
    return this.#team.usable;
  }

  async dispose(): Promise<void> {
    await this.#team.dispose();
  }

  upload(values: ArrayLike<number>, shape: Shape): Handle {
    expectCount('upload', values, shape);
    expectFloat32('upload', values);
    const handle = this.#memory.allocate(shape);
    this.#memory.settledNumbers().set(values, handle.pointer / NUMBER_BYTES);
    return handle;
  }

  uploadIndices(values: ArrayLike<number>, shape: Shape): Indices {
    expectCount('uploadIndices', values, shape);
    const indices = new SimdIndices(this.#memory.allocateBlock(values.length * NUMBER_BYTES), 0, shape);
    this.#memory.settledIntegers().set(values, indices.pointer / NUMBER_BYTES);
    return indices;
  }

  uploadFactors(factors: Readonly<Record<string, Factor>>): SimdFactors {
    return new SimdFactors(this.#memory, this.#module.build.layout, factors);
  }

  zeros(shape: Shape): Handle {
    const handle = this.#memory.allocate(shape);
    this.#fill(handle);
    return handle;
  }

  async read(handle: Handle): Promise<Float64Array> {
    const { pointer, size } = this.#expectHandle(handle);
    const start = pointer / NUMBER_BYTES;
    return new Float64Array(this.#memory.settledNumbers().subarray(start, start + size));
  }

  openScope(): MemoryScope {
    return this.#memory.openScope();
  }

  release(handles: Iterable<Handle>): void {
    this.#memory.release(handles);
  }

  at(x: Handle, t: number): Handle {
    return stepOf(this.#expectHandle(x), t);
  }

  rows(w: Handle, from: number, to: number): Handle {
    return rowsOf(this.#expectHandle(w), from, to);
  }

  reshape(x: Handle, shape: Shape): Handle {
    return reshaped(this.#expectHandle(x), shape);
  }

  concat(parts: readonly Handle[]): Handle {
    const [, ...rest] = parts[0]?.shape ?? [];
    const shape = [parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0), ...rest];
    const handles = parts.map((part) => this.#expectHandle(part));
    const [first] = handles;
    // Side by side already, as the steps of a loop are.
    if (
      first &&
      handles.length > 1 &&
      handles.every((part, i) => i === 0 || part.follows(handles[i - 1] as SimdHandle))
    )
      return first.view(0, shape);
    const out = this.#memory.allocate(shape);
    let next = out.pointer;
    for (const { pointer, size } of handles) {
      const length = size * NUMBER_BYTES;
      this.#calls.settledExports().copy(next, pointer, length);
      next += length;
    }
    return out;
  }

  reverse(x: Handle, lengths: Indices | null): Handle {
    const [time = 0, batch = 0] = x.shape;
    const out = this.#memory.allocate(x.shape);
    const valid = lengths ? this.#expectHandle(lengths).pointer : 0;
    this.#calls
      .settledExports()
      .reverse(out.pointer, this.#expectHandle(x).pointer, valid, time, batch, sizeOf(x.shape) / (time * batch));
    return out;
  }

  project: Ops['project'] = (x, w, terms) => this.#products.project(x, w, terms);

  projectInputGrad: Ops['projectInputGrad'] = (dy, w, terms) => this.#products.projectInputGrad(dy, w, terms);

  projectWeightGrad: Ops['projectWeightGrad'] = (dy, x, terms) => this.#products.projectWeightGrad(dy, x, terms);

  sumRows(x: Handle): Handle {
    const { width, rows, pointer } = this.#expectHandle(x);
    const out = this.#memory.allocate([width]);
    this.#calls.sumRows(out.pointer, pointer, rows, width);
    return out;
  }

  sum(x: Handle): Handle {
    const { pointer, size } = this.#expectHandle(x);
    return this.upload([Math.fround(this.#calls.settledExports().sum(pointer, size))], [1]);
  }

  run: Ops['run'] = (kernel, args) => this.#kernels.run(kernel as Kernel, args as KernelArgs<string, string>) as never;

  normalise(x: Handle, epsilon: number): { y: Handle; inverseDeviation: Handle } {
    const { pointer, rows, width, shape } = this.#expectHandle(x);
    const y = this.#memory.allocate(shape);
    const inverseDeviation = this.#memory.allocate([rows]);
    this.#calls.settledExports().normalise(y.pointer, inverseDeviation.pointer, pointer, rows, width, epsilon);
    return { y, inverseDeviation };
  }

  normaliseGrad(y: Handle, inverseDeviation: Handle, dy: Handle): Handle {
    const { pointer, rows, width, shape } = this.#expectHandle(y);
    expectSize('normaliseGrad: inverseDeviation', inverseDeviation, rows);
    expectSize('normaliseGrad: dy', dy, rows * width);
    const [inverse, gradient] = [this.#expectHandle(inverseDeviation), this.#expectHandle(dy)];
    const dx = this.#memory.allocate(shape);
    const { normaliseGrad } = this.#calls.settledExports();
    normaliseGrad(dx.pointer, pointer, inverse.pointer, gradient.pointer, rows, width);
    return dx;
  }

  gather(table: Handle, ids: Indices): Handle {
    const { width, rows, pointer } = this.#expectHandle(table);
    expectIds('gather', this.#idsIn(ids), rows);
    const out = this.#memory.allocate([...ids.shape, width]);
    this.#calls
      .settledExports()
      .gather(out.pointer, pointer, this.#expectHandle(ids).pointer, sizeOf(ids.shape), width);
    return out;
  }

  scatterAdd(dy: Handle, ids: Indices, rows: number): Handle {
    const { width, pointer } = this.#expectHandle(dy);
    expectSize('scatterAdd', dy, sizeOf(ids.shape) * width);
    expectIds('scatterAdd', this.#idsIn(ids), rows);
    const out = this.#memory.allocate([rows, width]);
    this.#fill(out);
    this.#calls
      .settledExports()
      .scatterAdd(out.pointer, pointer, this.#expectHandle(ids).pointer, sizeOf(ids.shape), width);
    return out;
  }

  softmax(x: Handle): Handle {
    const { pointer, rows, width, shape } = this.#expectHandle(x);
    const out = this.#memory.allocate(shape);
    this.#calls.settledExports().softmax(out.pointer, pointer, rows, width);
    return out;
  }

  softmaxGrad(y: Handle, dy: Handle): Handle {
    const { pointer, rows, width, shape } = this.#expectHandle(y);
    expectSize('softmaxGrad', dy, rows * width);
    const out = this.#memory.allocate(shape);
    this.#calls.settledExports().softmaxGrad(out.pointer, pointer, this.#expectHandle(dy).pointer, rows, width);
    return out;
  }

  softmaxCrossEntropy(logits: Handle, labels: Indices): { loss: Handle; grad: Handle } {
    const { pointer, rows, width, shape } = this.#expectHandle(logits);
    expectSize('softmaxCrossEntropy: labels', labels, rows);
    const list = this.#idsIn(labels);
    expectIds('softmaxCrossEntropy', list, width);
    const counted = list.filter((label) => label >= 0).length;
    const grad = this.#memory.allocate(shape);
    const { softmaxCrossEntropy } = this.#calls.settledExports();
    const loss = softmaxCrossEntropy(
      grad.pointer,
      pointer,
      this.#expectHandle(labels).pointer,
      rows,
      width,
      Math.max(1, counted),
    );
    return { loss: this.upload([Math.fround(loss)], [1]), grad };
  }

  ranks(x: Handle, labels: Indices): Handle {
    const { pointer, rows, width } = this.#expectHandle(x);
    expectSize('ranks: labels', labels, rows);
    expectIds('ranks', this.#idsIn(labels), width);
    const out = this.#memory.allocate([rows]);
    this.#calls.settledExports().ranks(out.pointer, pointer, this.#expectHandle(labels).pointer, rows, width);
    return out;
  }

  /** The ids themselves. */
  #idsIn(indices: Indices): Int32Array {
    const { pointer, size } = this.#expectHandle(indices);
    const start = pointer / NUMBER_BYTES;
    return this.#memory.settledIntegers().subarray(start, start + size);
  }

  #expectHandle(handle: Handle): SimdHandle {
    return this.#memory.expectHandle(handle);
  }

  #fill({ pointer, size }: SimdHandle): void {
    this.#calls.settledExports().clear(pointer, size * NUMBER_BYTES);
  }
}
