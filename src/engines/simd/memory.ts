import { EngineError } from '../../errors.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import type { Handle, Indices, MemoryScope, Shape } from '../ops.ts';
import { Ownership } from '../ownership.ts';
import { type WasmMemory, webAssembly } from './web-assembly.ts';

/** Memory that is in use or waits to be used again. */
export class Block {
  /** Whose memory it is in. */
  readonly memory: Memory;
  /** Where it begins, in bytes. */
  readonly pointer: number;
  readonly bytes: number;
  freed: boolean = false;
  /** What was made of it for products: freed with it. */
  packed: Packed[] | null = null;
  /** The run whose calls wrote into it last, and how long their rows are, in bytes: see `RowRun`. */
  run = 0;
  rowBytes = 0;

  constructor(memory: Memory, pointer: number, bytes: number) {
    this.memory = memory;
    this.pointer = pointer;
    this.bytes = bytes;
  }
}

/** Some rows of a weight, as products read them. */
export interface Packed {
  /** The weight, and the list of the columns that were taken of it: 0 for all. */
  readonly of: Block;
  readonly list: number;
  readonly way: 'straight' | 'transposed';
  /** Where they begin, in bytes. */
  readonly pointer: number;
  readonly rows: number;
  readonly columns: number;
  readonly block: Block;
}

/** A handle of the simd engine: a window on a block, which views share. */
export class SimdHandle implements Handle {
  readonly shape: Shape;
  /** The length of a row, and the number of rows. */
  readonly width: number;
  readonly rows: number;
  readonly #block: Block;
  readonly #offset: number;

  /** @param offset in numbers */
  constructor(block: Block, offset: number, shape: Shape) {
    this.#block = block;
    this.#offset = offset;
    this.shape = shape;
    this.width = shape[shape.length - 1] ?? 1;
    let rows = 1;
    for (let axis = 0; axis < shape.length - 1; axis++) rows *= shape[axis] as number;
    this.rows = rows;
  }

  /** @throws EngineError after it was freed */
  get block(): Block {
    if (this.#block.freed) {
      throw new EngineError(
        `simd: a live buffer was expected, but this one of shape [${this.shape}] was freed; use it before its scope ends or its run is disposed`,
      );
    }
    return this.#block;
  }

  /** Where its numbers begin, in bytes. */
  get pointer(): number {
    return this.block.pointer + this.#offset * NUMBER_BYTES;
  }

  /** How many numbers it has. */
  get size(): number {
    return this.rows * this.width;
  }

  view(offset: number, shape: Shape): SimdHandle {
    return new SimdHandle(this.#block, this.#offset + offset, shape);
  }

  /** Whether it begins where another one ends. */
  follows({ block, pointer, size }: SimdHandle): boolean {
    return this.block === block && this.pointer === pointer + size * NUMBER_BYTES;
  }

  /** The block behind it, freed or not. */
  static blockOf(handle: SimdHandle): Block {
    return handle.#block;
  }
}

/** Integers of the simd engine. */
export class SimdIndices extends SimdHandle implements Indices {
  readonly indices = true as const;
}

export const NUMBER_BYTES = 4;

/** A kernel may read a vector at the last entry of a row of bytes. */
const SLACK = 16;

const PAGE = 65536;
/** What 32 bits can address. */
const MOST_PAGES = 65536;

/** Memory for a module, which is made before it. @throws RangeError when the machine does not give it */
export function createWasmMemory({ shared }: { readonly shared: boolean }): WasmMemory {
  const { Memory: HostMemory } = webAssembly();
  return Object.assign(new HostMemory({ initial: 16, maximum: MOST_PAGES, shared }), { shared });
}

/** Threads that may be at work: see `Team`. */
export interface Settleable {
  /** Wait until no other thread is at work. */
  settle(): void;
  /** Whether calls may be left that were appended to a run: what they read must stay until it is settled. */
  readonly running: boolean;
}

/**
 * The memory of the WebAssembly module, in blocks of few sizes. A block that is freed serves the next of its size: so a
 * training step runs in the memory of the step before it, and batches of other lengths soon find theirs.
 */
export class Memory {
  readonly memory: WasmMemory;
  /** Whether threads may share it. */
  readonly shared: boolean;
  readonly #others: Settleable;
  readonly #free = new Map<number, number[]>();
  /** Given back while a run was open: the next calls of it must not write there. */
  readonly #later: Block[] = [];
  #end: number;
  readonly #ownership = new Ownership<Block>();
  #live = 0;
  #numbers: Float32Array;
  #integers: Int32Array;
  #bytes: Uint8Array;

