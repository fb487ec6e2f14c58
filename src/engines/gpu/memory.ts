import { EngineError } from '../../errors.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import type { Handle, Indices, MemoryScope, Shape } from '../ops.ts';
import { Ownership } from '../ownership.ts';
import type { Device, Operand, Resource } from './device.ts';
import { keptAlive } from './node-webgpu.ts';

/** A kernel that will run: pure, so it may run for some of its outputs now and for others later. */
export interface Task {
  /** The place in the order of planning, in which inputs come before what is made of them. */
  readonly place: number;
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
  /** Make these outputs: a resource, and where each of them begins in it. */
  run(wanted: readonly Buffer[]): Promise<{ readonly resource: Resource; readonly offsets: readonly number[] }>;
}

/** A resource, and how many buffers still lie in it. */
interface Block {
  readonly resource: Resource;
  users: number;
}

/**
 * Numbers that exist, or that a task will make when somebody wants them. Nothing is computed before it is read or
 * needed for what is read; so what no one wants is never computed.
 */
export class Buffer {
  /** Whose it is. */
  readonly memory: Memory;
  /** How many numbers. */
  readonly size: number;
  /** What makes it, until that is done. */
  task: Task | null = null;
  block: Block | null = null;
  /** Where it begins in its block. */
  offset = 0;
  /** Numbers of the host that no kernel needed yet. */
  host: Float32Array | null = null;
  released = false;
  /** Taken out of its scope, to live on: it will be wanted. */
  kept = false;
  /** Tasks that are not done and read it. */
  readers = 0;

  constructor(memory: Memory, size: number) {
    this.memory = memory;
    this.size = size;
  }

  get exists(): boolean {
    return this.block !== null || this.host !== null;
  }
}

/** A handle of the gpu engine: a window on a buffer, which views share. */
export class GpuHandle implements Handle {
  readonly shape: Shape;
  readonly offset: number;
  readonly #buffer: Buffer;

  constructor(buffer: Buffer, offset: number, shape: Shape) {
    this.#buffer = buffer;
    this.offset = offset;
    this.shape = shape;
  }

  /** @throws EngineError after it was freed */
  get buffer(): Buffer {
    if (this.#buffer.released) {
      throw new EngineError(
        `gpu: a live buffer was expected, but this one of shape [${this.shape}] was freed; use it before its scope ends or its run is disposed`,
      );
    }
    return this.#buffer;
  }

  /** The length of a row, and the number of rows. */
  get width(): number {
    return this.shape.at(-1) ?? 1;
  }

  get rows(): number {
    return sizeOf(this.shape.slice(0, -1));
  }

  view(offset: number, shape: Shape): GpuHandle {
    return new GpuHandle(this.#buffer, this.offset + offset, shape);
  }

  /** The buffer behind it, freed or not. */
  static bufferOf(handle: Handle): Buffer {
    return own(handle).#buffer;
  }
}

/** Whole numbers of the gpu engine; the host still knows them. */
export class GpuIndices extends GpuHandle implements Indices {
  readonly indices = true as const;
  readonly values: Int32Array;

  constructor(buffer: Buffer, values: Int32Array, shape: Shape) {
    super(buffer, 0, shape);
    this.values = values;
  }
}

/** @throws EngineError for a handle of an engine of another kind; {@link Memory} tells those of one kind apart */
export function own(handle: Handle): GpuHandle {
  if (handle instanceof GpuHandle) return handle;
  throw stranger();
}

/** The same for whole numbers. */
export function ownIndices(handle: Handle): GpuIndices {
  if (handle instanceof GpuIndices) return handle;
  throw stranger();
}

function stranger(): EngineError {
  return new EngineError(
    'gpu: a handle of this engine was expected, but another engine made this one; upload the numbers first',
  );
}

/** Who owns which buffers, when they are made, and when what lies behind them is freed. */
export class Memory {
  readonly #device: Device;
  readonly #ownership = new Ownership<Buffer>();
  readonly #blocks = new Set<Block>();
  #closed = false;
  #live = 0;
  #planned = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(device: Device) {
    this.#device = device;
  }

  /** Buffers that were not released. */
  get live(): number {
    return this.#live;
  }

  /** Whether more can be made in it: until `close`. */
  get open(): boolean {
    return !this.#closed;
  }

  /** A buffer with numbers of the host, which are not to be changed any more. */
  hold(values: Float32Array): Buffer {
    const buffer = this.#own(values.length);
    buffer.host = values;
    return buffer;
  }

