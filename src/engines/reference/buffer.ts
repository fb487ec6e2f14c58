import { EngineError } from '../../errors.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import type { Handle, Indices, MemoryScope, Shape } from '../ops.ts';
import { Ownership } from '../ownership.ts';

/** Something with a lifetime: the memory behind one or more handles. */
export interface Owned {
  freed: boolean;
}

interface Storage extends Owned {
  readonly data: Float64Array;
}

/** A handle of the reference engine: a window on storage, which views share. */
export class Buffer implements Handle {
  readonly shape: Shape;
  readonly #storage: Storage;
  readonly #offset: number;

  constructor(storage: Storage, offset: number, shape: Shape) {
    this.#storage = storage;
    this.#offset = offset;
    this.shape = shape;
  }

  /** The numbers, row-major. @throws EngineError after the buffer was freed */
  get data(): Float64Array {
    if (this.#storage.freed) {
      throw new EngineError(
        `reference: a live buffer was expected, but this one of shape [${this.shape}] was freed; use it before its scope ends or its run is disposed`,
      );
    }
    return this.#storage.data.subarray(this.#offset, this.#offset + sizeOf(this.shape));
  }

  view(offset: number, shape: Shape): Buffer {
    return new Buffer(this.#storage, this.#offset + offset, shape);
  }

  get storage(): Storage {
    return this.#storage;
  }
}

/** Whole numbers of the reference engine. */
export class IndexBuffer implements Indices {
  readonly indices = true as const;
  readonly shape: Shape;
  readonly #data: Int32Array;
  readonly storage: Owned = { freed: false };

  constructor(data: Int32Array, shape: Shape) {
    this.#data = data;
    this.shape = shape;
  }

  /** @throws EngineError after they were freed */
  get data(): Int32Array {
    if (this.storage.freed)
      throw new EngineError(`reference: live indices were expected, but these of shape [${this.shape}] were freed`);
    return this.#data;
  }
}

/**
 * Who owns which memory. The garbage collector would do here, but engines on a GPU or in WASM need exact lifetimes,
 * and the truth that they are compared with keeps the same rules, so that a handle used too late is seen early.
 */
export class Memory {
  readonly #ownership = new Ownership<Owned>();
  #live = 0;
  #open = true;

  /** Buffers that are not freed. */
  get live(): number {
    return this.#live;
  }

  /** Whether more can be made in it: until `close`. */
  get open(): boolean {
    return this.#open;
  }

  close(): void {
    this.#open = false;
  }

  /** @throws EngineError once it was closed */
  expectOpen(): void {
    if (!this.#open) {
      throw new EngineError('reference: a live engine was expected, but this one was disposed of; create another one');
    }
  }

  allocate(shape: Shape, data: Float64Array = new Float64Array(sizeOf(shape))): Buffer {
    const storage: Storage = { data, freed: false };
    this.own(storage);
    return new Buffer(storage, 0, shape);
  }

  /** Put something under the scope that is at work, if one is. */
  own(storage: Owned): void {
    this.expectOpen();
    this.#ownership.add(storage);
    this.#live += 1;
  }

  openScope(): MemoryScope {
    return this.#ownership.openScope(storageOf, (storage) => this.#free(storage));
  }

  release(handles: Iterable<Handle>): void {
    for (const handle of handles) this.#free(storageOf(handle));
  }

  #free(storage: Owned): void {
    if (!storage.freed) this.#live -= 1;
    storage.freed = true;
  }
}

function storageOf(handle: Handle): Owned {
  return handle instanceof IndexBuffer ? handle.storage : own(handle).storage;
}

/** @throws EngineError for a handle of another engine */
export function own(handle: Handle): Buffer {
  if (handle instanceof Buffer) return handle;
  throw new EngineError(
    'reference: a handle of this engine was expected, but another engine made this one; upload the numbers first',
  );
}