  /**
   * @param others the threads that may be at work in it
   * @param controlBytes the first bytes, which are left to the module
   */
  constructor(memory: WasmMemory, others: Settleable, controlBytes: number) {
    this.memory = memory;
    this.shared = memory.shared;
    this.#others = others;
    this.#end = Math.ceil(controlBytes / SLACK) * SLACK;
    this.#numbers = new Float32Array(this.memory.buffer);
    this.#integers = new Int32Array(this.memory.buffer);
    this.#bytes = new Uint8Array(this.memory.buffer);
  }

  /** @throws EngineError for a handle of another engine, also of one of this kind */
  expectHandle(handle: Handle): SimdHandle {
    if (handle instanceof SimdHandle && SimdHandle.blockOf(handle).memory === this) return handle;
    throw new EngineError(
      'simd: a handle of this engine was expected, but another engine made this one; upload the numbers first',
    );
  }

  /** Blocks that are not freed, without those that others own. */
  get live(): number {
    return this.#live;
  }

  /**
   * All of the memory as numbers: it waits until no other thread is at work. It moves when memory grows: not to be kept
   * across an allocation, nor across an operation.
   */
  settledNumbers(): Float32Array {
    this.#others.settle();
    return this.#numbers;
  }

  /** The same as integers. */
  settledIntegers(): Int32Array {
    this.#others.settle();
    return this.#integers;
  }

  /** The same as bytes. */
  settledBytes(): Uint8Array {
    this.#others.settle();
    return this.#bytes;
  }

  /** The same while others may be at work, without a wait: for the words of a call that they do not know yet. */
  get callNumbers(): Float32Array {
    return this.#numbers;
  }

  /** The same as integers. */
  get callIntegers(): Int32Array {
    return this.#integers;
  }

  /** A buffer of this shape, under the scope that is at work if one is. Its numbers are whatever was there. */
  allocate(shape: Shape): SimdHandle {
    return new SimdHandle(this.allocateBlock(sizeOf(shape) * NUMBER_BYTES), 0, shape);
  }

  /** A block under the scope that is at work. */
  allocateBlock(bytes: number): Block {
    const block = this.take(bytes);
    this.#ownership.add(block);
    this.#live += 1;
    return block;
  }

  /** A block that nobody counts: whoever takes it gives it back. */
  take(bytes: number): Block {
    if (this.#later.length > 0 && !this.#others.running) for (const block of this.#later.splice(0)) this.#reuse(block);
    const size = rounded(bytes + SLACK);
    const pointer = this.#free.get(size)?.pop() ?? this.#extend(size);
    return new Block(this, pointer, size);
  }

  give(block: Block): void {
    if (block.freed) return;
    block.freed = true;
    if (block.packed) for (const packed of block.packed) this.give(packed.block);
    if (this.#others.running) this.#later.push(block);
    else this.#reuse(block);
  }

  #reuse({ bytes, pointer }: Block): void {
    const free = this.#free.get(bytes) ?? [];
    this.#free.set(bytes, free);
    free.push(pointer);
  }

  openScope(): MemoryScope {
    return this.#ownership.openScope(
      (handle) => SimdHandle.blockOf(this.expectHandle(handle)),
      (block) => this.#release(block),
    );
  }

  release(handles: Iterable<Handle>): void {
    for (const handle of handles) this.#release(SimdHandle.blockOf(this.expectHandle(handle)));
  }

  #release(block: Block): void {
    if (block.freed) return;
    this.#live -= 1;
    this.give(block);
  }

  #extend(bytes: number): number {
    const pointer = this.#end;
    const end = pointer + bytes;
    const missing = end - this.memory.buffer.byteLength;
    if (missing > 0) {
      // A quarter more each time, so that growing costs little.
      const pages = Math.ceil(Math.max(missing, this.memory.buffer.byteLength / 4) / PAGE);
      const most = MOST_PAGES - this.memory.buffer.byteLength / PAGE;
      try {
        this.memory.grow(Math.max(Math.min(pages, most), Math.ceil(missing / PAGE)));
      } catch {
        throw new EngineError(
          `simd: ${Math.ceil(end / 2 ** 20)} MiB of memory were expected, ${Math.ceil(bytes / 2 ** 20)} of them for one more buffer, but WebAssembly gives no more than ${this.memory.buffer.byteLength / 2 ** 20}; dispose() of runs, models and layers that are no longer needed, or make weights, batches or sequences smaller`,
        );
      }
      this.#numbers = new Float32Array(this.memory.buffer);
      this.#integers = new Int32Array(this.memory.buffer);
      this.#bytes = new Uint8Array(this.memory.buffer);
    }
    this.#end = end;
    return pointer;
  }
}

/** Sizes are rounded up, to eight an octave: so that blocks of batches of other lengths fit. */
function rounded(bytes: number): number {
  const octave = 31 - Math.clz32(bytes);
  const step = Math.max(SLACK, 2 ** (octave - 3));
  return Math.ceil(bytes / step) * step;
}
