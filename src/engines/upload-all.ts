import type { Handle, Ops, Shape } from './ops.ts';

/** Numbers of the host, such as a tensor. */
interface HostNumbers {
  toFlat(): ArrayLike<number>;
  readonly shape: Shape;
}

/** Copy numbers to an engine, all of them or none: they are the caller's to release. */
export function uploadAll(ops: Ops, values: Readonly<Record<string, HostNumbers>>): Record<string, Handle> {
  const scope = ops.openScope();
  try {
    const uploaded = scope.run(() =>
      Object.entries(values).map(([name, value]) => [name, ops.upload(value.toFlat(), value.shape)] as const),
    );
    scope.keep(uploaded.map(([, handle]) => handle));
    return Object.fromEntries(uploaded);
  } finally {
    scope.dispose();
  }
}
