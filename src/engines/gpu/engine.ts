import { sizeOf } from '../../tensor/tensor.ts';
import type { Kernel } from '../kernel.ts';
import { expectCount, expectFloat32, expectIds, expectSize } from '../operand-checks.ts';
import type { Factor, Handle, Indices, KernelArgs, MemoryScope, Ops, ProductTerms, Shape } from '../ops.ts';
import { reshaped, rowsOf, stepOf } from '../views.ts';
import { type Device, roomFor } from './device/device.ts';
import { column, matrix } from './kernel-call.ts';
import * as tables from './kernels/row-operations.ts';
import { GpuFactors } from './memory/factors.ts';
import { expectGpuHandle, expectGpuIndices, GpuHandle, GpuIndices } from './memory/handles.ts';
import { Memory } from './memory/memory.ts';
import { Multiplier } from './multiply.ts';
import { Planner } from './planner.ts';

/**
 * The engine on gpu.js. Operations plan tasks; `read` runs those that its numbers need. Between an upload and a read
 * nothing leaves the device, and nothing that no one wants is computed.
 */
export class GpuEngine implements Ops {
  readonly name = 'gpu';
  readonly dtype = 'float32';
  readonly #device: Device;
  readonly #memory: Memory;
  readonly #planner: Planner;
  readonly #multiplier: Multiplier;
  readonly #about: string;

  /** @param about what was asked for and what was found: the beginning of `describe()` */
  constructor(device: Device, about: string) {
    this.#device = device;
    this.#memory = new Memory(device);
    this.#planner = new Planner(device, this.#memory);
    this.#multiplier = new Multiplier(this, this.#planner);
    this.#about = about;
  }