  /** Buffers of these sizes, which a task will make. */
  plan(inputs: readonly Buffer[], sizes: readonly number[], run: Task['run']): Buffer[] {
    for (const { memory } of inputs) if (memory !== this) throw stranger();
    const outputs = sizes.map((size) => this.#own(size));
    const task: Task = { place: this.#planned++, inputs: [...new Set(inputs)], outputs, run };
    for (const input of task.inputs) input.readers += 1;
    for (const output of outputs) output.task = task;
    return outputs;
  }

  /** An operand of a kernel that is about to run: rows x width numbers of a buffer that exists. */
  async operand(buffer: Buffer, offset: number, width: number, rows: number): Promise<Operand> {
    if (buffer.host) {
      buffer.block = this.#block(await this.#device.upload(buffer.host), 1);
      buffer.host = null;
    }
    const { resource } = buffer.block as Block;
    return { resource, offset: buffer.offset + offset, width, rows };
  }

  /** Make what these numbers need, and copy them back; one reader after the other. */
  read(handle: GpuHandle): Promise<Float64Array> {
    const { buffer, offset, shape } = handle;
    if (buffer.memory !== this) throw stranger();
    this.#expectOpen();
    // It may be released while this read waits for others.
    buffer.readers += 1;
    const work = async (): Promise<Float64Array> => {
      try {
        await this.#make(buffer);
        if (buffer.host) return Float64Array.from(buffer.host.subarray(offset, offset + sizeOf(shape)));
        const { resource } = buffer.block as Block;
        return await this.#device.read(resource, buffer.offset + offset, sizeOf(shape));
      } finally {
        buffer.readers -= 1;
        this.#settle([buffer]);
      }
    };
    const result = this.#turn.then(() => keptAlive(work()));
    this.#turn = result.catch(() => {});
    return result;
  }

  openScope(): MemoryScope {
    const keep = (handle: Handle): Buffer => {
      const buffer = this.#ownBufferOf(handle);
      buffer.kept = true;
      return buffer;
    };
    return this.#ownership.openScope(keep, (buffer) => this.#release(buffer));
  }

  release(handles: Iterable<Handle>): void {
    for (const handle of handles) this.#release(this.#ownBufferOf(handle));
  }

  /** Free everything, once the reads that are under way are done. Nothing can be made or read any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#turn;
    for (const { resource } of this.#blocks) this.#device.free(resource);
    this.#blocks.clear();
  }

  #expectOpen(): void {
    if (this.#closed) {
      throw new EngineError('gpu: a live engine was expected, but this one was disposed; make a new one');
    }
  }

  #ownBufferOf(handle: Handle): Buffer {
    const buffer = GpuHandle.bufferOf(handle);
    if (buffer.memory !== this) throw stranger();
    return buffer;
  }

  /** Remember a resource for as long as buffers lie in it. */
  #block(resource: Resource, users: number): Block {
    const block = { resource, users };
    this.#blocks.add(block);
    return block;
  }

  #own(size: number): Buffer {
    this.#expectOpen();
    const buffer = new Buffer(this, size);
    this.#ownership.add(buffer);
    this.#live += 1;
    return buffer;
  }

  #release(buffer: Buffer): void {
    if (buffer.released) return;
    buffer.released = true;
    this.#live -= 1;
    this.#settle([buffer]);
  }

  /** Run the tasks behind a buffer, in the order in which they were planned, each for the outputs that are needed. */
  async #make(target: Buffer): Promise<void> {
    const wanted = new Set<Buffer>();
    const open = [target];
    for (let buffer = open.pop(); buffer; buffer = open.pop()) {
      if (buffer.exists || wanted.has(buffer)) continue;
      wanted.add(buffer);
      open.push(...(buffer.task as Task).inputs);
    }
    const tasks = new Set(Array.from(wanted, ({ task }) => task as Task));
    for (const task of [...tasks].sort((a, b) => a.place - b.place)) {
      // What is sure to be wanted later is made in the same pass.
      const outputs = task.outputs.filter(
        (output) => wanted.has(output) || (!output.exists && (output.readers > 0 || (output.kept && !output.released))),
      );
      const { resource, offsets } = await task.run(outputs);
      const block = this.#block(resource, outputs.length);
      for (const [i, output] of outputs.entries()) {
        output.block = block;
        output.offset = offsets[i] as number;
      }
      this.#settle(outputs);
    }
  }

  /** Free what nobody will read any more, and finish tasks that have nothing left to make; one leads to the other. */
  #settle(buffers: readonly Buffer[]): void {
    const open = [...buffers];
    for (let buffer = open.pop(); buffer; buffer = open.pop()) {
      if (isDead(buffer)) {
        buffer.host = null;
        if (buffer.block) {
          buffer.block.users -= 1;
          if (buffer.block.users === 0 && this.#blocks.delete(buffer.block)) this.#device.free(buffer.block.resource);
          buffer.block = null;
        }
      }
      const { task } = buffer;
      if (!task?.outputs.every((output) => output.exists || isDead(output))) continue;
      for (const output of task.outputs) output.task = null;
      for (const input of task.inputs) {
        input.readers -= 1;
        open.push(input);
      }
    }
  }
}

const isDead = ({ released, readers }: Buffer): boolean => released && readers === 0;
