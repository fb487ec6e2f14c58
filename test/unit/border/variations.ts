import { isPlainObject } from './values.ts';

/** Where in some arguments a value stands: the number of the argument, and the names and places inside of it. */
export type Path = readonly (string | number)[];

/** How deep options of options are changed. */
const DEPTH = 4;

/** The places whose values can be exchanged: each argument, each option, and the ends of each list. */
export function placesIn(args: readonly unknown[]): readonly Path[] {
  return args.flatMap((arg, index) => placesUnder(arg, [index]));
}

function placesUnder(value: unknown, path: Path): readonly Path[] {
  if (path.length >= DEPTH) return [path];
  if (Array.isArray(value)) {
    const ends = value.length > 1 ? [0, value.length - 1] : value.length > 0 ? [0] : [];
    return [path, ...ends.flatMap((end) => placesUnder(value[end], [...path, end]))];
  }
  if (!isPlainObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([name, entry]) => placesUnder(entry, [...path, name]))];
}

/** The objects with names of options, among which a misspelt one can stand. */
export function objectsIn(args: readonly unknown[]): readonly Path[] {
  return placesIn(args).filter((path) => isPlainObject(at(args, path)));
}

export function at(args: readonly unknown[], path: Path): unknown {
  return path.reduce((value: unknown, step) => (value as Record<string | number, unknown>)[step], args);
}

/** The same arguments with another value at a place; what is around it is copied. */
export function exchanged(args: readonly unknown[], path: Path, value: unknown): readonly unknown[] {
  return put(args, path, value) as readonly unknown[];
}

function put(around: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  const inside = put((around as Record<string | number, unknown>)[step], rest, value);
  if (Array.isArray(around)) return around.map((entry, i) => (i === step ? inside : entry));
  return { ...(around as object), [step]: inside };
}
