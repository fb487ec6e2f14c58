import type { FactorUse, Handle, Ops } from '../engines/ops.ts';
import type { Cell, RecurrentProduct, StepContext } from './cell.ts';

/** The step's use of the site `recurrent` in product `index` of a cell. */
export function recurrentFactor(
  cell: Pick<Cell, 'products'>,
  index: number,
  step: Pick<StepContext, 'factors' | 'batch'>,
  t: number,
): { factor?: FactorUse } {
  const { gates, masked } = cell.products[index] as RecurrentProduct;
  if (!masked) return {};
  const firstGate = firstGateOf(cell, index);
  return { factor: { factors: step.factors, name: 'recurrent', gates: gates.length, firstGate, t, batch: step.batch } };
}

/** The number of the first gate of product `index`: those of the products before it come first. */
export function firstGateOf({ products }: Pick<Cell, 'products'>, index: number): number {
  let first = 0;
  for (let before = 0; before < index; before++) first += (products[before] as RecurrentProduct).gates.length;
  return first;
}

/** Product `index` of a cell, forward: (h ⊙ recurrent) Uᵀ + b_hh + plus, [B, gates*H]. */
export function recurrentProduct(
  ops: Ops,
  cell: Pick<Cell, 'products'>,
  index: number,
  step: StepContext & { readonly t: number },
  h: Handle,
  plus?: Handle,
): Handle {
  const { weight, bias } = productOf(step, index);
  return ops.project(h, weight, { bias, plus, ...recurrentFactor(cell, index, step, step.t) });
}

/** The gradient by h of {@link recurrentProduct}, added to `plus`. */
export function recurrentProductGrad(
  ops: Ops,
  cell: Pick<Cell, 'products'>,
  index: number,
  step: StepContext & { readonly t: number },
  dy: Handle,
  plus?: Handle,
): Handle {
  return ops.projectInputGrad(dy, productOf(step, index).weight, {
    plus,
    ...recurrentFactor(cell, index, step, step.t),
  });
}

function productOf(step: StepContext, index: number): StepContext['recurrent'][number] {
  return step.recurrent[index] as StepContext['recurrent'][number];
}
