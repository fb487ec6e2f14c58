import { EngineError } from '../../../errors.ts';
import { sizeOf } from '../../../tensor/tensor.ts';
import type { Handle, Indices, Shape } from '../../ops.ts';
import type { LazyBuffer } from './lazy-buffer.ts';

/** A handle of the gpu engine: a window on a buffer, which views share. */
export class GpuHandle implements Handle {
  readonly shape: Shape;
  readonly offset: number;
  readonly #buffer: LazyBuffer;

  constructor(buffer: LazyBuffer, offset: number, shape: Shape) {
    this.#buffer = buffer;
    this.offset = offset;
    this.shape = shape;
  }

  /** @throws EngineError after it was freed */
  get buffer(): LazyBuffer {
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
  static bufferOf(handle: Handle): LazyBuffer {
    return expectGpuHandle(handle).#buffer;
  }
}

/** Token ids, lengths or labels of the gpu engine; the host still knows them. */
export class GpuIndices extends GpuHandle implements Indices {
  readonly indices = true as const;
  readonly values: Int32Array;

  constructor(buffer: LazyBuffer, values: Int32Array, shape: Shape) {
    super(buffer, 0, shape);
    this.values = values;
  }
}

/** @throws EngineError for a handle of an engine of another kind; memory tells engines of one kind apart */
export function expectGpuHandle(handle: Handle): GpuHandle {
  if (handle instanceof GpuHandle) return handle;
  throw strangeHandle();
}

/** @throws EngineError for indices of an engine of another kind */
export function expectGpuIndices(handle: Handle): GpuIndices {
  if (handle instanceof GpuIndices) return handle;
  throw strangeHandle();
}

/** What is said of a handle that another engine made. */
export function strangeHandle(): EngineError {
  return new EngineError(
    'gpu: a handle of this engine was expected, but another engine made this one; upload the numbers first',
  );
}
