import { readable } from '../checks.ts';
import type { FactorUse, Handle, Ops } from '../engines/ops.ts';
import { EngineError, OptionError, show } from '../errors.ts';
import type { Cell, RecurrentProduct, StepContext } from './cell.ts';

/** The step's use of the site `recurrent` in product `index` of a cell. */
export function recurrentFactor(
  cell: Pick<Cell, 'products'>,
  index: number,
  step: Pick<StepContext, 'factors' | 'batch'>,
  t: number,
): { factor?: FactorUse } {
  const { gates, masked } = productsOf(cell)[index] ?? unknownProduct(index);
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

/**
 * Product `index` of a cell, forward: (h ⊙ recurrent) Uᵀ + b_hh + plus, [B, gates*H]; without b_hh where there are no biases. A cell of your own calls it in
 * `forward`, where the loop over time gives it the step.
 * @param h [B,H]
 * @param plus [B, gates*H]: mostly the input's share
 * @throws EngineError or OptionError for what is no engine, no cell, or no step of it
 * @example
 * ```ts
 * import { createEngine, recurrentProduct } from 'keepgate';
 *
 * const ops = await createEngine('reference');
 * const cell = { products: [{ gates: ['n'], masked: true }] };
 * const u = { weight: ops.upload([1, 2, 3, 4], [2, 2]), bias: ops.upload([0, 10], [2]) };
 * const step = { recurrent: [u], factors: ops.uploadFactors({}), lengths: null, batch: 1, t: 0 };
 * const a = recurrentProduct(ops, cell, 0, step, ops.upload([1, 1], [1, 2]));
 * console.log([...(await ops.read(a))]); // prints: [ 3, 17 ]
 * await ops.dispose();
 * ```
 */
export function recurrentProduct(
  ops: Ops,
  cell: Pick<Cell, 'products'>,
  index: number,
  step: StepContext & { readonly t: number },
  h: Handle,
  plus?: Handle,
): Handle {
  const { weight, bias } = productOf(ops, step, index);
  return ops.project(h, weight, { bias, plus, ...recurrentFactor(cell, index, step, step.t) });
}

/**
 * The gradient by h of {@link recurrentProduct}, [B,H], added to `plus`. A cell of your own calls it in `backward`.
 * @param dy the gradient by the product, [B, gates*H]
 * @param plus [B,H]: the gradient by h that comes on other ways
 * @throws EngineError or OptionError for what is no engine, no cell, or no step of it
 * @example
 * ```ts
 * import { createEngine, recurrentProductGrad } from 'keepgate';
 *
 * const ops = await createEngine('reference');
 * const cell = { products: [{ gates: ['n'], masked: true }] };
 * const u = { weight: ops.upload([1, 2, 3, 4], [2, 2]), bias: ops.upload([0, 10], [2]) };
 * const step = { recurrent: [u], factors: ops.uploadFactors({}), lengths: null, batch: 1, t: 0 };
 * const dh = recurrentProductGrad(ops, cell, 0, step, ops.upload([1, 1], [1, 2]));
 * console.log([...(await ops.read(dh))]); // prints: [ 4, 6 ]
 * await ops.dispose();
 * ```
 */
export function recurrentProductGrad(
  ops: Ops,
  cell: Pick<Cell, 'products'>,
  index: number,
  step: StepContext & { readonly t: number },
  dy: Handle,
  plus?: Handle,
): Handle {
  const { weight } = productOf(ops, step, index);
  return ops.projectInputGrad(dy, weight, {
    plus,
    ...recurrentFactor(cell, index, step, step.t),
  });
}

function productOf(ops: Ops, step: StepContext, index: number): StepContext['recurrent'][number] {
  const calls = readable('recurrentProduct', () => [ops?.project, ops?.projectInputGrad]);
  if (calls.some((call) => typeof call !== 'function')) {
    throw new EngineError(`recurrentProduct: an engine was expected, but ${show(ops)} came; pass the cell's ops`);
  }
  const product = readable('recurrentProduct', () => {
    const { weight, bias } = Object(Array.isArray(step?.recurrent) ? step.recurrent[index] : undefined);
    return weight === undefined ? null : { weight, bias };
  });
  if (product) return product;
  throw new OptionError(
    `recurrentProduct: a step with { recurrent, factors, batch, t } was expected, but ${show(step)} came; pass the cell's step`,
  );
}

function productsOf(cell: Pick<Cell, 'products'>): readonly RecurrentProduct[] {
  const products = readable('recurrentProduct', () =>
    Array.isArray(cell?.products) &&
    cell.products.every((product) => Array.isArray(product?.gates) && product.gates.length > 0)
      ? cell.products
      : null,
  );
  if (products) return products;
  throw new OptionError(`recurrentProduct: a cell with products was expected, but ${show(cell)} came; see Cell`);
}

function unknownProduct(index: number): never {
  throw new OptionError(`recurrentProduct: the number of a product of the cell was expected, but ${show(index)} came`);
}
