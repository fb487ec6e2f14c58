/** Recurrent layers whose names of weights do not tell how these lie: Haste's, and BasicLSTMCells of TensorFlow 1. */
import { show } from '../../errors.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { RecurrentLayout, TensorFile } from '../format.ts';
import type { ImportedRecurrent, RecurrentFacts } from './imported-layer.ts';
import { importedRecurrent } from './recurrent-from-facts.ts';
import { Refusal } from './refusal.ts';

/** A layer that the caller told of. */
export interface ToldLayer {
  readonly name: string;
  /** @throws Refusal when its weights are others */
  readonly make: () => ImportedRecurrent;
}

/** The layers that layouts name, and a file of what is in no name of theirs. A name that no tensor has makes none. */
export function toldLayers(
  file: TensorFile,
  layouts: Readonly<Record<string, RecurrentLayout>>,
): { readonly told: readonly ToldLayer[]; readonly rest: TensorFile } {
  // No prototype: a tensor may be called `__proto__`.
  const rest: Record<string, Tensor> = Object.assign(Object.create(null), file.tensors);
  const told = Object.entries(layouts).flatMap(([name, layout]) => {
    const weights = new Map<string, Tensor>();
    for (const [full, tensor] of Object.entries(file.tensors)) {
      const leaf = leafOf(full, name);
      if (leaf === undefined) continue;
      weights.set(leaf, tensor);
      delete rest[full];
    }
    return weights.size === 0 ? [] : [{ name, make: () => layerOf(name, layout, weights) }];
  });
  return { told, rest: { ...file, tensors: rest } };
}

/** What stands behind the name of a layer, and a dot or a slash; TensorFlow puts `:0` behind all. */
function leafOf(full: string, name: string): string | undefined {
  const isInside = name === '' || full.startsWith(`${name}.`) || full.startsWith(`${name}/`);
  const leaf = full.slice(name === '' ? 0 : name.length + 1).replace(/:0$/, '');
  return isInside && !/[./]/.test(leaf) ? leaf : undefined;
}

/** Which gate of the file each of ours is: i, f, g, o of its i, g, f, o; r, z, n of its z, r, h. */
const ORDERS = { lstm: [0, 2, 1, 3], gru: [1, 0, 2] } as const;

/** The matrices and biases of a layer as the file has them, apart. @throws Refusal when they are others */
function matricesOf(layout: RecurrentLayout, given: ReadonlyMap<string, Tensor>, order: readonly number[]): Matrices {
  const isHaste = typeof layout === 'string';
  const names = [
    'kernel',
    ...(isHaste ? ['recurrent_kernel'] : []),
    'bias',
    ...(layout === 'haste gru' ? ['recurrent_bias'] : []),
  ];
  const stray = [...given.keys()].find((leaf) => !names.includes(leaf));
  if (stray !== undefined || given.size !== names.length) {
    const what = isHaste ? 'Haste with layer_norm, IndRNN and other cells are others' : 'peepholes are of another cell';
    throw new Refusal(names.join(', '), [...given.keys()].map(show).join(', '), what);
  }
  const [kernel, bias] = [given.get('kernel') as Tensor, given.get('bias') as Tensor];
  const hiddenSize = (bias.shape[0] ?? 0) / order.length;
  const rows = kernel.shape[0] ?? 0;
  const inputSize = rows - (isHaste ? 0 : hiddenSize);
  if (!Number.isInteger(hiddenSize) || hiddenSize < 1 || kernel.shape.length !== 2 || inputSize < 1) {
    const expected = isHaste ? 'kernel [I,G*H] and bias [G*H]' : 'kernel [I+H,4*H] and bias [4*H]';
    throw new Refusal(expected, `shapes [${kernel.shape}] and [${bias.shape}]`, 'save all weights of the layer');
  }
  const input = isHaste ? kernel : rowsOf(kernel, 0, inputSize);
  const recurrent = given.get('recurrent_kernel') ?? rowsOf(kernel, inputSize, rows);
  const width = order.length * hiddenSize;
  expectShapes({
    kernel: [input, [inputSize, width]],
    recurrent_kernel: [recurrent, [hiddenSize, width]],
    bias: [bias, [width]],
  });
  const state = given.get('recurrent_bias') ?? new Tensor(new Float32Array(width), [width]);
  expectShapes({ recurrent_bias: [state, [width]] });
  return { input, recurrent, bias, state, inputSize, hiddenSize };
}

