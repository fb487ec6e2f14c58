import type { Cell } from '../cells/cell.ts';
import type { NormalisedRows } from '../cells/normalised/normalised-rows.ts';
import type { Factors, FactorUse, Handle, Ops } from '../engines/ops.ts';
import { productSum, sumOf } from './arithmetic.ts';

/** The input's share of the pre-activations, of all timesteps in one product (or one for each group of gates that is normalised). */
export interface InputShare {
  /** [T,B,G*H] */
  readonly y: Handle;
  /** @param da the gradient by y */
  backward(da: Handle): InputGrads;
}

/** The gradients by what makes the input's share. */
export interface InputGrads {
  /** By W, and by the gain where it is normalised. */
  readonly weights: Readonly<Record<string, Handle>>;
  /** By x, [T,B,I]. */
  x(): Handle;
  /** By a number that the factors of the site `input` are made from, [1]. @param slopes how they change with it */
  slope(slopes: Factors): Handle;
}

/** What a run knows of its input. */
export interface InputOf {
  readonly cell: Cell;
  /** W [G*H,I] and b_ih, and the gain where it is normalised. */
  readonly weights: Readonly<Record<'weight_ih', Handle>> & Readonly<Partial<Record<'bias_ih' | 'gain_ih', Handle>>>;
  /** [T,B,I] */
  readonly x: Handle;
  readonly factors: Factors;
}

export function inputShare(ops: Ops, input: InputOf): InputShare {
  const { cell, weights, x, factors } = input;
  const { inputRows } = cell;
  if (inputRows) return normalisedShare(ops, input, inputRows);
  const block: Block = { weight: weights.weight_ih, gates: cell.gates.length, firstGate: 0 };
  return {
    y: ops.project(x, block.weight, { bias: weights.bias_ih, factor: useOf(x, block, factors) }),
    backward: (da) => blockGrads(ops, input, [block], [da]),
  };
}

/** Some rows of W, for gates that stand side by side. */
interface Block {
  readonly weight: Handle;
  readonly gates: number;
  readonly firstGate: number;
}

function normalisedShare(ops: Ops, input: InputOf, rows: NormalisedRows): InputShare {
  const { cell, weights, x, factors } = input;
  const { weight_ih: weight, bias_ih: bias } = weights;
  const gain = weights.gain_ih as Handle;
  const units = (weight.shape[0] ?? 0) / cell.gates.length;
  let firstGate = 0;
  const blocks = rows.groups.map(({ length: gates }): Block => {
    const block = { weight: ops.rows(weight, firstGate * units, (firstGate + gates) * units), gates, firstGate };
    firstGate += gates;
    return block;
  });
  const products = blocks.map((block) => ops.project(x, block.weight, { factor: useOf(x, block, factors) }));
  const { y, kept } = rows.forward(ops, products, { gain, bias });
  return {
    y,
    backward(da) {
      const found = rows.backward(ops, kept, da, gain);
      const grads = blockGrads(ops, input, blocks, found.products);
      return { ...grads, weights: { ...grads.weights, gain_ih: ops.sumRows(found.gain) } };
    },
  };
}

/** The factor of the site `input`, or of what stands for it, over all timesteps. */
function useOf(x: Handle, { gates, firstGate }: Block, factors: Factors): FactorUse {
  return { factors, name: 'input', gates, firstGate, batch: x.shape[1] ?? 0 };
}

/** @param grads by the product with each block of W */
function blockGrads(ops: Ops, { x, factors }: InputOf, blocks: readonly Block[], grads: readonly Handle[]): InputGrads {
  const parts = blocks.map((block, i) => ({ ...block, block, grad: grads[i] as Handle }));
  const blocksOfW = parts.map(({ block, grad }) =>
    ops.projectWeightGrad(grad, x, { factor: useOf(x, block, factors) }),
  );
  return {
    weights: { weight_ih: blocksOfW.length === 1 ? (blocksOfW[0] as Handle) : ops.concat(blocksOfW) },
    x: () =>
      parts.reduce(
        (plus: Handle | undefined, { block, weight, grad }) =>
          ops.projectInputGrad(grad, weight, { factor: useOf(x, block, factors), plus }),
        undefined,
      ) as Handle,
    slope: (slopes) =>
      parts
        .map(({ block, weight, grad }) =>
          productSum(ops, x, ops.projectInputGrad(grad, weight, { factor: useOf(x, block, slopes) })),
        )
        .reduce((a, b) => sumOf(ops, a, b)),
  };
}
