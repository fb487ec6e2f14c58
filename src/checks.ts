/** The checks of options that many modules share. */
import { KeepgateError, messageOf, OptionError, show } from './errors.ts';
import { isDetached, typedArrayName } from './realms.ts';

/** The most numbers that one array holds on every engine: WebAssembly and GPUs count in 32 bits. */
export const MOST_NUMBERS: number = 2 ** 31 - 1;

/** @throws OptionError unless the value is a whole number from `least` to `most` */
export function expectWhole(
  who: string,
  name: string,
  value: number,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  throw new OptionError(`${who}: a whole number ${range} was expected as ${name}, but ${show(value)} came`);
}

/**
 * What `read` finds in a caller's values, which may be anything: a getter or a proxy may throw whatever it likes.
 * @param read looks at the values, and does nothing else: what it throws is of theirs
 * @throws OptionError for what is thrown that is no error of ours
 */
export function readable<R>(who: string, read: () => R): R {
  try {
    return read();
  } catch (error) {
    if (error instanceof KeepgateError) throw error;
    throw new OptionError(
      `${who}: plain values were expected, but one of them threw ${show(messageOf(error))} when it was looked at; pass a copy`,
    );
  }
}

/** The names of all options of a kind. */
export type OptionNames<O> = { readonly [N in keyof O]-?: true };

/**
 * A copy of options, of which a caller without types may give anything.
 * @param known each of their names, so that a misspelt one is not left aside in silence
 * @throws OptionError unless they are an object, and for one of another name
 */
export function optionsOf<O extends object>(who: string, options: O, known: OptionNames<O>): O {
  expectObject(who, options);
  const names = Object.keys(known) as (keyof O & string)[];
  const { stray, given } = readable(who, () => ({
    stray: Object.keys(options).find((name) => !Object.hasOwn(known, name)),
    given: names.flatMap((name) => (name in options ? [[name, options[name]] as const] : [])),
  }));
  // Each was looked at once: what a getter gives later is not what was checked.
  if (stray === undefined) return Object.fromEntries(given) as O;
  const all = names.length === 0 ? 'it has none' : `its options are ${names.join(', ')}`;
  const meant = nearest(stray, names);
  throw new OptionError(
    `${who}: ${show(stray)} is not an option of it; ${meant === undefined ? '' : `did you mean ${meant}? `}${all}`,
  );
}

/** @throws OptionError for what is no object of names, such as a list or a Map */
export function expectObject(who: string, value: unknown): asserts value is object {
  const isOne = readable(who, () => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const tag = typedArrayName(value) ?? Object.prototype.toString.call(value).slice(8, -1);
    return tag === 'Object' || tag === 'Module';
  });
  if (isOne) return;
  throw new OptionError(`${who}: an object of options was expected, but ${show(value)} came; pass { option: value }`);
}

/** Parts of a value that may be anything, its own or those of its class; none of what is no object. */
export function partsOf<T extends object>(
  who: string,
  value: unknown,
  ...names: readonly (keyof T & string)[]
): Partial<T> {
  const from = Object(value) as T;
  return readable(who, () => {
    const parts: Partial<T> = {};
    for (const name of names) parts[name] = from[name];
    return parts;
  });
}

/** The name that a misspelt one was meant to be, if it is that near. */
export function nearest(stray: string, names: readonly string[]): string | undefined {
  const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const ranked = names.map((name) => ({ name, distance: editDistance(plain(stray.slice(0, 40)), plain(name)) }));
  const [best] = ranked.sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, Math.floor(best.name.length / 4)) ? best.name : undefined;
}

/** Levenshtein's: insertions, deletions and exchanges of one character. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const exchanged = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(exchanged, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** @throws OptionError unless it is true or false */
export function expectBoolean(who: string, name: string, value: unknown): asserts value is boolean {
  if (typeof value === 'boolean') return;
  throw new OptionError(`${who}: true or false was expected as ${name}, but ${show(value)} came`);
}