interface Matrices {
  readonly input: Tensor;
  readonly recurrent: Tensor;
  readonly bias: Tensor;
  readonly state: Tensor;
  readonly inputSize: number;
  readonly hiddenSize: number;
}

function layerOf(name: string, layout: RecurrentLayout, given: ReadonlyMap<string, Tensor>): ImportedRecurrent {
  const cell = layout === 'haste gru' ? 'gru' : 'lstm';
  const order = ORDERS[cell];
  const { input, recurrent, bias, state, inputSize, hiddenSize } = matricesOf(layout, given, order);
  const isHaste = typeof layout === 'string';
  const weights = {
    weight_ih_l0: gathered(input, order, 0),
    weight_hh_l0: gathered(recurrent, order, 0),
    bias_ih_l0: gathered(bias, order, isHaste ? 0 : layout.forgetBias),
    bias_hh_l0: gathered(state, order, 0),
  };
  const facts: RecurrentFacts = {
    cell,
    ...(cell === 'gru' ? { resetAfter: true } : {}),
    activation: 'tanh',
    recurrentActivation: 'sigmoid',
    inputSize,
    hiddenSize,
    layers: 1,
    bidirectional: false,
    bias: true,
  };
  const notes = isHaste
    ? []
    : [`its forget gate has ${layout.forgetBias} in its bias, which the cell added at run time`];
  return importedRecurrent(name, facts, weights, notes);
}

/** @throws Refusal unless each tensor has its shape */
function expectShapes(shapes: Readonly<Record<string, readonly [Tensor, readonly number[]]>>): void {
  for (const [name, [{ shape }, expected]] of Object.entries(shapes)) {
    if (String(shape) !== String(expected))
      throw new Refusal(`${name} of shape [${expected}]`, `shape [${shape}]`, 'save all weights of the layer');
  }
}

/** Rows of a matrix [R,N], from (inclusive) to (exclusive). */
function rowsOf(matrix: Tensor, from: number, to: number): Tensor {
  const [, columns = 0] = matrix.shape;
  const values = matrix.toFlat().slice(from * columns, to * columns);
  return new Tensor(narrowed(matrix, values), [to - from, columns]);
}

/** [G*H,N] of [N,G*H], or [G*H] of the same, with the blocks of gates in the order given. @param more is added to the block of the forget gate */
function gathered(tensor: Tensor, order: readonly number[], more: number): Tensor {
  const data = tensor.toFlat();
  const columns = tensor.shape.at(-1) ?? 0;
  const rows = data.length / columns;
  const height = columns / order.length;
  const out = new Float64Array(data.length);
  let at = 0;
  for (const [place, gate] of order.entries()) {
    for (let h = 0; h < height; h++) {
      for (let n = 0; n < rows; n++) {
        out[at++] = (data[n * columns + gate * height + h] as number) + (place === FORGET ? more : 0);
      }
    }
  }
  // A sum is exact in float64 alone.
  return new Tensor(more === 0 ? narrowed(tensor, out) : out, tensor.shape.length === 1 ? [columns] : [columns, rows]);
}

/** The place of f among i, f, g, o. */
const FORGET = 1;

/** As wide as the file has its numbers. */
function narrowed({ data }: Tensor, values: Float64Array): Float32Array | Float64Array {
  return data instanceof Float64Array ? values : Float32Array.from(values);
}
