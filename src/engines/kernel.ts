/**
 * A kernel is elementwise maths written once, for every engine: a pure function over an algebra of values. The
 * reference engine traces it into instructions over rows of numbers; others trace it into WASM or a GPU program.
 *
 * An input is a tensor whose rows hold some segments of H units each, and every segment has a name: the rows of an
 * LSTM's pre-activations are `gates: ['i', 'f', 'g', 'o']`, and the body reads `v.i`. The outputs are laid out alike.
 * An input with one row is broadcast to all rows.
 *
 * The body must not branch on values: it says the same for every unit.
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
  constant(value: number): V;
  add(x: V, y: V): V;
  sub(x: V, y: V): V;
  mul(x: V, y: V): V;
  div(x: V, y: V): V;
  sqrt(x: V): V;
  log(x: V): V;
  sigmoid(x: V): V;
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
  return definition;
}
