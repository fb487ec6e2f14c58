import { sizeOf, Tensor } from '../../../tensor/tensor.ts';
import { numbersAttribute, type OnnxNode, type Tensors, tensorAttribute, wholeAttribute } from '../graph/graph.ts';
import { Refusal } from '../../imported/refusal.ts';
import type { Scope } from './scope.ts';

/** Numbers that may be copied, beyond those of the file: a value that is joined with itself doubles each time. */
const MOST_COPIED = 2 ** 22;

/** How many nodes may stand behind each other before a constant. */
const MOST_DEPTH = 128;

/** One fold: what a node makes of constants; undefined where it does not only move them. */
type Fold = (
  node: OnnxNode,
  inputs: readonly (Tensor | undefined)[],
  /** To be asked before so many numbers are copied. */
  copying: (numbers: number) => void,
) => Tensor | undefined;

/**
 * What is constant in a graph: tensors of the file, and what nodes that only move numbers make of these. PyTorch's exporter
 * keeps weights in its own order, and has nodes reorder them.
 */
export class Constants {
  readonly #tensors: Tensors;
  readonly #known = new WeakMap<Scope, Map<string, Tensor | undefined>>();
  #copied = 0;
  readonly #mostCopied: number;
  /** The tensors of the file that some value was made of. */
  readonly used: Set<string> = new Set();

  constructor(tensors: Tensors) {
    this.#tensors = tensors;
    this.#mostCopied = MOST_COPIED + Object.values(tensors).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }

  /** @throws Refusal for more than a file of its size needs */
  valueOf(scope: Scope, name: string | undefined, depth = 0): Tensor | undefined {
    if (!name) return undefined;
    const found = scope.find(name);
    if (!found || found.input !== undefined || depth > MOST_DEPTH) return undefined;
    if (found.tensor !== undefined) return this.#tensor(found.tensor);
    const known = this.#known.get(found.scope) ?? new Map<string, Tensor | undefined>();
    this.#known.set(found.scope, known);
    if (!known.has(name)) known.set(name, this.#folded(found.scope, found.node, depth));
    return known.get(name);
  }

  /** A tensor of the file. */
  tensorNamed(name: string | undefined): Tensor | undefined {
    return name === undefined ? undefined : this.#tensor(name);
  }

  /** A constant list of whole numbers. */
  wholesOf(scope: Scope, name: string | undefined): readonly number[] | undefined {
    const value = this.valueOf(scope, name);
    return value && value.shape.length <= 1 && sizeOf(value.shape) <= 64 ? Array.from(value.toFlat()) : undefined;
  }

  #tensor(name: string): Tensor | undefined {
    this.used.add(name);
    return Object.hasOwn(this.#tensors, name) ? this.#tensors[name] : undefined;
  }

  #folded(scope: Scope, node: OnnxNode, depth: number): Tensor | undefined {
    if (node.domain !== '' || node.outputs.length !== 1) return undefined;
    if (node.op === 'Constant') return this.#constant(node);
    const fold = FOLDS.get(node.op);
    if (!fold) return undefined;
    const inputs = node.inputs.map((input) => this.valueOf(scope, input, depth + 1));
    if (inputs.some((input, i) => !input && node.inputs[i] !== '')) return undefined;
    return fold(node, inputs, (numbers) => this.#count(numbers));
  }

  #count(numbers: number): void {
    this.#copied += numbers;
    if (this.#copied <= this.#mostCopied) return;
    throw new Refusal(
      `at most ${this.#mostCopied} numbers that are put in another order`,
      'more',
      'export it with constant folding',
    );
  }

  #constant(node: OnnxNode): Tensor | undefined {
    const name = tensorAttribute(node, 'value');
    if (name !== undefined) return this.#tensor(name);
    const { value_int: whole, value_float: float } = node.attributes;
    if (typeof whole === 'number') return new Tensor(Float64Array.of(whole), []);
    if (typeof float === 'number') return new Tensor(Float32Array.of(float), []);
    const wholes = numbersAttribute(node, 'value_ints');
    if (wholes) return new Tensor(Float64Array.from(wholes), [wholes.length]);
    const floats = numbersAttribute(node, 'value_floats');
    return floats && new Tensor(Float32Array.from(floats), [floats.length]);
  }
}

const FOLDS: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ['Identity', (_, [x]) => x],
  ['Cast', cast],
  ['Slice', slice],
  ['Concat', concat],
  ['Transpose', transpose],
  ['Reshape', reshape],
  ['Unsqueeze', unsqueeze],
  ['Squeeze', squeeze],
]);

/** A list that is an attribute of older operators, and an input of newer ones. */
export function listOf(node: OnnxNode, name: string, input: Tensor | undefined): readonly number[] | undefined {
  if (!input) return numbersAttribute(node, name);
  return input.shape.length <= 1 && sizeOf(input.shape) <= 64 ? Array.from(input.toFlat()) : undefined;
}

/** Axes from 0, of those that may be counted from the end; undefined for one that there is not. */
export function axesOf(axes: readonly number[], rank: number): readonly number[] | undefined {
  const found = axes.map((axis) => (axis < 0 ? axis + rank : axis));
  const fits = found.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank);
  return fits && new Set(found).size === found.length ? found : undefined;
}

