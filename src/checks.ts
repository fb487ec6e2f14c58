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

/**
 * A copy of a value by way of JSON, of which nothing is lost.
 * @throws TypeError that says what JSON does not hold, and where: a function, undefined, NaN, a Map, a cycle
 */
export function jsonCopy(value: unknown): unknown {
  return copied(value, 'it', new Set());
}

function copied(value: unknown, path: string, above: ReadonlySet<unknown>): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new TypeError(`${path} is ${value}`);
  }
  if (above.has(value)) throw new TypeError(`${path} holds itself`);
  const inside = new Set(above).add(value);
  if (Array.isArray(value)) return Array.from(value, (entry, i) => copied(entry, `${path}[${i}]`, inside));
  if (typeof value === 'object' && isPlain(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, entry]) => [name, copied(entry, `${path}.${name}`, inside)]),
    );
  }
  throw new TypeError(`${path} is ${typeof value === 'object' ? Object.prototype.toString.call(value) : typeof value}`);
}

/** Also of another realm, whose Object is another. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
