import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';

/** Makes a value anew: what one call does to it is nothing to the next. */
export type Make = () => unknown;

/** Another realm, as an iframe, Jest or a VM is one: its classes are not ours. */
const realm = createContext({});

/** A value that code of the other realm gives. */
export function foreign(code: string): unknown {
  return runInContext(`(${code})`, realm);
}

/** The same lists, plain objects, typed arrays and buffers as another realm has them; what else there is stays. */
export function foreignCopy(value: unknown): unknown {
  if (Array.isArray(value)) return fill(foreign('[]') as unknown[], value.map(foreignCopy));
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const make = foreign(`(from) => ${value.constructor.name}.from(from)`) as (from: unknown) => unknown;
    return make([...(value as Uint8Array)]);
  }
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value).map(([name, entry]) => [name, foreignCopy(entry)] as const);
  return Object.assign(foreign('{}') as object, Object.fromEntries(entries));
}

function fill(list: unknown[], entries: readonly unknown[]): unknown[] {
  for (const entry of entries) list.push(entry);
  return list;
}

/** Frozen through and through, as far as there are lists and plain objects. */
export function frozenCopy(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy));
  if (!isPlainObject(value)) return value;
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, frozenCopy(entry)])));
}

/** What is written as `{ ... }`, and may be changed in a copy: not what a maker made, which is frozen. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !Object.isFrozen(value)
  );
}

function throwing(target: object): object {
  const fail = (): never => {
    throw new Error('a trap');
  };
  return new Proxy(target, { get: fail, has: fail, ownKeys: fail, getOwnPropertyDescriptor: fail });
}

function cyclic<T extends object>(target: T, name: string): T {
  return Object.assign(target, { [name]: target });
}

/** What stands where something else is meant. */
export const AWKWARD: Readonly<Record<string, Make>> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  zero: () => 0,
  minusZero: () => -0,
  minusOne: () => -1,
  half: () => 0.5,
  two: () => 2,
  beyondFloat32: () => 1e39,
  smallest: () => 5e-324,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  beyondWhole: () => 2 ** 53,
  largestWhole: () => Number.MAX_SAFE_INTEGER,
  bigint: () => 5n,
  emptyText: () => '',
  text: () => 'x',
  loneSurrogate: () => '\ud800',
  symbol: () => Symbol('s'),
  aFunction: () => () => undefined,
  emptyList: () => [],
  listOfUndefined: () => [undefined],
  listOfNull: () => [null],
  listOfText: () => ['x'],
  numbers: () => [1, 2],
  rows: () => [[1], [2]],
  ragged: () => [[1], [2, 3]],
  sparse: () => new Array(3),
  frozenList: () => Object.freeze([1]),
  emptyObject: () => ({}),
  noText: () => ({ toString: 1 }),
  withoutPrototype: () => Object.create(null),
  listLike: () => ({ length: 3 }),
  map: () => new Map(),
  date: () => new Date(0),
  error: () => new Error('given'),
  promise: () => Promise.resolve(1),
  float32s: () => Float32Array.of(1, 2),
  int32s: () => Int32Array.of(1, 2),
  bigints: () => BigInt64Array.of(1n),
  buffer: () => new ArrayBuffer(4),
  bytes: () => Uint8Array.of(1, 2, 3),
  textObject: () => Object('x'),
  numberObject: () => Object(1),
  throwingObject: () => throwing({}),
  throwingFunction: () => throwing(() => undefined),
  insideItself: () => cyclic({}, 'self'),
  listInsideItself: () => cyclic([], '0'),
  foreignList: () => foreign('[1, 2]'),
  foreignRows: () => foreign('[[1], [2]]'),
  foreignObject: () => foreign('{}'),
  foreignWithoutPrototype: () => foreign('Object.create(null)'),
  foreignFloat32s: () => foreign('Float32Array.of(1, 2)'),
  foreignError: () => foreign('new TypeError("given")'),
  foreignFunction: () => foreign('() => undefined'),
  foreignPromise: () => foreign('Promise.resolve(1)'),
  foreignMap: () => foreign('new Map()'),
};

/** Any values at all, the same in each run. */
export function anyValues(count: number, seed: number): readonly unknown[] {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  return fc.sample(anything, { numRuns: count, seed });
}
