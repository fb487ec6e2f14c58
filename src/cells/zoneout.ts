import type { Algebra, Values } from '../engines/kernel.ts';

/**
 * The end of every step, the same for all cells: the new state blends with the old one where a unit is zoned out, is
 * held past the sample's length, and is handed on under the site `output`.
 *
 *     h = [zoneHidden | hNew, h']   y = h output
 */
export function handOn<V>(
  { mul, blend }: Algebra<V>,
  v: Values<V, 'hOld' | 'zoneHidden' | 'output' | 'live'>,
  hNew: V,
): { readonly y: V; readonly h: V } {
  const hZoned = blend(v.zoneHidden, hNew, v.hOld);
  return { y: mul(v.live, mul(hZoned, v.output)), h: blend(v.live, hZoned, v.hOld) };
}

/** The gradients by hNew and, on this way alone, by h'. */
export function handOnGrad<V>(
  { constant, add, sub, mul }: Algebra<V>,
  v: Values<V, 'dy' | 'dh' | 'zoneHidden' | 'output' | 'live'>,
): { readonly dhNew: V; readonly dhOld: V } {
  const one = constant(1);
  const dhZoned = mul(v.live, add(v.dh, mul(v.dy, v.output)));
  return {
    dhNew: mul(dhZoned, v.zoneHidden),
    dhOld: add(mul(dhZoned, sub(one, v.zoneHidden)), mul(sub(one, v.live), v.dh)),
  };
}