  /** What runs here, as gpu.js reports it. */
  describe(): string {
    const fallbacks = [...new Set(this.#device.fallbacks)];
    return [this.#about, ...(fallbacks.length > 0 ? [`fell back: ${fallbacks.join('; ')}`] : [])].join('; ');
  }

  /** The mode of gpu.js that was chosen. */
  get mode(): string {
    return this.#device.mode;
  }

  /** Buffers that are not freed: for tests of lifetimes. */
  get liveBuffers(): number {
    return this.#memory.live;
  }

  /** Buffers and textures of the device that are not freed; none where kernels compute on the host's memory. */
  get deviceBuffers(): number {
    return this.#device.resources;
  }

  /** Kernels that gpu.js has built. */
  get builtKernels(): number {
    return this.#device.kernels;
  }

  get usable(): boolean {
    return this.#memory.open && !this.#device.lost;
  }

  async dispose(): Promise<void> {
    await this.#memory.close();
    await this.#device.destroy();
  }

  upload(values: ArrayLike<number>, shape: Shape): Handle {
    expectCount('upload', values, shape);
    expectFloat32('upload', values);
    const room = this.#room(shape);
    room.set(values);
    return new GpuHandle(this.#memory.hold(room), 0, shape);
  }

  uploadIndices(values: ArrayLike<number>, shape: Shape): Indices {
    expectCount('uploadIndices', values, shape);
    return new GpuIndices(this.#memory.hold(Float32Array.from(values)), Int32Array.from(values), shape);
  }

  uploadFactors(factors: Readonly<Record<string, Factor>>): GpuFactors {
    return new GpuFactors(factors, (values) => this.#memory.hold(values));
  }

  zeros(shape: Shape): Handle {
    return new GpuHandle(this.#memory.hold(this.#room(shape)), 0, shape);
  }

  #room(shape: Shape): Float32Array {
    const width = shape.at(-1) ?? 1;
    return roomFor(width === 0 ? 0 : sizeOf(shape) / width, width);
  }

  async read(handle: Handle): Promise<Float64Array> {
    return this.#memory.read(expectGpuHandle(handle));
  }

  openScope(): MemoryScope {
    return this.#memory.openScope();
  }

  release(handles: Iterable<Handle>): void {
    this.#memory.release(handles);
  }

  at(x: Handle, t: number): Handle {
    return stepOf(expectGpuHandle(x), t);
  }

  rows(w: Handle, from: number, to: number): Handle {
    return rowsOf(expectGpuHandle(w), from, to);
  }

  reshape(x: Handle, shape: Shape): Handle {
    return reshaped(expectGpuHandle(x), shape);
  }

  concat(parts: readonly Handle[]): Handle {
    const [, ...rest] = parts[0]?.shape ?? [];
    const width = rest.at(-1) ?? 1;
    const given: readonly Handle[] = parts.map((part) => this.reshape(part, [sizeOf(part.shape) / width, width]));
    // A kernel takes few arrays: so parts are joined to longer parts, and these to longer ones.
    const most = Math.min(this.#planner.stackable, given.length);
    let level = given;
    do {
      const groups = Array.from({ length: Math.ceil(level.length / most) }, (_, i) =>
        level.slice(i * most, (i + 1) * most),
      );
      const joined = groups.map((group) => this.#planner.stack(group, width));
      if (level !== given) this.release(level);
      level = joined;
    } while (level.length > 1);
    return this.reshape(level[0] as Handle, [parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0), ...rest]);
  }

  reverse(x: Handle, lengths: Indices | null): Handle {
    const [time = 0, batch = 0] = x.shape;
    const spec = this.#planner.spec('reverse', tables.reverse);
    const planned = (valid: Handle): Handle => this.#planner.plan(spec, x.shape, [matrix(x), column(valid)], [batch]);
    return lengths
      ? planned(lengths)
      : this.#planner.spend(this.#planner.hold(new Float32Array(batch).fill(time)), planned);
  }

  project(x: Handle, w: Handle, terms: Parameters<Ops['project']>[2] = {}): Handle {
    return this.#multiplier.project(x, w, terms);
  }

  projectInputGrad(dy: Handle, w: Handle, terms: ProductTerms = {}): Handle {
    return this.#multiplier.projectInputGrad(dy, w, terms);
  }

  projectWeightGrad(dy: Handle, x: Handle, terms: Pick<ProductTerms, 'factor'> = {}): Handle {
    return this.#multiplier.projectWeightGrad(dy, x, terms);
  }

  sumRows(x: Handle): Handle {
    const { width, rows: all } = expectGpuHandle(x);
    if (all === 0) return this.zeros([width]);
    const spec = this.#planner.spec('sumChunks', tables.sumChunks);
    let sums = x;
    do {
      const before = sums;
      const { rows } = expectGpuHandle(before);
      sums = this.#planner.plan(spec, [Math.ceil(rows / tables.CHUNK), width], [matrix(before)], [rows]);
      if (before !== x) this.release([before]);
    } while (expectGpuHandle(sums).rows > 1);
    return this.reshape(sums, [width]);
  }

  sum(x: Handle): Handle {
    return this.#planner.spend(this.sumRows(x), (sums) => this.sumRows(this.reshape(sums, [sizeOf(sums.shape), 1])));
  }

  run: Ops['run'] = (kernel, args) => this.#planner.run(kernel as Kernel, args as KernelArgs<string, string>);

  normalise(x: Handle, epsilon: number): { y: Handle; inverseDeviation: Handle } {
    const { width, rows } = expectGpuHandle(x);
    const momentSpec = this.#planner.spec(`rowMoments ${width}`, (dialect) => tables.rowMoments(dialect, width));
    const spec = this.#planner.spec('normalise', tables.normalise);
    const inverseSpec = this.#planner.spec('secondColumn', tables.secondColumn);
    return this.#planner.spend(this.#planner.plan(momentSpec, [rows, 2], [matrix(x)], [epsilon]), (moments) => ({
      y: this.#planner.plan(spec, x.shape, [matrix(x), matrix(moments)], []),
      inverseDeviation: this.reshape(this.#planner.plan(inverseSpec, [rows, 1], [matrix(moments)], []), [rows]),
    }));
  }

  normaliseGrad(y: Handle, inverseDeviation: Handle, dy: Handle): Handle {
    const { width, rows } = expectGpuHandle(y);
    expectSize('normaliseGrad: inverseDeviation', inverseDeviation, rows);
    expectSize('normaliseGrad: dy', dy, rows * width);
    const momentSpec = this.#planner.spec(`gradMoments ${width}`, (dialect) => tables.gradMoments(dialect, width));
    const spec = this.#planner.spec('normaliseGrad', tables.normaliseGrad);
    const operands = [matrix(y), matrix(this.reshape(dy, y.shape))];
    return this.#planner.spend(this.#planner.plan(momentSpec, [rows, 2], operands, []), (moments) =>
      this.#planner.plan(spec, y.shape, [...operands, column(inverseDeviation), matrix(moments)], []),
    );
  }

  gather(table: Handle, ids: Indices): Handle {
    expectIds('gather', expectGpuIndices(ids).values, expectGpuHandle(table).rows);
    const spec = this.#planner.spec('gather', tables.gather);
    return this.#planner.plan(spec, [...ids.shape, expectGpuHandle(table).width], [matrix(table), column(ids)], []);
  }

  scatterAdd(dy: Handle, ids: Indices, rows: number): Handle {
    // A kernel cannot add into a row that is not its own: so each row looks up which entries belong to it.
    const { values } = expectGpuIndices(ids);
    expectIds('scatterAdd', values, rows);
    expectSize('scatterAdd', dy, values.length * expectGpuHandle(dy).width);
    const starts = new Float32Array(rows + 1);
    for (const id of values) if (id >= 0) starts[id + 1] = (starts[id + 1] as number) + 1;
    for (let row = 0; row < rows; row++) starts[row + 1] = (starts[row + 1] as number) + (starts[row] as number);
    const next = starts.slice();
    const order = new Float32Array(values.length);
    for (const [i, id] of values.entries()) {
      if (id < 0) continue;
      order[next[id] as number] = i;
      next[id] = (next[id] as number) + 1;
    }
    const held = [order, starts].map((list) => this.#planner.hold(list));
    const spec = this.#planner.spec('scatterAdd', tables.scatterAdd);
    const out = this.#planner.plan(spec, [rows, expectGpuHandle(dy).width], [matrix(dy), ...held.map(column)], []);
    this.release(held);
    return out;
  }

  softmax(x: Handle): Handle {
    const spec = this.#planner.spec('softmax', tables.softmax);
    return this.#planner.spend(this.#logSumExp(x), (lse) =>
      this.#planner.plan(spec, x.shape, [matrix(x), matrix(lse)], []),
    );
  }

  softmaxGrad(y: Handle, dy: Handle): Handle {
    const { width, rows } = expectGpuHandle(y);
    expectSize('softmaxGrad', dy, rows * width);
    const dotSpec = this.#planner.spec(`rowDots ${width}`, (dialect) => tables.rowDots(dialect, width));
    const spec = this.#planner.spec('softmaxGrad', tables.softmaxGrad);
    return this.#planner.spend(this.#planner.plan(dotSpec, [rows, 1], [matrix(y), matrix(dy)], []), (dots) =>
      this.#planner.plan(spec, y.shape, [matrix(y), matrix(dy), column(dots)], []),
    );
  }

  softmaxCrossEntropy(logits: Handle, labels: Indices): { loss: Handle; grad: Handle } {
    const { values } = expectGpuIndices(labels);
    expectSize('softmaxCrossEntropy: labels', labels, expectGpuHandle(logits).rows);
    expectIds('softmaxCrossEntropy', values, expectGpuHandle(logits).width);
    const counted = values.filter((label) => label >= 0).length;
    const lossSpec = this.#planner.spec('crossEntropy', tables.crossEntropy);
    const gradSpec = this.#planner.spec('crossEntropyGrad', tables.crossEntropyGrad);
    return this.#planner.spend(this.#logSumExp(logits), (lse) => {
      const operands = [matrix(logits), matrix(lse), column(labels)];
      const losses = this.#planner.plan(lossSpec, [expectGpuHandle(logits).rows, 1], operands, [1 / counted]);
      return {
        loss: this.#planner.spend(losses, (each) => this.sum(each)),
        grad: this.#planner.plan(gradSpec, logits.shape, operands, [1 / counted]),
      };
    });
  }

  ranks(x: Handle, labels: Indices): Handle {
    const { width, rows } = expectGpuHandle(x);
    expectSize('ranks: labels', labels, rows);
    expectIds('ranks', expectGpuIndices(labels).values, width);
    const spec = this.#planner.spec(`ranks ${width}`, (dialect) => tables.ranks(dialect, width));
    return this.reshape(this.#planner.plan(spec, [rows, 1], [matrix(x), column(labels)], []), [rows]);
  }

  #logSumExp(x: Handle): Handle {
    const { width, rows } = expectGpuHandle(x);
    const spec = this.#planner.spec(`logSumExp ${width}`, (dialect) => tables.logSumExp(dialect, width));
    return this.#planner.plan(spec, [rows, 2], [matrix(x)], []);
  }
}
