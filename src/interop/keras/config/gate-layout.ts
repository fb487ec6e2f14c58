import { GRU_GATES, LSTM_GATES, RNN_GATES } from '../../../cells/gates.ts';
import type { CellName } from '../../../cells/cells.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { Refusal } from '../../imported/refusal.ts';

/** Where each gate of a cell here stands in Keras: i, f, g, o of its i, f, c, o; r, z, n of its z, r, h. */
const GATES: Readonly<Record<CellName, readonly number[]>> = { lstm: [0, 1, 2, 3], gru: [1, 0, 2], rnn: [0] };

/** The order of gates in the file, for whoever wants to know. */
export const GATE_ORDER: Readonly<Record<CellName, string>> = { lstm: 'i,f,c,o', gru: 'z,r,h', rnn: 'h' };

const COUNTS: Readonly<Record<CellName, number>> = {
  lstm: LSTM_GATES.length,
  gru: GRU_GATES.length,
  rnn: RNN_GATES.length,
};

/** What the weights of one direction are to be. */
export interface LaneForm {
  readonly cell: CellName;
  /** H */
  readonly units: number;
  readonly resetAfter: boolean;
  readonly bias: boolean;
}

/** The weights of a direction with the names and layouts of this package, and whether they were laid out for cuDNN. */
export interface LaneWeights {
  readonly weights: Readonly<Record<string, Tensor>>;
  /** I */
  readonly inputSize: number;
  readonly cudnn: boolean;
}

/**
 * kernel [I,G*H], recurrent_kernel [H,G*H] and a bias: [G*H], added once; [2,G*H] of a GRU that resets after the product; [2*G*H] of
 * CuDNNLSTM and CuDNNGRU, whose kernels have the same shapes and other numbers in them.
 * @throws Refusal unless the shapes are those
 */
export function laneWeights(form: LaneForm, given: readonly (Tensor | undefined)[]): LaneWeights {
  const { cell, units, resetAfter, bias } = form;
  const count = COUNTS[cell];
  const width = count * units;
  const wanted = bias ? 3 : 2;
  if (given.length !== wanted || given.includes(undefined)) {
    const old = given.length > 3 ? ' (Keras 1 writes one for each gate: load it in Keras 2 and save it again)' : '';
    throw new Refusal(
      `kernel, recurrent_kernel${bias ? ' and bias' : ''}`,
      `${given.length} weights${old}`,
      'save the model with its weights',
    );
  }
  const [kernel, recurrent, biases] = given as readonly [Tensor, Tensor, Tensor?];
  const inputSize = kernel.shape[0] ?? 0;
  expectShape('kernel', kernel, [inputSize, width]);
  expectShape('recurrent_kernel', recurrent, [units, width]);
  const cudnn = biases?.shape.length === 1 && biases.shape[0] === 2 * width && cell !== 'rnn';
  if (cudnn && cell === 'gru' && !resetAfter) {
    throw new Refusal(
      'a bias of a GRU that resets before the product',
      'one of CuDNNGRU',
      'save the model that it was trained in',
    );
  }
  const twice = cell === 'gru' && resetAfter;
  if (biases && !cudnn) expectShape('bias', biases, twice ? [2, width] : [width]);
  const row = cudnn ? rowsOfBlocks : transposed;
  return {
    weights: {
      weight_ih: gathered(form, kernel, inputSize, row(kernel, units)),
      weight_hh: gathered(form, recurrent, units, row(recurrent, units)),
      ...(biases && {
        bias_ih: halfBias(form, biases, true, 0),
        bias_hh: halfBias(form, biases, twice || cudnn, 1),
      }),
    },
    inputSize,
    cudnn,
  };
}

function expectShape(name: string, { shape }: Tensor, expected: readonly number[]): void {
  if (String(shape) === String(expected)) return;
  throw new Refusal(`${name} of shape [${expected}]`, `shape [${shape}]`, 'save the model with its weights');
}

/** A number of a gate's matrix [H,N]. */
type Entry = (gate: number, j: number, i: number) => number;

/** The entries of all gates in the order of this package, row by row, as wide as those that they come from. */
function gathered({ cell, units }: LaneForm, { data }: Pick<Tensor, 'data'>, columns: number, entry: Entry): Tensor {
  const order = GATES[cell];
  const rows = order.length * units;
  const out = new (data instanceof Float64Array ? Float64Array : Float32Array)(rows * columns);
  let at = 0;
  for (const gate of order) {
    for (let j = 0; j < units; j++) for (let i = 0; i < columns; i++) out[at++] = entry(gate, j, i);
  }
  return new Tensor(out, [rows, columns]);
}

/** The bias of the input, or that of the state, [G*H]; zeros where there is none. */
function halfBias(form: LaneForm, { data, strides, shape }: Tensor, isThere: boolean, half: 0 | 1): Tensor {
  const width = COUNTS[form.cell] * form.units;
  const across = strides.at(-1) ?? 0;
  const begin = half * (shape.length === 2 ? (strides[0] as number) : width * across);
  const entry: Entry = (gate, j) => (isThere ? (data[begin + (gate * form.units + j) * across] as number) : 0);
  const { data: column } = gathered(form, { data }, 1, entry);
  return new Tensor(column, [width]);
}

/** A matrix [N,G*H]: the block of a gate is [N,H]. */
function transposed({ data, strides }: Tensor, units: number): Entry {
  const [down = 0, across = 0] = strides;
  return (gate, j, i) => data[i * down + (gate * units + j) * across] as number;
}

/** The same where the numbers of a block, one after another, are those of [H,N]. */
function rowsOfBlocks({ data, strides, shape }: Tensor, units: number): Entry {
  const [down = 0, across = 0] = strides;
  const [rows = 0] = shape;
  return (gate, j, i) => {
    const place = j * rows + i;
    return data[Math.floor(place / units) * down + (gate * units + (place % units)) * across] as number;
  };
}
