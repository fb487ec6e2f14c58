import type { Algebra, Values } from '../engines/kernel.ts';

/**
 * The end of every step, where zoneout acts (Krueger et al. 2017, arXiv:1606.01305): a part of the state blends with its
 * value before the step where a unit is zoned out, and is held past the sample's length.
 *
 *     h = [zoneHidden | hNew, h']   y = h output
 *     c = [zoneCell | cNew, c']
 *
 * with [keep | new, old] = keep new + (1 - keep) old. This function gives h, and the output y.
 */
export function zoneHidden<V>(
  algebra: Algebra<V>,
  v: Values<V, 'hOld' | 'zoneHidden' | 'output' | 'live'>,
  hNew: V,
): { readonly y: V; readonly h: V } {
  const { mul, blend } = algebra;
  const zoned = blend(v.zoneHidden, hNew, v.hOld);
  return { y: mul(v.live, mul(zoned, v.output)), h: blend(v.live, zoned, v.hOld) };
}

/** The gradients by hNew and, on this way alone, by h'. */
export function zoneHiddenGrad<V>(
  algebra: Algebra<V>,
  v: Values<V, 'dy' | 'dh' | 'zoneHidden' | 'output' | 'live'>,
): { readonly dhNew: V; readonly dhOld: V } {
  const { add, mul } = algebra;
  const dZoned = mul(v.live, add(v.dh, mul(v.dy, v.output)));
  const [dhNew, dhOld] = blendGrad(algebra, v.live, v.zoneHidden, dZoned, v.dh);
  return { dhNew, dhOld };
}

/** c, for cells that carry one. */
export function zoneCell<V>({ blend }: Algebra<V>, v: Values<V, 'cOld' | 'zoneCell' | 'live'>, cNew: V): V {
  return blend(v.live, blend(v.zoneCell, cNew, v.cOld), v.cOld);
}

/** The gradients by cNew and, on this way alone, by c'. */
export function zoneCellGrad<V>(
  algebra: Algebra<V>,
  v: Values<V, 'dc' | 'zoneCell' | 'live'>,
): { readonly dcNew: V; readonly dcOld: V } {
  const [dcNew, dcOld] = blendGrad(algebra, v.live, v.zoneCell, algebra.mul(v.live, v.dc), v.dc);
  return { dcNew, dcOld };
}

/** By the new and the old value, from the gradients by what was zoned and by what is carried on. */
function blendGrad<V>(
  { constant, add, sub, mul }: Algebra<V>,
  live: V,
  zone: V,
  dZoned: V,
  dCarried: V,
): readonly [V, V] {
  const one = constant(1);
  return [mul(dZoned, zone), add(mul(dZoned, sub(one, zone)), mul(sub(one, live), dCarried))];
}
