import type { GiveWay } from '../engines/give-way.ts';
import type { Shape } from '../engines/ops.ts';
import { isPlain, MOST_NUMBERS } from '../checks.ts';
import { ModelError, show } from '../errors.ts';
import { fold, type Key } from '../random/key.ts';
import { sizeOf, Tensor } from '../tensor/tensor.ts';

/** What a weight is, before it is made. */
export interface WeightSpec {
  readonly shape: Shape;
  /** Fresh values, of this shape. @param key the layer's: the same for all of its weights */
  init(key: Key): Tensor;
  /** The same in parts of a few ms: who can wait lets others have their turn between them. `init` in one when left out. */
  initInParts?(key: Key): Generator<undefined, Tensor>;
  /**
   * 'trained': gradients move it. 'rateLogit': so they do, and it is the logit of a dropout rate. 'statistic': training
   * replaces it by what a run finds, such as a running mean.
   */
  readonly role: 'trained' | 'statistic' | 'rateLogit';
  /** False for one that stays as it is, such as those of a `frozen` layer; true when left out. */
  readonly trainable?: boolean;
  /** Whether weight decay pulls it towards 0. */
  readonly decays: boolean;
  /** What regularization knows it as. When left out, what has one axis is a 'bias', and all else a 'kernel'. */
  readonly kind?: WeightKind;
}

/** The kinds of weights that can be regularized apart: 'recurrent' multiplies the state, and 'kernel' an input. */
export type WeightKind = 'kernel' | 'recurrent' | 'bias' | 'embedding';

/** All of them. */
export const WEIGHT_KINDS: readonly WeightKind[] = ['kernel', 'recurrent', 'bias', 'embedding'];

/** The kind of a weight; null for one that nothing is to pull towards 0, such as a statistic or the logit of a dropout rate. */
export function kindOf({ role, decays, kind, shape }: WeightSpec): WeightKind | null {
  if (role !== 'trained' || !decays) return null;
  return kind ?? (shape.length === 1 ? 'bias' : 'kernel');
}

/** Whether gradients move it. */
export function isMoved({ role, trainable = true }: WeightSpec): boolean {
  return trainable && role !== 'statistic';
}

/** A weight that gradients move, and that decays. @throws ModelError for more numbers than an array holds */
export function trained(shape: Shape, init: WeightSpec['init'], kind?: WeightKind): WeightSpec {
  if (sizeOf(shape) > MOST_NUMBERS) {
    throw new ModelError(
      `weights: at most ${MOST_NUMBERS} numbers in one were expected, but one of shape [${shape}] came, and such sizes do not fit in memory; take fewer units`,
    );
  }
  return { shape, init, role: 'trained', decays: true, ...(kind === undefined ? {} : { kind }) };
}

/** The same, of values that are made in parts. */
export function trainedInParts(
  shape: Shape,
  initInParts: NonNullable<WeightSpec['initInParts']>,
  kind?: WeightKind,
): WeightSpec {
  return { ...trained(shape, (key) => atOnce(initInParts(key)), kind), initInParts };
}

/** The weights of a layer inside of another, whose fresh values are not those of its neighbours. @param place of it in there */
export function specsInside<S extends Readonly<Record<string, WeightSpec>>>(specs: S, place: number | string): S {
  const entries = Object.entries(specs).map(([name, spec]) => {
    const { init, initInParts } = spec;
    const inside: WeightSpec = {
      ...spec,
      init: (key) => init(fold(key, place)),
      ...(initInParts && { initInParts: (key: Key) => initInParts(fold(key, place)) }),
    };
    return [name, inside] as const;
  });
  return Object.fromEntries(entries) as unknown as S;
}

/** What is made in parts, without a pause. */
export function atOnce(parts: Generator<undefined, Tensor>): Tensor {
  for (;;) {
    const { done, value } = parts.next();
    if (done) return value;
  }
}

/** Fresh values of a weight, with a turn for others between parts. */
export async function initInTurns(
  spec: Pick<WeightSpec, 'init' | 'initInParts'>,
  key: Key,
  giveWay: GiveWay,
): Promise<Tensor> {
  const parts = spec.initInParts?.(key);
  if (!parts) return spec.init(key);
  for (;;) {
    const { done, value } = parts.next();
    if (done) return value;
    await giveWay.turn();
  }
}

const ROLES: readonly WeightSpec['role'][] = ['trained', 'statistic', 'rateLogit'];

/**
 * What `weights` of a layer gave, whose fresh values are checked when they are made.
 * @throws ModelError unless it is a spec for each name
 */
export function checkedSpecs<W extends string>(
  type: string,
  specs: Readonly<Record<W, WeightSpec>>,
): Record<W, WeightSpec> {
  if (!isPlain(specs)) {
    throw new ModelError(`${type}: weights by name were expected, but ${show(specs)} came; {} where there are none`);
  }
  const entries = Object.entries<WeightSpec>(specs).map(
    ([name, spec]) => [name, checkedSpec(`${type}: weight ${name}`, spec)] as const,
  );
  return Object.fromEntries(entries) as Record<W, WeightSpec>;
}

function checkedSpec(who: string, spec: WeightSpec): WeightSpec {
  const { shape, init, role, decays, kind, trainable } = Object(spec) as WeightSpec;
  const expect = (fine: boolean, expected: string, came: unknown): void => {
    if (!fine) throw new ModelError(`${who}: ${expected} was expected, but ${show(came)} came; see WeightSpec`);
  };
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 1);
  expect(isShape, 'a list of whole numbers from 1 as its shape', shape);
  expect(typeof init === 'function', 'a function as init', init);
  expect(ROLES.includes(role), `one of ${ROLES.join(', ')} as its role`, role);
  expect(typeof decays === 'boolean', 'true or false as decays', decays);
  expect(kind === undefined || WEIGHT_KINDS.includes(kind), `one of ${WEIGHT_KINDS.join(', ')} as its kind`, kind);
  expect(trainable === undefined || typeof trainable === 'boolean', 'true or false as trainable', trainable);
  const { initInParts } = spec;
  expect(initInParts === undefined || typeof initInParts === 'function', 'a function as initInParts', initInParts);
  const checked = (value: Tensor): Tensor => {
    const fits = value instanceof Tensor && value.shape.join() === shape.join();
    expect(fits, `a Tensor of shape [${shape}] from init`, value instanceof Tensor ? value.shape : value);
    return value;
  };
  return {
    ...spec,
    init: (key) => checked(spec.init(key)),
    ...(initInParts
      ? {
          *initInParts(key) {
            return checked(yield* initInParts.call(spec, key));
          },
        }
      : {}),
  };
}

/** The name of something of a layer among those of all layers: `0.weight`. Layers inside of layers make longer paths. */
export function pathOf(layer: number | string, name: string): string {
  return `${layer}.${name}`;
}

/** What belongs to one layer, by the names that the layer knows. */
export function ofLayer<V>(values: Readonly<Record<string, V>>, layer: number | string): Record<string, V> {
  const prefix = pathOf(layer, '');
  const found = Object.entries(values).filter(([path]) => path.startsWith(prefix));
  return Object.fromEntries(found.map(([path, value]) => [path.slice(prefix.length), value]));
}

/** What layers have by their own names, in one record by path. */
export function byPath<V>(
  layers: readonly Readonly<Record<string, V>>[] | Readonly<Record<string, Readonly<Record<string, V>>>>,
): Record<string, V> {
  return Object.fromEntries(
    Object.entries(layers).flatMap(([index, ofOne]) =>
      Object.entries(ofOne).map(([name, value]) => [pathOf(index, name), value]),
    ),
  );
}
