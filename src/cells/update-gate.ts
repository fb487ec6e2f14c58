import type { Algebra, Values } from '../engines/kernel.ts';
import type { CellFormulas } from './activations.ts';

/** How both GRUs come to their new state: (1 - z) (n update) + z h'. The gate z keeps the old, unmasked state. */
export function updateGate<V>(
  { constant, add, sub, mul }: Algebra<V>,
  v: Values<V, 'hOld' | 'update'>,
  { z, n }: Values<V, 'z' | 'n'>,
): V {
  return add(mul(sub(constant(1), z), mul(n, v.update)), mul(z, v.hOld));
}

/** The gradients by the pre-activations of z and n and, on this way alone, by h'. */
export function updateGateGrad<V>(
  algebra: Algebra<V>,
  v: Values<V, 'hOld' | 'update' | 'z' | 'n'>,
  dhNew: V,
  { gate, value }: CellFormulas,
): { readonly daz: V; readonly dan: V; readonly dhOld: V } {
  const { constant, sub, mul } = algebra;
  return {
    daz: mul(dhNew, mul(sub(v.hOld, mul(v.n, v.update)), gate.derivative(algebra, v.z))),
    dan: mul(dhNew, mul(sub(constant(1), v.z), mul(v.update, value.derivative(algebra, v.n)))),
    dhOld: mul(dhNew, v.z),
  };
}
