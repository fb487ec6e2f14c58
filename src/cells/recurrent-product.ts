import type { FactorUse, Handle, Ops } from '../engines/ops.ts';
import type { Cell, RecurrentProduct, StepContext } from './cell.ts';

/** The step's use of the site `recurrent` in product `index` of a cell. */
export function recurrentFactor(
  cell: Pick<Cell, 'products'>,
  index: number,
  step: Pick<StepContext, 'factors' | 'batch'>,
  t: number,
): { factor?: FactorUse } {
  const { gates, firstGate, masked } = cell.products[index] as RecurrentProduct;
  if (!masked) return {};
  return { factor: { factors: step.factors, name: 'recurrent', gates, firstGate, t, batch: step.batch } };
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
