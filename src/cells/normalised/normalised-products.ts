import type { Handle, Ops } from '../../engines/ops.ts';
import type { BackwardStep, Cell, CellVector, ForwardStep, StepContext } from '../cell.ts';
import { firstGateOf, recurrentFactor, recurrentProductGrad } from '../recurrent-product.ts';
import type { Normalised, NormalisedRows, RowVectors } from './normalised-rows.ts';

/** What a layer-normalised cell has for its pre-activations: gains of the input's product and of those with U. */
export const GAINS: Readonly<Record<'gain_ih' | 'gain_hh', CellVector>> = {
  gain_ih: { per: 'gate', starts: 1, isBias: false },
  gain_hh: { per: 'gate', starts: 1, isBias: false },
};

/**
 * The products with U of a step, from one on, as many as there are groups of gates: normalised, and side by side with their gain and
 * bias, [B,G*H] of these gates.
 * @param entered h, or what enters each of them, [B,H]
 */
export function normalisedProducts(
  ops: Ops,
  cell: Cell,
  rows: NormalisedRows,
  step: ForwardStep,
  entered: Handle,
  first = 0,
): Normalised {
  const products = rows.groups.map((_, i) => {
    const { weight } = weightOf(step, first + i);
    return ops.project(entered, weight, recurrentFactor(cell, first + i, step, step.t));
  });
  return rows.forward(ops, products, vectorsOf(ops, cell, rows, step, first), { t: step.t, loop: step.loop });
}

/**
 * The way back of {@link normalisedProducts}.
 * @param dy the gradient by its result
 * @param plus [B,H]: the gradient by what entered that comes on other ways
 */
export function normalisedProductsGrad(
  ops: Ops,
  cell: Cell,
  rows: NormalisedRows,
  step: BackwardStep,
  kept: readonly Handle[],
  dy: Handle,
  plus?: Handle,
  first = 0,
): {
  /** By each product with U. */
  readonly products: readonly Handle[];
  /** By the gain, of each sample, [B,G*H]. */
  readonly gain: Handle;
  /** By what entered. */
  readonly entered: Handle;
} {
  const { gain } = vectorsOf(ops, cell, rows, step, first);
  const found = rows.backward(ops, kept, dy, gain, { t: step.t, loop: step.loop });
  const entered = found.products.reduce(
    (sum: Handle | undefined, product, i) => recurrentProductGrad(ops, cell, first + i, step, product, sum),
    plus,
  ) as Handle;
  return { products: found.products, gain: found.gain, entered };
}

function weightOf({ recurrent }: StepContext, index: number): StepContext['recurrent'][number] {
  return recurrent[index] as StepContext['recurrent'][number];
}

/** The part of gain_hh and b_hh that belongs to some of the products. */
function vectorsOf(ops: Ops, cell: Cell, { groups }: NormalisedRows, step: StepContext, first: number): RowVectors {
  const { gain_hh: gain, bias_hh: bias } = step.vectors as { gain_hh: Handle; bias_hh?: Handle };
  if (groups.length === cell.products.length) return { gain, bias };
  const units = (gain.shape[0] ?? 0) / cell.gates.length;
  const from = firstGateOf(cell, first) * units;
  const to = from + groups.flat().length * units;
  return { gain: ops.rows(gain, from, to), bias: bias && ops.rows(bias, from, to) };
}
