import { KeepgateError, show } from '../../errors.ts';
import { MOST_AXES, rowMajor, Tensor } from '../../tensor/tensor.ts';
import type { Numbers } from '../../tensor/typed-arrays.ts';
import { DTYPES } from '../dtypes.ts';
import { brokenPickle } from './pickle/broken-pickle.ts';
import { type TensorRef, Tuple, Unreadable } from './pickle/pickled.ts';
import type { TorchFile } from './zip-file.ts';

/**
 * How many numbers views may show beyond those that are stored, all together: `expand` shows one number a thousand times, and
 * few bytes could show more than any memory holds.
 */
const MOST_REPEATED = 2 ** 22;

/** Makes tensors of what a pickle says of them; a storage is read once, and its tensors are views of it. */
export class TensorMaker {
  readonly #file: TorchFile;
  readonly #storages = new Map<string, Promise<Numbers | Unreadable>>();
  #repeated = 0;

  constructor(file: TorchFile) {
    this.#file = file;
  }

  /** @throws DataError when it is no view of its storage, or the storage is damaged */
  async make(name: string, ref: TensorRef): Promise<Tensor | Unreadable> {
    const who = `tensor ${show(name)}`;
    const shape = wholesOf(who, 'shape', ref.shape);
    const strides = wholesOf(who, 'strides', ref.strides);
    const offset = wholesOf(who, 'offset', new Tuple([ref.offset]))[0] as number;
    if (shape.length !== strides.length || shape.length > MOST_AXES || !rowMajor(shape).every(Number.isSafeInteger)) {
      throw brokenPickle(
        `${who} with a stride for each of at most ${MOST_AXES} axes`,
        `${show(shape)}, ${show(strides)}`,
      );
    }
    const known = DTYPES.get(ref.dtype);
    if (!known?.decode) return new Unreadable(`its dtype is ${ref.dtype}; save it as float32`);
    const numbers = await this.#numbers(ref);
    if (numbers instanceof Unreadable) return numbers;
    const parts = known.parts ?? 1;
    // A complex number is two: a last axis of its real and imaginary part.
    const sizes = parts === 1 ? shape : [...shape, parts];
    const steps = parts === 1 ? strides : [...strides.map((stride) => stride * parts), 1];
    const count = sizes.reduce((product, size) => product * size, 1);
    const begin = (ref.storage.offset + offset) * parts;
    const end =
      count === 0 ? begin : begin + sizes.reduce((last, size, axis) => last + (size - 1) * (steps[axis] ?? 0), 1);
    if (end > numbers.length || !Number.isSafeInteger(end)) {
      throw brokenPickle(`${who} of ${end} numbers inside of its storage`, `a storage of ${numbers.length}`);
    }
    this.#repeated += Math.max(0, count - (end - begin));
    if (this.#repeated > MOST_REPEATED) {
      throw brokenPickle(`at most ${MOST_REPEATED} numbers that are shown again`, `more at ${who}`);
    }
    return new Tensor(numbers.subarray(begin, end) as Numbers, sizes, steps);
  }

  #numbers(ref: TensorRef): Promise<Numbers | Unreadable> {
    const id = `${ref.dtype} ${ref.storage.key}`;
    const made = this.#storages.get(id) ?? this.#decode(ref);
    this.#storages.set(id, made);
    return made;
  }

  async #decode({ storage, dtype }: TensorRef): Promise<Numbers | Unreadable> {
    const known = DTYPES.get(dtype);
    const bytes = await this.#file.storage(storage);
    const count = (bytes.length * 8) / (known?.bits ?? 8);
    if (!Number.isInteger(count)) {
      throw brokenPickle(`storage ${show(storage.key)} of whole numbers of ${dtype}`, `${bytes.length} bytes`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    try {
      return known?.decode?.(view, count * (known.parts ?? 1), `storage ${show(storage.key)}`) as Numbers;
    } catch (error) {
      // An integer that no float64 is: the other tensors can be had.
      if (error instanceof KeepgateError) return new Unreadable(error.message);
      throw error;
    }
  }
}

function wholesOf(who: string, what: string, value: unknown): number[] {
  const items = value instanceof Tuple ? value.items : Array.isArray(value) ? value : undefined;
  if (items?.every((item) => Number.isSafeInteger(item) && (item as number) >= 0)) return items as number[];
  throw brokenPickle(`${who} with ${what} of whole numbers from 0`, show(items));
}
