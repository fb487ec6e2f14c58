import type { Algebra, Values } from '../../engines/kernel.ts';

/** The tensors of Adam and its kin: a weight, and the means of its gradients and of their squares. */
export const MOMENT_TENSORS = {
  inputs: { weight: ['w'], grad: ['g'], mean: ['mOld'], square: ['sOld'] },
  outputs: { weight: ['updated'], mean: ['m'], square: ['s'] },
} as const;

/** What {@link momentsOf} needs to be told. */
export const MOMENT_SCALARS = ['scale', 'beta1', 'rest1', 'beta2', 'rest2'] as const;

type MomentScalar = (typeof MOMENT_SCALARS)[number];

/** The numbers of {@link MOMENT_SCALARS}. */
export function momentScalars(beta1: number, beta2: number, scale: number): Readonly<Record<MomentScalar, number>> {
  return { scale, beta1, rest1: 1 - beta1, beta2, rest2: 1 - beta2 };
}

/** Of a kernel: the scaled gradient g, m = beta1 m + (1 - beta1) g and s = beta2 s + (1 - beta2) g². */
export function momentsOf<V>(
  { add, mul }: Algebra<V>,
  v: Values<V, 'g' | 'mOld' | 'sOld' | MomentScalar>,
): { readonly g: V; readonly m: V; readonly s: V } {
  const g = mul(v.g, v.scale);
  const m = add(mul(v.beta1, v.mOld), mul(v.rest1, g));
  const s = add(mul(v.beta2, v.sOld), mul(v.rest2, mul(g, g)));
  return { g, m, s };
}
