import { EngineError } from '../../errors.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import { expectHandle, listOf } from '../operand-checks.ts';
import type { Handle, Indices, MemoryScope, Shape } from '../ops.ts';
import { Ownership } from '../ownership.ts';

/** The memory behind one or more handles, or behind factors. */
export interface Freeable {
  freed: boolean;
}

interface Storage extends Freeable {
  readonly data: Float64Array;
}

/** A handle of the reference engine: a window on storage, which views share. */
export class ReferenceHandle implements Handle {
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

  view(offset: number, shape: Shape): ReferenceHandle {
    return new ReferenceHandle(this.#storage, this.#offset + offset, shape);
  }

  get storage(): Storage {
    return this.#storage;
  }
}

/** Token ids, lengths or labels of the reference engine. */
export class ReferenceIndices implements Indices {
  readonly indices = true as const;
  readonly shape: Shape;
  readonly #data: Int32Array;
  readonly storage: Freeable = { freed: false };

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
 * What was made and not freed, and in which scope. The garbage collector would do here, but engines on a GPU or in
 * WASM need exact lifetimes, and the truth that they are compared with keeps the same rules, so that a handle used too late
 * is seen early.
 */
export class Memory {
  readonly #ownership = new Ownership<Freeable>();
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

  allocate(shape: Shape, data: Float64Array = new Float64Array(sizeOf(shape))): ReferenceHandle {
    const storage: Storage = { data, freed: false };
    this.track(storage);
    return new ReferenceHandle(storage, 0, shape);
  }

  /** Put something under the scope that is at work, if one is. */
  track(storage: Freeable): void {
    this.expectOpen();
    this.#ownership.add(storage);
    this.#live += 1;
  }

  openScope(): MemoryScope {
    return this.#ownership.openScope(storageOf, (storage) => this.#free(storage));
  }

  release(handles: Iterable<Handle>): void {
    for (const handle of listOf('release', handles)) this.#free(storageOf(handle));
  }

  #free(storage: Freeable): void {
    if (!storage.freed) this.#live -= 1;
    storage.freed = true;
  }
}

function storageOf(handle: Handle): Freeable {
  return handle instanceof ReferenceIndices ? handle.storage : expectReferenceHandle(handle).storage;
}

/** The numbers of a handle. @throws EngineError for a handle of another engine, or one that was freed */
export function dataOf(handle: Handle): Float64Array {
  return expectReferenceHandle(handle).data;
}

/** The ids of indices. @throws EngineError for what are no indices of this engine */
export function idsOf(indices: Indices): Int32Array {
  if (indices instanceof ReferenceIndices) return indices.data;
  expectHandle('reference', 'indices', indices);
  throw new EngineError(
    'reference: indices of this engine were expected, but a handle of numbers, or of another engine, came; see uploadIndices()',
  );
}

/** @throws EngineError for what is no handle, or one of another engine */
export function expectReferenceHandle(handle: Handle): ReferenceHandle {
  if (handle instanceof ReferenceHandle) return handle;
  expectHandle('reference', 'an operand', handle);
  throw new EngineError(
    'reference: a handle of this engine was expected, but another engine made this one; upload the numbers first',
  );
}
