import { sizeOf } from '../../tensor/tensor.ts';
import { expectCount, expectIds, expectSize, expectWidth } from '../expect.ts';
import { addKernel, maskKernel } from '../helper-kernels.ts';
import type { Kernel } from '../kernel.ts';
import type { Factor, FactorUse, Handle, Indices, KernelArgs, MemoryScope, Ops, ProductTerms, Shape } from '../ops.ts';
import { reshaped, rowsOf, stepOf } from '../views.ts';
import { expectUnits, type PlacedFactor, SimdFactors } from './factors.ts';
import { KernelRunner } from './kernel-runner.ts';
import { type Block, Memory, NUMBER_BYTES, type SimdHandle, SimdIndices } from './memory.ts';
import { instantiate, type SimdModule } from './module.ts';

/** The engine on WebAssembly SIMD. @throws EngineError when there is none */
export async function createSimdEngine(): Promise<SimdEngine> {
  const memory = new Memory();
  return new SimdEngine(memory, await instantiate(memory.memory));
}

/** Float32, computed at once, on one thread, in the memory of a WebAssembly module. */
export class SimdEngine implements Ops {
  readonly name = 'simd';
  readonly dtype = 'float32';
  readonly #memory: Memory;
  readonly #module: SimdModule;
  readonly #runner: KernelRunner;

  constructor(memory: Memory, module: SimdModule) {
    this.#memory = memory;
    this.#module = module;
    this.#runner = new KernelRunner(memory, module);
  }

  describe(): string {
    return `simd: WebAssembly SIMD${this.#module.relaxed ? ' with fused multiply-add' : ''}, float32, one thread`;
  }

  /** Buffers that are not freed: for tests of lifetimes. */
  get liveBuffers(): number {
    return this.#memory.live;
  }

  /** The memory that the module has, in bytes: it grows to what was needed at most at one time. */
  get memoryBytes(): number {
    return this.#memory.bytes.byteLength;
  }

  async dispose(): Promise<void> {}

  upload(values: ArrayLike<number>, shape: Shape): Handle {
    expectCount('upload', values, shape);
    const handle = this.#memory.allocate(shape);
    this.#memory.numbers.set(values, handle.pointer / NUMBER_BYTES);
    return handle;
  }

