import { EngineError } from '../../../errors.ts';
import { sizeOf } from '../../../tensor/tensor.ts';
import type { Handle, MemoryScope } from '../../ops.ts';
import { Ownership } from '../../ownership.ts';
import type { Device, Operand, Resource } from '../device/device.ts';
import { keptAlive } from '../device/node-webgpu.ts';
import { GpuHandle, strangeHandle } from './handles.ts';
import { type Block, type BufferState, LazyBuffer, type Task } from './lazy-buffer.ts';

/** The buffers of an engine: which scope they belong to, when they are made, and when what lies behind them is freed. */
export class Memory {
  readonly #device: Device;
  readonly #ownership = new Ownership<LazyBuffer>();
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
  hold(values: Float32Array): LazyBuffer {
    return this.#track({ kind: 'host', values });
  }

  /** Buffers for this many outputs, which a task will make. */
  plan(inputs: readonly LazyBuffer[], outputs: number, run: Task['run']): LazyBuffer[] {
    for (const { memory } of inputs) if (memory !== this) throw strangeHandle();
    const planned: LazyBuffer[] = [];
    const task: Task = { place: this.#planned++, inputs: [...new Set(inputs)], outputs: planned, run };
    for (let i = 0; i < outputs; i++) planned.push(this.#track({ kind: 'planned', task }));
    for (const input of task.inputs) input.readers += 1;
    return planned;
  }

  /** An operand of a kernel that is about to run: rows x width numbers of a buffer that exists. */
  async operand(buffer: LazyBuffer, offset: number, width: number, rows: number): Promise<Operand> {
    if (buffer.state.kind === 'host') {
      const block = this.#block(await this.#device.upload(buffer.state.values), 1);
      buffer.state = { kind: 'resident', block, offset: 0 };
    }
    const { block, offset: start } = expectResident(buffer);
    return { resource: block.resource, offset: start + offset, width, rows };
  }

  /** Make what these numbers need, and copy them back; one reader after the other. */
  read(handle: GpuHandle): Promise<Float64Array> {
    const { buffer, offset, shape } = handle;
    if (buffer.memory !== this) throw strangeHandle();
    this.#expectOpen();
    // It may be released while this read waits for others.
    buffer.readers += 1;
    const work = async (): Promise<Float64Array> => {
      try {
        await this.#make(buffer);
        if (buffer.state.kind === 'host') {
          return Float64Array.from(buffer.state.values.subarray(offset, offset + sizeOf(shape)));
        }
        const { block, offset: start } = expectResident(buffer);
        return await this.#device.read(block.resource, start + offset, sizeOf(shape));
      } finally {
        buffer.readers -= 1;
        this.#freeUnread([buffer]);
      }
    };
    const result = this.#turn.then(() => keptAlive(work()));
    this.#turn = result.catch(() => {});
    return result;
  }

  openScope(): MemoryScope {
    const keep = (handle: Handle): LazyBuffer => {
      const buffer = this.#bufferOf(handle);
      buffer.kept = true;
      return buffer;
    };
    return this.#ownership.openScope(keep, (buffer) => this.#release(buffer));
  }

  release(handles: Iterable<Handle>): void {
    for (const handle of handles) this.#release(this.#bufferOf(handle));
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

  /** @throws EngineError for a handle of another engine */
  #bufferOf(handle: Handle): LazyBuffer {
    const buffer = GpuHandle.bufferOf(handle);
    if (buffer.memory !== this) throw strangeHandle();
    return buffer;
  }

  /** Remember a resource for as long as buffers lie in it. */
  #block(resource: Resource, users: number): Block {
    const block = { resource, users };
    this.#blocks.add(block);
    return block;
  }

  /** A new buffer, of the scope that is at work. */
  #track(state: BufferState): LazyBuffer {
    this.#expectOpen();
    const buffer = new LazyBuffer(this, state);
    this.#ownership.add(buffer);
    this.#live += 1;
    return buffer;
  }

  #release(buffer: LazyBuffer): void {
    if (buffer.released) return;
    buffer.released = true;
    this.#live -= 1;
    this.#freeUnread([buffer]);
  }

  /** Run the tasks behind a buffer, in the order in which they were planned, each for the outputs that are needed. */
  async #make(target: LazyBuffer): Promise<void> {
    const wanted = new Set<LazyBuffer>();
    const tasks = new Set<Task>();
    const open = [target];
    for (let buffer = open.pop(); buffer; buffer = open.pop()) {
      if (buffer.state.kind !== 'planned' || wanted.has(buffer)) continue;
      wanted.add(buffer);
      tasks.add(buffer.state.task);
      open.push(...buffer.state.task.inputs);
    }
    for (const task of [...tasks].sort((a, b) => a.place - b.place)) {
      // What is sure to be wanted later is made in the same pass.
      const outputs = task.outputs.filter(
        (output) => output.planned && (wanted.has(output) || output.readers > 0 || output.kept),
      );
      const { resource, offsets } = await task.run(outputs);
      const places = outputs.map((output, i) => ({ output, offset: offsets[i] as number }));
      // What nobody waits for may have been released while the kernel ran.
      const made = places.filter(({ output }) => output.planned);
      const block = this.#block(resource, made.length);
      for (const { output, offset } of made) output.state = { kind: 'resident', block, offset };
      this.#freeUnread(inputsNotNeeded(task));
    }
  }

  /** Free those of these buffers that nobody will read any more, and in turn the inputs that only they needed. */
  #freeUnread(buffers: readonly LazyBuffer[]): void {
    const open = [...buffers];
    for (let buffer = open.pop(); buffer; buffer = open.pop()) {
      const { state } = buffer;
      if (!buffer.released || buffer.readers > 0 || state.kind === 'freed') continue;
      buffer.state = { kind: 'freed' };
      if (state.kind === 'resident') this.#leave(state.block);
      if (state.kind === 'planned') open.push(...inputsNotNeeded(state.task));
    }
  }

  /** One buffer less lies in a block. */
  #leave(block: Block): void {
    block.users -= 1;
    if (block.users === 0 && this.#blocks.delete(block)) this.#device.free(block.resource);
  }
}

/** The inputs of a task that has nothing left to make, which reads them no longer; none while it has. */
function inputsNotNeeded({ inputs, outputs }: Task): readonly LazyBuffer[] {
  if (outputs.some((output) => output.planned)) return [];
  for (const input of inputs) input.readers -= 1;
  return inputs;
}

/** @throws EngineError unless the numbers lie where kernels find them, as those of all operands do once they are made */
function expectResident({ state }: LazyBuffer): Extract<BufferState, { readonly kind: 'resident' }> {
  if (state.kind === 'resident') return state;
  throw new EngineError(`gpu: numbers on the device were expected, but they are ${state.kind}; report this as a bug`);
}
