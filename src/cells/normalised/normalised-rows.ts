import { type Algebra, type Kernel, kernel, type Values } from '../../engines/kernel.ts';
import type { Handle, Loop, Ops } from '../../engines/ops.ts';
import { segments } from '../gates.ts';

/** Added to the variance, so that nothing is divided by 0: PyTorch's. */
export const EPSILON = 1e-5;

/** Which timestep rows are of, for engines that lay all of them side by side; left out where the rows are all of them. */
export interface StepOfLoop {
  readonly t: number;
  readonly loop: Loop;
}

/** Rows that were normalised, and what their gradient needs: of each group the normal rows, and 1 / deviation. */
export interface Normalised {
  readonly y: Handle;
  readonly kept: readonly Handle[];
}

/**
 * Layer normalisation (Ba et al. 2016, arXiv:1607.06450) of what products give: each row over the units of a group of gates, then
 * y = normal gain + bias, where the groups stand side by side.
 */
export interface NormalisedRows {
  /** The gates whose units are normalised together. */
  readonly groups: readonly (readonly string[])[];
  /**
   * @param products [R, gates*H] of each group
   * @param vectors gain and bias [G*H]; no bias where there is none
   * @returns y [R,G*H]
   */
  forward(ops: Ops, products: readonly Handle[], vectors: RowVectors, at?: StepOfLoop): Normalised;
  /** @returns the gradients by the products, and by the gain of each row [R,G*H]; that by the bias of a row is dy */
  backward(
    ops: Ops,
    kept: readonly Handle[],
    dy: Handle,
    gain: Handle,
    at?: StepOfLoop,
  ): { readonly products: readonly Handle[]; readonly gain: Handle };
}

/** What normal rows are scaled and shifted by. */
export interface RowVectors {
  readonly gain: Handle;
  readonly bias?: Handle | undefined;
}

/** The kernels are made once, for all cells that have such groups. */
export function normalisedRows(groups: readonly (readonly string[])[]): NormalisedRows {
  const gates = groups.flat();
  const names = groups.map((_, i) => `normal${i}`);
  const normal = Object.fromEntries(groups.map((group, i) => [`normal${i}`, segments('x', group)]));
  const scaled = scaledGates(gates, normal);
  const grad = scaledGrad(gates, normal, Object.fromEntries(groups.map((group, i) => [`d${i}`, segments('d', group)])));
  const normals = (kept: readonly Handle[]): Record<string, Handle> =>
    Object.fromEntries(names.map((name, i) => [name, kept[2 * i] as Handle]));
  return {
    groups,
    forward(ops, products, { gain, bias = ops.zeros(gain.shape) }, at) {
      const kept = products.flatMap((product) => {
        const { y, inverseDeviation } = ops.normalise(product, EPSILON);
        return [y, inverseDeviation];
      });
      return { y: ops.run(scaled, { inputs: { ...normals(kept), gain, bias }, ...at }).y as Handle, kept };
    },
    backward(ops, kept, dy, gain, at) {
      const found = ops.run(grad, { inputs: { ...normals(kept), dy, gain }, ...at });
      const products = groups.map((_, i) =>
        ops.normaliseGrad(kept[2 * i] as Handle, kept[2 * i + 1] as Handle, found[`d${i}`] as Handle),
      );
      return { products, gain: found.gain as Handle };
    },
  };
}

type Tensors = Readonly<Record<string, readonly string[]>>;

function scaledGates(gates: readonly string[], normal: Tensors): Kernel {
  return kernel({
    name: 'scaledGates',
    inputs: { ...normal, gain: segments('gain', gates), bias: segments('bias', gates) },
    outputs: { y: segments('y', gates) },
    body: <V>({ add, mul }: Algebra<V>, v: Values<V, string>) =>
      byGate(gates, (gate) => ({
        [`y${gate}`]: add(mul(of(v, `x${gate}`), of(v, `gain${gate}`)), of(v, `bias${gate}`)),
      })),
  }) as Kernel;
}

function scaledGrad(gates: readonly string[], normal: Tensors, dNormal: Tensors): Kernel {
  return kernel({
    name: 'scaledGatesGrad',
    inputs: { ...normal, dy: segments('dy', gates), gain: segments('gain', gates) },
    outputs: { ...dNormal, gain: segments('row', gates) },
    body: <V>({ mul }: Algebra<V>, v: Values<V, string>) =>
      byGate(gates, (gate) => {
        const dy = of(v, `dy${gate}`);
        return { [`d${gate}`]: mul(dy, of(v, `gain${gate}`)), [`row${gate}`]: mul(dy, of(v, `x${gate}`)) };
      }),
  }) as Kernel;
}

function byGate<V>(gates: readonly string[], values: (gate: string) => Readonly<Record<string, V>>): Record<string, V> {
  return Object.assign({}, ...gates.map(values));
}

function of<V>(values: Readonly<Record<string, V>>, name: string): V {
  return values[name] as V;
}
