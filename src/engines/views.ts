import { ShapeError } from '../errors.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { expectRange, expectSizes } from './operand-checks.ts';
import type { Handle, Shape } from './ops.ts';

/** A handle that can show another part of its buffer, which begins so many numbers further. */
interface Viewable<H extends Handle> extends Handle {
  view(offset: number, shape: Shape): H;
}

/** {@link Ops.at} */
export function stepOf<H extends Handle>(x: Viewable<H>, t: number): H {
  const [time = 0, ...rest] = x.shape;
  expectRange('at', t, typeof t === 'number' ? t + 1 : t, time);
  return x.view(t * sizeOf(rest), rest);
}

/** {@link Ops.rows} */
export function rowsOf<H extends Handle>(w: Viewable<H>, from: number, to: number): H {
  const [count = 0, ...rest] = w.shape;
  expectRange('rows', from, to, count);
  return w.view(from * sizeOf(rest), [to - from, ...rest]);
}

/** {@link Ops.reshape} */
export function reshaped<H extends Handle>(x: Viewable<H>, shape: Shape): H {
  expectSizes('reshape', shape);
  if (sizeOf(shape) !== sizeOf(x.shape)) {
    throw new ShapeError(`reshape: a shape of ${sizeOf(x.shape)} numbers was expected, but [${shape}] came`);
  }
  return x.view(0, shape);
}
