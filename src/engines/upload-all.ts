import type { GiveWay } from './give-way.ts';
import { flatOf, type Tensor } from '../tensor/tensor.ts';
import type { Handle, Ops } from './ops.ts';

/** {@link uploadAll} with a turn for others between one and the next. */
export async function uploadInTurns(
  ops: Ops,
  values: Readonly<Record<string, Tensor>>,
  giveWay: GiveWay,
): Promise<Record<string, Handle>> {
  const uploaded: Record<string, Handle> = {};
  const scope = ops.openScope();
  try {
    for (const [name, value] of Object.entries(values)) {
      uploaded[name] = scope.run(() => ops.upload(flatOf(value), value.shape));
      await giveWay.turn();
    }
    scope.keep(Object.values(uploaded));
    return uploaded;
  } finally {
    scope.dispose();
  }
}

/** Copy numbers to an engine, all of them or none: they are the caller's to release. */
export function uploadAll(ops: Ops, values: Readonly<Record<string, Tensor>>): Record<string, Handle> {
  const scope = ops.openScope();
  try {
    const uploaded = scope.run(() =>
      Object.entries(values).map(([name, value]) => [name, ops.upload(flatOf(value), value.shape)] as const),
    );
    scope.keep(uploaded.map(([, handle]) => handle));
    return Object.fromEntries(uploaded);
  } finally {
    scope.dispose();
  }
}