/** To the floats that runtimes hold; integers stay. */
function cast(...[node, [x], copying]: Parameters<Fold>): Tensor | undefined {
  const isFloat = x?.data instanceof Float32Array || x?.data instanceof Float64Array;
  const to = wholeAttribute(node, 'to', 0);
  if (!x || !isFloat) return undefined;
  if (to === 11) return x;
  if (to !== 1) return undefined;
  if (x.data instanceof Float32Array) return x;
  copying(sizeOf(x.shape));
  return new Tensor(Float32Array.from(x.toFlat()), x.shape);
}

function slice(node: OnnxNode, [x, ...given]: readonly (Tensor | undefined)[]): Tensor | undefined {
  const [starts, ends, axes, steps] = ['starts', 'ends', 'axes', 'steps'].map((name, i) =>
    listOf(node, name, given[i]),
  );
  if (!x || !starts || !ends) return undefined;
  const places = axesOf(axes ?? starts.map((_, axis) => axis), x.shape.length);
  if (!places || starts.length !== places.length || ends.length !== places.length) return undefined;
  const [shape, strides] = [[...x.shape], [...x.strides]];
  let offset = 0;
  for (const [i, axis] of places.entries()) {
    const size = shape[axis] as number;
    const step = steps?.[i] ?? 1;
    const place = (value: number): number => Math.min(size, Math.max(0, value < 0 ? value + size : value));
    const [from, to] = [place(starts[i] as number), place(ends[i] as number)];
    if (!Number.isInteger(from) || !Number.isInteger(to) || !(Number.isInteger(step) && step > 0)) return undefined;
    offset += from * (strides[axis] as number);
    shape[axis] = Math.max(0, Math.ceil((to - from) / step));
    strides[axis] = (strides[axis] as number) * step;
  }
  return sizeOf(shape) === 0 ? undefined : new Tensor(x.data.subarray(offset), shape, strides);
}

function concat(...[node, inputs, copying]: Parameters<Fold>): Tensor | undefined {
  const parts = inputs.filter((part) => part !== undefined);
  const [first] = parts;
  const [axis] = axesOf([wholeAttribute(node, 'axis', Number.NaN)], first?.shape.length ?? 0) ?? [];
  if (!first || axis === undefined) return undefined;
  const fits = parts.every(
    ({ shape, data }) =>
      shape.length === first.shape.length &&
      shape.every((size, i) => i === axis || size === first.shape[i]) &&
      data.constructor === first.data.constructor,
  );
  if (!fits) return undefined;
  const shape = first.shape.map((size, i) =>
    i === axis ? parts.reduce((sum, part) => sum + (part.shape[axis] as number), 0) : size,
  );
  copying(sizeOf(shape));
  const inner = sizeOf(shape.slice(axis + 1));
  const width = (shape[axis] as number) * inner;
  const all = first.data instanceof Float32Array ? new Float32Array(sizeOf(shape)) : new Float64Array(sizeOf(shape));
  let start = 0;
  for (const part of parts) {
    const [flat, own] = [part.toFlat(), (part.shape[axis] as number) * inner];
    for (let row = 0; row * own < flat.length; row++)
      all.set(flat.subarray(row * own, (row + 1) * own), row * width + start);
    start += own;
  }
  return new Tensor(all, shape);
}

function transpose(node: OnnxNode, [x]: readonly (Tensor | undefined)[]): Tensor | undefined {
  if (!x) return undefined;
  const order = axesOf(numbersAttribute(node, 'perm') ?? x.shape.map((_, i) => x.shape.length - 1 - i), x.shape.length);
  if (order?.length !== x.shape.length) return undefined;
  const pick = (list: readonly number[]): number[] => order.map((axis) => list[axis] as number);
  return new Tensor(x.data, pick(x.shape), pick(x.strides));
}

function reshape(...[node, [x, given], copying]: Parameters<Fold>): Tensor | undefined {
  const wanted = listOf(node, 'shape', given);
  if (!x || !wanted || wanted.filter((size) => size === -1).length > 1) return undefined;
  const copied = wanted.map((size, axis) => (size === 0 ? (x.shape[axis] ?? 0) : size));
  const known = copied.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const shape = copied.map((size) => (size === -1 ? sizeOf(x.shape) / known : size));
  if (!shape.every((size) => Number.isSafeInteger(size) && size > 0) || sizeOf(shape) !== sizeOf(x.shape)) {
    return undefined;
  }
  copying(sizeOf(shape));
  const flat = x.toFlat();
  return new Tensor(x.data instanceof Float32Array ? Float32Array.from(flat) : flat, shape);
}

function unsqueeze(node: OnnxNode, [x, given]: readonly (Tensor | undefined)[]): Tensor | undefined {
  const wanted = listOf(node, 'axes', given);
  const axes = x && wanted && axesOf(wanted, x.shape.length + wanted.length);
  if (!x || !axes) return undefined;
  const [shape, strides] = [[...x.shape], [...x.strides]];
  for (const axis of axes.toSorted((a, b) => a - b)) {
    shape.splice(axis, 0, 1);
    strides.splice(axis, 0, 1);
  }
  return shape.length > 64 ? undefined : new Tensor(x.data, shape, strides);
}

function squeeze(node: OnnxNode, [x, given]: readonly (Tensor | undefined)[]): Tensor | undefined {
  if (!x) return undefined;
  const wanted = listOf(node, 'axes', given) ?? x.shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  const axes = axesOf(wanted, x.shape.length);
  if (!axes?.every((axis) => x.shape[axis] === 1)) return undefined;
  const stays = (_: number, axis: number): boolean => !axes.includes(axis);
  return new Tensor(x.data, x.shape.filter(stays), x.strides.filter(stays));
}
