/** The checks of options that many modules share. */
import { OptionError, show } from './errors.ts';

/** @throws OptionError unless the value is a whole number from `least` */
export function expectWhole(who: string, name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new OptionError(`${who}: a whole number from ${least} was expected as ${name}, but ${show(value)} came`);
  }
}

/** Options, of which a caller without types may give anything. @throws OptionError unless they are an object */
export function optionsOf<O extends object>(who: string, options: O): O {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(
      `${who}: an object of options was expected, but ${show(options)} came; pass { option: value }`,
    );
  }
  return options;
}

/**
 * @param rest the options that nobody asked for: a misspelt one must not be left aside in silence
 * @throws OptionError if there is one
 */
export function expectNoMore(who: string, rest: object): void {
  const [stray] = Object.keys(rest);
  if (stray !== undefined) throw new OptionError(`${who}: ${show(stray)} is not an option of it; check the spelling`);
}

/** @throws OptionError unless the value is a number of at least 0, and below a limit if there is one */
export function expectNumber(who: string, name: string, value: number, below: number = Number.POSITIVE_INFINITY): void {
  if (typeof value !== 'number' || !(value >= 0 && value < below)) {
    const range = below === Number.POSITIVE_INFINITY ? 'a finite number from 0' : `a number in [0, ${below})`;
    throw new OptionError(`${who}: ${range} was expected as ${name}, but ${show(value)} came`);
  }
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
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** In words: NaN, a function, a Date. */
function kindOf(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return show(value);
  return `a ${typeof value === 'object' ? Object(value).constructor.name : typeof value}`;
}
