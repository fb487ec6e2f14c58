import { findThreading } from '#platform/workers.js';
import { EngineError } from '../../errors.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import type { Kernel } from '../kernel.ts';
import { expectBatch, expectCount, expectIds, expectSize, expectWidth } from '../operand-checks.ts';
import type { Factor, FactorUse, Handle, Indices, KernelArgs, MemoryScope, Ops, ProductTerms, Shape } from '../ops.ts';
import { reshaped, rowsOf, stepOf } from '../views.ts';
import { Calls, type GateFactor, packedBytes } from './calls.ts';
import { SimdFactors } from './factors.ts';
import { type CompiledRun, KernelRunner } from './kernel-runner.ts';
import { Memory, NUMBER_BYTES, type Packed, type SimdHandle, SimdIndices } from './memory.ts';
import { instantiate, type SimdModule } from './module.ts';
import { type Limits, Team, threadsOf } from './team.ts';

export interface SimdOptions {
  /**
   * How many threads share the work; when left out, as many as the machine has cores, at most 4. The results are the same
   * to the last bit. Pages that are not cross-origin isolated have one.
   */
  readonly threads?: number | undefined;
}

/** The engine on WebAssembly SIMD. @throws EngineError when there is none, or for a number of threads that cannot be */
export async function createSimdEngine(options: SimdOptions = {}, limits: Partial<Limits> = {}): Promise<SimdEngine> {
  const threading = findThreading();
  const threads = threadsOf(options.threads, threading);
  const memory = makeMemory(threads > 1);
  const runs: CompiledRun[] = [];
  const module = await instantiate(memory.memory, (slot, _code, _codeBytes, words, from, to) => {
    (runs[slot] as CompiledRun)(words, from, to);
  });
  return new SimdEngine(memory, module, new Team(threads, threading, module, memory.memory, limits), runs);
}

