import {
  expectFunction,
  expectObject,
  expectText,
  expectWhole,
  type OptionNames,
  optionsOf,
  readable,
} from '../checks.ts';
import { OptionError, show } from '../errors.ts';

/**
 * A kernel is elementwise maths written once, for every engine: a pure function over an algebra of values. The
 * reference engine traces it into instructions over rows of numbers; others trace it into WASM or a GPU program.
 *
 * An input is a tensor whose rows hold some segments of H units each, and every segment has a name: the rows of an
 * LSTM's pre-activations are `gates: ['i', 'f', 'g', 'o']`, and the body reads `v.i`. The outputs are laid out alike.
 * An input with one row is broadcast to all rows.
 *
 * The body must not branch on values: it says the same for every unit. Engines of float32 hand on results below 2^-100 as 0
 * (docs/decisions/011).
 */
export interface Kernel<
  I extends Segments = Segments,
  O extends Segments = Segments,
  F extends string = string,
  S extends string = string,
> {
  /** For messages, and in what an engine compiles. */
  readonly name: string;
  /** Tensor to the names of its segments. */
  readonly inputs: I;
  /** The dropout factors it reads, by name, and the gate whose factor is meant (0 unless factors are untied). */
  readonly factors?: Readonly<Record<F, number>>;
  /** The names of its scalars. */
  readonly scalars?: readonly S[];
  /** Tensor to the names of its segments. */
  readonly outputs: O;
  /** The maths: from the values of a unit, by their names, to the outputs of that unit. */
  body<V>(a: Algebra<V>, v: Values<V, Names<I> | F | S | 'live'>): Values<V, Names<O>>;
}

/** The segments of some tensors. */
export type Segments = Readonly<Record<string, readonly string[]>>;

/** All segment names of some tensors. */
export type Names<T extends Segments> = T[keyof T][number];

/** A value for each name. `live` is 1 within a sample's length and 0 past it. */
export type Values<V, N extends string> = Readonly<Record<N, V>>;

/** The operations that a kernel may use on values. */
export interface Algebra<V> {
  /** The same number everywhere. */
  constant(value: number): V;
  /** x + y */
  add(x: V, y: V): V;
  /** x - y */
  sub(x: V, y: V): V;
  /** x y */
  mul(x: V, y: V): V;
  /** x / y */
  div(x: V, y: V): V;
  /** The square root of x. */
  sqrt(x: V): V;
  /** The natural logarithm of x. */
  log(x: V): V;
  /** 1 / (1 + exp(-x)) */
  sigmoid(x: V): V;
  /** The hyperbolic tangent of x. */
  tanh(x: V): V;
  /** 1 where x > y, else 0. */
  greater(x: V, y: V): V;
  /**
   * keep * fresh + (1 - keep) * old, and exactly `fresh` at keep 1 and exactly `old` at keep 0: a state that is held
   * is held bit for bit, and a blend that keeps all changes no bit.
   */
  blend(keep: V, fresh: V, old: V): V;
}

/**
 * Gives a kernel its type, names included, without repeating them. An engine runs it by `ops.run`.
 * @throws OptionError for what is no kernel
 * @example
 * ```ts
 * import { createEngine, kernel } from 'keepgate';
 *
 * const square = kernel({
 *   name: 'square',
 *   inputs: { x: ['x'] },
 *   outputs: { y: ['y'] },
 *   body: ({ mul }, v) => ({ y: mul(v.x, v.x) }),
 * });
 * const ops = await createEngine('reference');
 * const { y } = ops.run(square, { inputs: { x: ops.upload([1, 2, 3], [1, 3]) } });
 * console.log([...(await ops.read(y))]); // prints: [ 1, 4, 9 ]
 * await ops.dispose();
 * ```
 */
export function kernel<
  const I extends Segments,
  const O extends Segments,
  const F extends string = never,
  const S extends string = never,
>(definition: Kernel<I, O, F, S>): Kernel<I, O, F, S> {
  expectKernel(definition);
  return definition;
}

const KERNEL: OptionNames<Kernel> = {
  name: true,
  inputs: true,
  factors: true,
  scalars: true,
  outputs: true,
  body: true,
};

/** @throws OptionError for what is no kernel; what its body does is seen when it is first run */
export function expectKernel(definition: Kernel): void {
  const { name, inputs, outputs, factors = {}, scalars = [], body } = optionsOf('kernel', definition, KERNEL);
  expectText('kernel', 'name', name);
  const who = `kernel ${name}`;
  expectFunction(who, 'body', body);
  for (const [option, tensors] of [
    ['inputs', inputs],
    ['outputs', outputs],
  ] as const) {
    expectObject(`${who}: ${option}`, tensors);
    const named = readable(who, () => Object.values(tensors).every(areNames));
    if (!named || Object.keys(tensors).length === 0) {
      throw new OptionError(
        `${who}: lists of names such as { x: ['x'] } were expected as ${option}, but ${show(tensors)} came`,
      );
    }
  }
  if (!readable(who, () => Array.isArray(scalars) && areNames(['', ...scalars]))) {
    throw new OptionError(`${who}: a list of names was expected as scalars, but ${show(scalars)} came`);
  }
  expectObject(`${who}: factors`, factors);
  for (const [factor, gate] of Object.entries(factors)) expectWhole(who, `the gate of ${factor}`, gate, 0);
}

function areNames(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0 && Array.from(list).every((name) => typeof name === 'string');
}
