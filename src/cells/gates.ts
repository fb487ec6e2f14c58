/**
 * The gates of the built-in cells, in the order in which their rows stand in W, U and the biases: PyTorch's. Whoever
 * needs the number of a gate asks for it by name: kernels, importers and the verifier all read these lists.
 */
export const LSTM_GATES = ['i', 'f', 'g', 'o'] as const;
export const GRU_GATES = ['r', 'z', 'n'] as const;
export const RNN_GATES = ['n'] as const;

/** The name of a kernel's segment for each gate: `ai`, `af`, `ag`, `ao` for the prefix `a` and an LSTM. */
export function segments<P extends string, const G extends readonly string[]>(
  prefix: P,
  gates: G,
): { readonly [K in keyof G]: `${P}${G[K]}` } {
  return gates.map((gate) => prefix + gate) as { readonly [K in keyof G]: `${P}${G[K]}` };
}

/** The number of each name in a list: `{ r: 0, z: 1, n: 2 }`. */
export function numberByName<N extends string>(names: readonly N[]): Readonly<Record<N, number>> {
  return Object.fromEntries(names.map((name, number) => [name, number])) as Record<N, number>;
}