/** @throws EngineError when the machine does not give it */
function makeMemory(shared: boolean): Memory {
  try {
    return new Memory({ shared });
  } catch (error) {
    throw new EngineError(
      `simd: room for ${shared ? 'shared ' : ''}memory was expected, but this machine gives none (${(error as Error).message}); ${shared ? 'take one thread, or ' : ''}dispose of other engines`,
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
  readonly #runner: KernelRunner;

  constructor(memory: Memory, module: SimdModule, team: Team, runs: CompiledRun[]) {
    this.#memory = memory;
    this.#module = module;
    this.#team = team;
    memory.reserve(module.build.layout.controlBytes);
    this.#calls = new Calls(memory, module, team);
    this.#runner = new KernelRunner(memory, module, this.#calls, runs);
  }

  describe(): string {
    const { threads } = this.#team;
    return `simd: WebAssembly SIMD${this.#module.build.fused ? ' with fused multiply-add' : ''}, float32, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
  }

  /** Buffers that are not freed: for tests of lifetimes. */
  get liveBuffers(): number {
    return this.#memory.live;
  }

  /** The memory that the module has, in bytes: it grows to what was needed at most at one time. */
  get memoryBytes(): number {
    return this.#memory.memory.buffer.byteLength;
  }

  async dispose(): Promise<void> {
    await this.#team.dispose();
  }

  upload(values: ArrayLike<number>, shape: Shape): Handle {
    expectCount('upload', values, shape);
    const handle = this.#memory.allocate(shape);
    this.#memory.numbers.set(values, handle.pointer / NUMBER_BYTES);
    return handle;
  }

  uploadIndices(values: ArrayLike<number>, shape: Shape): Indices {
    expectCount('uploadIndices', values, shape);
    const indices = new SimdIndices(this.#memory.own(values.length * NUMBER_BYTES), 0, shape);
    this.#memory.integers.set(values, indices.pointer / NUMBER_BYTES);
    return indices;
  }

  uploadFactors(factors: Readonly<Record<string, Factor>>): SimdFactors {
    return new SimdFactors(this.#memory, factors);
  }

  zeros(shape: Shape): Handle {
    const handle = this.#memory.allocate(shape);
    this.#fill(handle);
    return handle;
  }

  async read(handle: Handle): Promise<Float64Array> {
    const { pointer, size } = this.#own(handle);
    const start = pointer / NUMBER_BYTES;
    return new Float64Array(this.#memory.numbers.subarray(start, start + size));
  }

  openScope(): MemoryScope {
    return this.#memory.openScope();
  }

  release(handles: Iterable<Handle>): void {
    this.#memory.release(handles);
  }

  at(x: Handle, t: number): Handle {
    return stepOf(this.#own(x), t);
  }

  rows(w: Handle, from: number, to: number): Handle {
    return rowsOf(this.#own(w), from, to);
  }

  reshape(x: Handle, shape: Shape): Handle {
    return reshaped(this.#own(x), shape);
  }

  concat(parts: readonly Handle[]): Handle {
    const [, ...rest] = parts[0]?.shape ?? [];
    const shape = [parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0), ...rest];
    const own = parts.map((part) => this.#own(part));
    const [first] = own;
    // Side by side already, as the steps of a loop are.
    if (first && own.length > 1 && own.every((part, i) => i === 0 || part.follows(own[i - 1] as SimdHandle)))
      return first.view(0, shape);
    const out = this.#memory.allocate(shape);
    let next = out.pointer;
    for (const { pointer, size } of own) {
      const length = size * NUMBER_BYTES;
      this.#calls.alone.copy(next, pointer, length);
      next += length;
    }
    return out;
  }

  reverse(x: Handle, lengths: Indices | null): Handle {
    const [time = 0, batch = 0] = x.shape;
    const out = this.#memory.allocate(x.shape);
    const valid = lengths ? this.#own(lengths).pointer : 0;
    this.#calls.alone.reverse(out.pointer, this.#own(x).pointer, valid, time, batch, sizeOf(x.shape) / (time * batch));
    return out;
  }

  project(x: Handle, w: Handle, { factor, plus, bias }: Parameters<Ops['project']>[2] = {}): Handle {
    const [m = 0, n = 0] = w.shape;
    expectWidth('project', x, n);
    const { rows, pointer } = this.#own(x);
    expectSize('project: plus', plus, rows * m);
    expectSize('project: bias', bias, m);
    const out = this.#memory.allocate([...x.shape.slice(0, -1), m]);
    for (const { gate, from, to } of this.#gates(factor, m)) {
      const packed = this.#packed(w, from, to, 'transposed');
      const shift = from * NUMBER_BYTES;
      this.#calls.multiply(
        { c: out.pointer + shift, ldc: m, a: pointer, lda: n, m: rows, n: to - from, k: n },
        packed,
        { bias: bias ? this.#own(bias).pointer + shift : 0, plus: plus ? this.#own(plus).pointer + shift : 0, ldp: m },
        gate,
        'left',
      );
    }
    return out;
  }

  projectInputGrad(dy: Handle, w: Handle, { factor, plus }: ProductTerms = {}): Handle {
    const [m = 0, n = 0] = w.shape;
    expectWidth('projectInputGrad', dy, m);
    const { rows, pointer } = this.#own(dy);
    expectSize('projectInputGrad: plus', plus, rows * n);
    const out = this.#memory.allocate([...dy.shape.slice(0, -1), n]);
    let added = plus ? this.#own(plus).pointer : 0;
    for (const { gate, from, to } of this.#gates(factor, m)) {
      const packed = this.#packed(w, from, to, 'straight');
      const a = pointer + from * NUMBER_BYTES;
      this.#calls.multiply(
        { c: out.pointer, ldc: n, a, lda: m, m: rows, n, k: to - from },
        packed,
        { bias: 0, plus: added, ldp: n },
        gate,
        'result',
      );
      added = out.pointer;
    }
    return out;
  }

  projectWeightGrad(dy: Handle, x: Handle, { factor }: Pick<ProductTerms, 'factor'> = {}): Handle {
    const { width: m, rows, pointer } = this.#own(dy);
    const { width: n, pointer: b } = this.#own(x);
    expectSize('projectWeightGrad: x', x, rows * n);
    const out = this.#memory.allocate([m, n]);
    for (const { gate, from, to } of this.#gates(factor, m)) {
      const [c, a] = [out.pointer + from * n * NUMBER_BYTES, pointer + from * NUMBER_BYTES];
      this.#calls.multiplyTransposed({ c, ldc: n, a, lda: m, m: to - from, n, k: rows }, { b, ldb: n }, gate);
    }
    return out;
  }

  sumRows(x: Handle): Handle {
    const { width, rows, pointer } = this.#own(x);
    const out = this.#memory.allocate([width]);
    this.#calls.sumRows(out.pointer, pointer, rows, width);
    return out;
  }

  sum(x: Handle): Handle {
    const { pointer, size } = this.#own(x);
    return this.upload([this.#calls.alone.sum(pointer, size)], [1]);
  }

  run: Ops['run'] = (kernel, args) => this.#runner.run(kernel as Kernel, args as KernelArgs<string, string>) as never;

  gather(table: Handle, ids: Indices): Handle {
    const { width, rows, pointer } = this.#own(table);
    expectIds('gather', this.#whole(ids), rows);
    const out = this.#memory.allocate([...ids.shape, width]);
    this.#calls.alone.gather(out.pointer, pointer, this.#own(ids).pointer, sizeOf(ids.shape), width);
    return out;
  }

  scatterAdd(dy: Handle, ids: Indices, rows: number): Handle {
    const { width, pointer } = this.#own(dy);
    expectSize('scatterAdd', dy, sizeOf(ids.shape) * width);
    expectIds('scatterAdd', this.#whole(ids), rows);
    const out = this.#memory.allocate([rows, width]);
    this.#fill(out);
    this.#calls.alone.scatterAdd(out.pointer, pointer, this.#own(ids).pointer, sizeOf(ids.shape), width);
    return out;
  }

  softmax(x: Handle): Handle {
    const { pointer, rows, width, shape } = this.#own(x);
    const out = this.#memory.allocate(shape);
    this.#calls.alone.softmax(out.pointer, pointer, rows, width);
    return out;
  }

  softmaxGrad(y: Handle, dy: Handle): Handle {
    const { pointer, rows, width, shape } = this.#own(y);
    expectSize('softmaxGrad', dy, rows * width);
    const out = this.#memory.allocate(shape);
    this.#calls.alone.softmaxGrad(out.pointer, pointer, this.#own(dy).pointer, rows, width);
    return out;
  }

  softmaxCrossEntropy(logits: Handle, labels: Indices): { loss: Handle; grad: Handle } {
    const { pointer, rows, width, shape } = this.#own(logits);
    expectSize('softmaxCrossEntropy: labels', labels, rows);
    const list = this.#whole(labels);
    expectIds('softmaxCrossEntropy', list, width);
    const counted = list.filter((label) => label >= 0).length;
    const grad = this.#memory.allocate(shape);
    const { softmaxCrossEntropy } = this.#calls.alone;
    const loss = softmaxCrossEntropy(
      grad.pointer,
      pointer,
      this.#own(labels).pointer,
      rows,
      width,
      Math.max(1, counted),
    );
    return { loss: this.upload([loss], [1]), grad };
  }

  /** The whole numbers themselves. */
  #whole(indices: Indices): Int32Array {
    const { pointer, size } = this.#own(indices);
    const start = pointer / NUMBER_BYTES;
    return this.#memory.integers.subarray(start, start + size);
  }

  #own(handle: Handle): SimdHandle {
    return this.#memory.expectOwn(handle);
  }

  #fill({ pointer, size }: SimdHandle): void {
    this.#calls.alone.clear(pointer, size * NUMBER_BYTES);
  }

  /**
   * The ranges of M columns that have a product of their own, and the factor of each: one for each gate where the gates see
   * other factors.
   */
  #gates(
    use: FactorUse | undefined,
    m: number,
  ): { readonly gate: GateFactor | null; readonly from: number; readonly to: number }[] {
    const factors = use?.factors as SimdFactors | undefined;
    const place = use && factors?.place(use.name);
    if (!place) return [{ gate: null, from: 0, to: m }];
    expectBatch(use.name, use.batch);
    const first = use.firstGate ?? 0;
    const count = place.strides.gate > 0 ? use.gates : 1;
    const width = m / count;
    const ranges = [];
    for (let k = 0; k < count; k++)
      ranges.push({ gate: { use, gate: first + k }, from: k * width, to: (k + 1) * width });
    return ranges;
  }

  /** Rows `from` to `to` of a weight as products read them: made once for as long as the weight lives. */
  #packed(w: Handle, from: number, to: number, way: Packed['way']): number {
    const { block, pointer: start, width: columns } = this.#own(w);
    const rows = to - from;
    const pointer = start + from * columns * NUMBER_BYTES;
    block.packed ??= [];
    const known = block.packed.find(
      (one) => one.pointer === pointer && one.way === way && one.rows === rows && one.columns === columns,
    );
    if (known) return known.block.pointer;
    const [n, k] = way === 'transposed' ? [rows, columns] : [columns, rows];
    const made = this.#memory.take(packedBytes(n, k, this.#module.build.layout));
    this.#calls.pack(way, made.pointer, pointer, columns, n, k);
    block.packed.push({ way, pointer, rows, columns, block: made });
    return made.pointer;
  }
}