  uploadIndices(values: ArrayLike<number>, shape: Shape): Indices {
    expectCount('uploadIndices', values, shape);
    const indices = new SimdIndices(this.#memory.own(values.length * NUMBER_BYTES), 0, shape);
    new Int32Array(this.#memory.memory.buffer, indices.pointer, values.length).set(values);
    return indices;
  }

  uploadFactors(factors: Readonly<Record<string, Factor>>): SimdFactors {
    const placed = new Map<string, PlacedFactor>();
    let bytes = 0;
    for (const [name, factor] of Object.entries(factors)) {
      expectUnits(name, factor);
      placed.set(name, { offset: bytes, scale: factor.scale, strides: factor.strides });
      bytes += factor.bits.length;
    }
    const block = this.#memory.own(bytes);
    for (const [name, { bits }] of Object.entries(factors)) {
      this.#memory.bytes.set(bits, block.pointer + (placed.get(name) as PlacedFactor).offset);
    }
    return new SimdFactors(block, placed);
  }

  zeros(shape: Shape): Handle {
    const handle = this.#memory.allocate(shape);
    this.#fill(handle);
    return handle;
  }

  async read(handle: Handle): Promise<Float64Array> {
    const { pointer, shape } = this.#own(handle);
    const start = pointer / NUMBER_BYTES;
    return Float64Array.from(this.#memory.numbers.subarray(start, start + sizeOf(shape)));
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
    const out = this.#memory.allocate([parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0), ...rest]);
    const { bytes } = this.#memory;
    let next = out.pointer;
    for (const part of parts) {
      const { pointer, shape } = this.#own(part);
      const length = sizeOf(shape) * NUMBER_BYTES;
      bytes.copyWithin(next, pointer, pointer + length);
      next += length;
    }
    return out;
  }

  reverse(x: Handle, lengths: Indices | null): Handle {
    const [time = 0, batch = 0] = x.shape;
    const out = this.#memory.allocate(x.shape);
    const valid = lengths ? this.#own(lengths).pointer : 0;
    this.#module.exports.reverse(
      out.pointer,
      this.#own(x).pointer,
      valid,
      time,
      batch,
      sizeOf(x.shape) / (time * batch),
    );
    return out;
  }

  project(x: Handle, w: Handle, { factor, plus, bias }: Parameters<Ops['project']>[2] = {}): Handle {
    const [m = 0, n = 0] = w.shape;
    expectWidth('project', x, n);
    const { rows } = this.#own(x);
    expectSize('project: plus', plus, rows * m);
    expectSize('project: bias', bias, m);
    const out = this.#memory.allocate([...x.shape.slice(0, -1), m]);
    for (const { gate, from, to } of this.#gates(factor, m)) {
      this.#masked(x, factor, gate, (input) => {
        const packed = this.#packed(this.rows(w, from, to), 'transposed');
        this.#module.exports.multiply(
          ...([out.pointer + from * NUMBER_BYTES, m, input.pointer, n, packed] as const),
          bias ? this.#own(bias).pointer + from * NUMBER_BYTES : 0,
          plus ? this.#own(plus).pointer + from * NUMBER_BYTES : 0,
          ...([m, rows, to - from, n] as const),
        );
      });
    }
    return out;
  }

  projectInputGrad(dy: Handle, w: Handle, { factor, plus }: ProductTerms = {}): Handle {
    const [m = 0, n = 0] = w.shape;
    expectWidth('projectInputGrad', dy, m);
    const shape = [...dy.shape.slice(0, -1), n];
    const { rows, pointer } = this.#own(dy);
    expectSize('projectInputGrad: plus', plus, rows * n);
    const product = (out: SimdHandle, from: number, to: number, added: number): void => {
      const packed = this.#packed(this.rows(w, from, to), 'straight');
      const columns = pointer + from * NUMBER_BYTES;
      this.#module.exports.multiply(out.pointer, n, columns, m, packed, 0, added, n, rows, n, to - from);
    };
    if (!factor || !(factor.factors as SimdFactors).has(factor.name)) {
      const out = this.#memory.allocate(shape);
      product(out, 0, m, plus ? this.#own(plus).pointer : 0);
      return out;
    }
    let sum: Handle | undefined = plus;
    for (const { gate, from, to } of this.#gates(factor, m)) {
      const part = this.#memory.allocate(shape);
      product(part, from, to, 0);
      const masked = this.#applied(part, factor, gate);
      const before: Handle | undefined = sum;
      sum = before ? this.#added(masked, this.reshape(before, shape)) : masked;
      this.release([part, ...(before ? [masked] : []), ...(before && before !== plus ? [before] : [])]);
    }
    return sum as Handle;
  }

  projectWeightGrad(dy: Handle, x: Handle, { factor }: Pick<ProductTerms, 'factor'> = {}): Handle {
    const [m, n] = [this.#own(dy).width, this.#own(x).width];
    const { rows, pointer } = this.#own(dy);
    expectSize('projectWeightGrad: x', x, rows * n);
    const out = this.#memory.allocate([m, n]);
    for (const { gate, from, to } of this.#gates(factor, m)) {
      this.#masked(x, factor, gate, (input) => {
        const { multiplyTransposed, transposedWorkBytes } = this.#module.exports;
        const work = this.#memory.take(transposedWorkBytes(to - from, n, rows));
        multiplyTransposed(
          ...([out.pointer + from * n * NUMBER_BYTES, n, pointer + from * NUMBER_BYTES, m] as const),
          ...([input.pointer, n, 0, n, work.pointer, to - from, n, rows] as const),
        );
        this.#memory.give(work);
      });
    }
    return out;
  }

  sumRows(x: Handle): Handle {
    const { width, rows, pointer } = this.#own(x);
    const out = this.#memory.allocate([width]);
    this.#module.exports.sumRows(out.pointer, pointer, width, rows, width);
    return out;
  }

  sum(x: Handle): Handle {
    const { pointer, shape } = this.#own(x);
    return this.upload([this.#module.exports.sum(pointer, sizeOf(shape))], [1]);
  }

  run: Ops['run'] = (kernel, args) => this.#runner.run(kernel as Kernel, args as KernelArgs<string, string>) as never;

  gather(table: Handle, ids: Indices): Handle {
    const { width, rows, pointer } = this.#own(table);
    expectIds('gather', this.#whole(ids), rows);
    const out = this.#memory.allocate([...ids.shape, width]);
    this.#module.exports.gather(out.pointer, pointer, this.#own(ids).pointer, sizeOf(ids.shape), width);
    return out;
  }

  scatterAdd(dy: Handle, ids: Indices, rows: number): Handle {
    const { width, pointer } = this.#own(dy);
    expectSize('scatterAdd', dy, sizeOf(ids.shape) * width);
    expectIds('scatterAdd', this.#whole(ids), rows);
    const out = this.#memory.allocate([rows, width]);
    this.#fill(out);
    this.#module.exports.scatterAdd(out.pointer, pointer, this.#own(ids).pointer, sizeOf(ids.shape), width);
    return out;
  }

  softmax(x: Handle): Handle {
    const { pointer, rows, width, shape } = this.#own(x);
    const out = this.#memory.allocate(shape);
    this.#module.exports.softmax(out.pointer, pointer, rows, width);
    return out;
  }

  softmaxGrad(y: Handle, dy: Handle): Handle {
    const { pointer, rows, width, shape } = this.#own(y);
    expectSize('softmaxGrad', dy, rows * width);
    const out = this.#memory.allocate(shape);
    this.#module.exports.softmaxGrad(out.pointer, pointer, this.#own(dy).pointer, rows, width);
    return out;
  }

  softmaxCrossEntropy(logits: Handle, labels: Indices): { loss: Handle; grad: Handle } {
    const { pointer, rows, width, shape } = this.#own(logits);
    expectSize('softmaxCrossEntropy: labels', labels, rows);
    const list = this.#whole(labels);
    expectIds('softmaxCrossEntropy', list, width);
    const counted = list.filter((label) => label >= 0).length;
    const grad = this.#memory.allocate(shape);
    const { softmaxCrossEntropy } = this.#module.exports;
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
    return new Int32Array(this.#memory.memory.buffer, this.#own(indices).pointer, sizeOf(indices.shape));
  }

  #own(handle: Handle): SimdHandle {
    return this.#memory.expectOwn(handle);
  }

  #fill({ pointer, shape }: SimdHandle): void {
    this.#memory.bytes.fill(0, pointer, pointer + sizeOf(shape) * NUMBER_BYTES);
  }

  /** The ranges of M columns that have a product of their own: one for each gate where the gates see other factors. */
  #gates(factor: FactorUse | undefined, m: number): { gate: number; from: number; to: number }[] {
    const differs = factor && (factor.factors as SimdFactors).differsByGate(factor.name);
    const count = differs ? factor.gates : 1;
    const first = factor?.firstGate ?? 0;
    const width = m / count;
    return Array.from({ length: count }, (_, k) => ({ gate: first + k, from: k * width, to: (k + 1) * width }));
  }

  /** Use x under the factor of a gate, or x itself where there is none. */
  #masked(x: Handle, factor: FactorUse | undefined, gate: number, use: (input: SimdHandle) => void): void {
    if (!factor || !(factor.factors as SimdFactors).has(factor.name)) {
      use(this.#own(x));
      return;
    }
    const masked = this.#applied(x, factor, gate);
    use(this.#own(masked));
    this.release([masked]);
  }

  #applied(x: Handle, { factors, name, ...steps }: FactorUse, gate: number): Handle {
    return this.#runner.run(maskKernel(name, gate), { ...steps, factors, inputs: { x } }).y as Handle;
  }

  #added(x: Handle, plus: Handle): Handle {
    return this.#runner.run(addKernel(), { inputs: { x, plus } }).y as Handle;
  }

  /** A weight as products read it: made once for as long as the weight lives. */
  #packed(w: Handle, way: 'straight' | 'transposed'): number {
    const { block, pointer, shape } = this.#own(w);
    const [rows = 0, columns = 0] = shape;
    const name = `${way} ${pointer - block.pointer} ${rows} ${columns}`;
    const known = block.packed.get(name);
    if (known) return known.pointer;
    const { pack, packTransposed, packedBytes } = this.#module.exports;
    const [n, k] = way === 'transposed' ? [rows, columns] : [columns, rows];
    const made: Block = this.#memory.take(packedBytes(n, k));
    (way === 'transposed' ? packTransposed : pack)(made.pointer, pointer, columns, n, k);
    block.packed.set(name, made);
    return made.pointer;
  }
}