/** @throws OptionError unless it is a string */
export function expectText(who: string, name: string, value: unknown): asserts value is string {
  if (typeof value === 'string') return;
  throw new OptionError(`${who}: a string was expected as ${name}, but ${show(value)} came`);
}

/** @throws OptionError unless it is a function */
export function expectFunction(who: string, name: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new OptionError(`${who}: a function was expected as ${name}, but ${show(value)} came`);
}

/** @throws OptionError unless it is one of these names */
export function expectOneOf<N extends string>(
  who: string,
  name: string,
  value: unknown,
  names: readonly N[],
): asserts value is N {
  if (names.includes(value as N)) return;
  throw new OptionError(`${who}: ${names.map(show).join(' or ')} was expected as ${name}, but ${show(value)} came`);
}

/** @throws OptionError unless the value is a number of at least 0, and below a limit if there is one */
export function expectNumber(who: string, name: string, value: number, below: number = Number.POSITIVE_INFINITY): void {
  if (typeof value !== 'number' || !(value >= 0 && value < below)) {
    const range = below === Number.POSITIVE_INFINITY ? 'a finite number from 0' : `a number in [0, ${below})`;
    throw new OptionError(`${who}: ${range} was expected as ${name}, but ${show(value)} came`);
  }
}

/** @throws OptionError unless the value is a finite number above 0 */
export function expectPositive(who: string, name: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY) return;
  throw new OptionError(`${who}: a number above 0 was expected as ${name}, but ${show(value)} came`);
}

/** @throws OptionError unless it is a list or a typed array of numbers */
export function expectNumbers(who: string, name: string, values: unknown): asserts values is ArrayLike<number> {
  if (!isNumberList(who, values))
    throw new OptionError(`${who}: a list of numbers was expected as ${name}, but ${show(values)} came`);
}

/** Whether it is a list of numbers, or a typed array. */
export function isNumberList(who: string, values: unknown): values is ArrayLike<number> {
  return readable(who, () => {
    const typed = typedArrayName(values);
    if (typed !== undefined) return !typed.startsWith('Big') && !isDetached(values);
    return Array.isArray(values) && Array.from(values).every((value) => typeof value === 'number');
  });
}

/** How a copy may differ from the value. */
interface CopyOptions {
  /** Lists and objects of the copy are frozen. */
  readonly frozen?: boolean;
  /** Entries of objects that are undefined are left out, as JSON does; an error when left out. */
  readonly dropUndefined?: boolean;
}

/**
 * A copy of a value by way of JSON, of which nothing is lost.
 * @throws TypeError that says what JSON does not hold, and where: a function, undefined, NaN, a Map, a cycle
 */
export function jsonCopy(value: unknown, options: CopyOptions = {}): unknown {
  return copied(value, '', [], options);
}

/**
 * @param path of the value in the whole, which has none
 * @param above the lists and objects that it stands in
 */
function copied(value: unknown, path: string, above: readonly unknown[], options: CopyOptions): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return value;
  const isList = Array.isArray(value);
  if ((!isList && !isPlain(value)) || above.includes(value)) {
    throw new TypeError(`${path || 'it'} is ${above.includes(value) ? 'inside of itself' : kindOf(value)}`);
  }
  const inside = [...above, value];
  const seal = (copy: object): object => (options.frozen ? Object.freeze(copy) : copy);
  if (isList) return seal(Array.from(value, (entry, i) => copied(entry, `${path}[${i}]`, inside, options)));
  const entries = Object.entries(value).filter(([, entry]) => !options.dropUndefined || entry !== undefined);
  return seal(
    Object.fromEntries(
      entries.map(([name, entry]) => [name, copied(entry, path ? `${path}.${name}` : name, inside, options)]),
    ),
  );
}

/** Also of another realm, whose Object is another. */
export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === null || Object.getPrototypeOf(prototype) === null;
  } catch {
    return false;
  }
}

/** In words: NaN, a function, a Date. */
function kindOf(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return show(value);
  return `a ${typeof value === 'object' ? Object(value).constructor.name : typeof value}`;
}
