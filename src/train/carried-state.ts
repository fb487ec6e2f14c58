import { isPlain, readable } from '../checks.ts';
import type { Handle, Ops } from '../engines/ops.ts';
import { DataError, ModelError, ShapeError, show } from '../errors.ts';
import type { Layer, StateShape } from '../layers/layer.ts';
import type { Signatures } from '../layers/signature.ts';
import { byPath } from '../layers/weight-spec.ts';
import { expectShape, sizeOf, Tensor, type TensorLike, tensor } from '../tensor/tensor.ts';
import { flowThrough } from './pass.ts';

/**
 * What the layers of a model carry from one chunk of a sequence to the next, by path: `1.h` is the h of layer 1, [B,H], or
 * [layers,B,H] where several stand on top of each other, and `1.c` the c of an LSTM.
 */
export type ModelState = Readonly<Record<string, Tensor>>;

/** The same as callers hand it in. Parts that are left out are zeros. */
export type ModelStateLike = Readonly<Record<string, TensorLike>>;

/**
 * @param remedy what one does about it, in words
 * @throws ModelError for a layer that needs the whole sequence at once, or a model without sequences
 */
export function carriedShapes(
  who: string,
  { layers, inputs: begin }: { readonly layers: readonly Layer[]; readonly inputs: Signatures },
  remedy: string = 'use predict() without a state',
): Record<string, StateShape> {
  if (!Object.values(begin).some(({ over }) => over === 'time')) {
    throw new ModelError(`${who}: a model of sequences was expected, but this one takes vectors, which have no steps`);
  }
  const { inputs } = flowThrough(layers, begin);
  const shapes = layers.map((layer, index): Readonly<Record<string, StateShape>> => {
    const flows = inputs[index] as Signatures;
    if (layer.carries) return layer.carries(flows);
    if (Object.values(flows).every(({ over }) => over === 'batch')) return {};
    throw new ModelError(
      `${who}: layers that go on from step to step were expected, but ${layer.config.type}, layer ${index}, needs the whole sequence at once; ${remedy}, or take another layer`,
    );
  });
  return byPath(shapes);
}

/** What the layers carry for samples, on the host: batches take out what theirs are, and put in what becomes of it. */
export class CarriedState {
  /** By path. */
  readonly shapes: Readonly<Record<string, StateShape>>;
  readonly #samples: number;
  /** Zeros where it is missing. */
  readonly #values: Record<string, Float64Array>;

  /**
   * @param given what to begin with; zeros when left out
   * @throws ShapeError or DataError for what is no state of so many samples of the model
   */
  constructor(who: string, shapes: Readonly<Record<string, StateShape>>, samples: number, given: ModelStateLike = {}) {
    this.shapes = shapes;
    this.#samples = samples;
    if (!isPlain(given)) {
      throw new ShapeError(`${who}: an object by path was expected as state, but ${show(given)} came; see returnState`);
    }
    const paths = Object.keys(shapes);
    const entries = readable(who, () => Object.entries(given));
    for (const [path] of entries) {
      if (Object.hasOwn(shapes, path)) continue;
      throw new ShapeError(
        `${who}: a state of ${paths.join(', ') || 'no parts'} was expected, but ${show(path)} came; pass what the same model gave`,
      );
    }
    this.#values = Object.fromEntries(
      entries.map(([path, part]) => {
        const value = named(`${who}: state ${path}`, () => tensor(part));
        const wanted = sized(shapes[path] as StateShape, samples);
        expectShape(`${who}: state ${path}`, value, wanted, `[${(shapes[path] as StateShape).join(',')}]`);
        return [path, value.toFlat()];
      }),
    );
  }

  /** @param picked the samples of a batch, in its order */
  upload(ops: Ops, picked: readonly number[]): Record<string, Handle> {
    return Object.fromEntries(
      Object.entries(this.shapes).map(([path, shape]) => {
        const values = this.#values[path];
        const size = sized(shape, picked.length);
        if (!values) return [path, ops.zeros(size)];
        const out = new Float64Array(sizeOf(size));
        eachRow(shape, this.#samples, picked, (whole, part, length) =>
          out.set(values.subarray(whole, whole + length), part),
        );
        return [path, ops.upload(out, size)];
      }),
    );
  }

  /** Put in what a batch of these samples carries now. */
  async take(ops: Ops, picked: readonly number[], states: Readonly<Record<string, Handle>>): Promise<void> {
    const read = Object.entries(this.shapes).map(
      async ([path, shape]) => [path, shape, await ops.read(states[path] as Handle)] as const,
    );
    for (const [path, shape, part] of await Promise.all(read)) {
      const values = this.#values[path] ?? new Float64Array(sizeOf(sized(shape, this.#samples)));
      this.#values[path] = values;
      eachRow(shape, this.#samples, picked, (whole, from, length) =>
        values.set(part.subarray(from, from + length), whole),
      );
    }
  }

  /** Copies of all of it. */
  tensors(): ModelState {
    return Object.fromEntries(
      Object.entries(this.shapes).map(([path, shape]) => {
        const size = sized(shape, this.#samples);
        return [path, new Tensor(this.#values[path]?.slice() ?? new Float64Array(sizeOf(size)), size)];
      }),
    );
  }
}

/** @throws the error of a part of a state, which says of what it is */
function named<T>(who: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DataError) throw new DataError(`${who}: ${error.message}`);
    if (error instanceof ShapeError) throw new ShapeError(`${who}: ${error.message}`);
    throw error;
  }
}

function sized(shape: StateShape, samples: number): number[] {
  return shape.map((size) => (size === 'B' ? samples : size));
}

/** The places of the numbers of some samples: where they begin among those of all, and in a batch of these alone. */
function eachRow(
  shape: StateShape,
  samples: number,
  picked: readonly number[],
  visit: (whole: number, part: number, length: number) => void,
): void {
  const axis = shape.indexOf('B');
  const outer = sizeOf(sized(shape.slice(0, axis), 1));
  const length = sizeOf(sized(shape.slice(axis + 1), 1));
  for (let block = 0; block < outer; block++) {
    for (const [row, sample] of picked.entries())
      visit((block * samples + sample) * length, (block * picked.length + row) * length, length);
  }
}
