import { ModelError, OptionError, show } from './errors.ts';

/** What made a thing, as JSON: the name of its maker, and the options with every default filled in. */
export interface Config {
  /** The name of its maker. */
  readonly type: string;
  readonly [option: string]: unknown;
}

/** A thing that knows what made it. */
export interface Configured {
  /** What it can be made of again. */
  readonly config: Config;
}

/** Makes a thing from the config of one that was saved. */
export type Restore<T> = (config: unknown) => T;

/** How things of one type are made: by a call, or from a config. */
export interface Definition<A extends readonly unknown[], T extends Configured> {
  /** The name in configs. */
  readonly type: string;
  /**
   * The arguments that a saved config stands for; its options as one object when left out.
   * @param restore makes things that stand inside of this one
   */
  parse?(options: Readonly<Record<string, unknown>>, restore: Restore<T>): A;
  /** Checks its arguments, and gives the thing; `config` has the options without the type. */
  make(...args: A): Omit<T, 'config'> & { readonly config: Readonly<Record<string, unknown>> };
}

/** A function that makes things of one type, such as `dense` or `adam`. */
export interface Maker<A extends readonly unknown[], T extends Configured> {
  /** Makes one. @throws OptionError, or another typed error, for arguments that it cannot be made of */
  (...args: A): T;
  /** The name in configs. */
  readonly type: string;
  /**
   * The thing of a config, whose options come without the type.
   * @param restore makes things that stand inside of this one
   */
  fromConfig(options: Readonly<Record<string, unknown>>, restore: Restore<T>): T;
}

/** Any maker of such things. */
// biome-ignore lint/suspicious/noExplicitAny: arguments of all kinds, which `fromConfig` alone gives
export type AnyMaker<T extends Configured> = Maker<any, T>;

/** Tells what was made by a maker from a copy of it that was changed. The same in each copy of this package. */
const MADE: unique symbol = Symbol.for('keepgate.made') as never;

/** The maker of a definition. It marks what it makes: see {@link expectMade}. */
export function define<A extends readonly unknown[], T extends Configured>(definition: Definition<A, T>): Maker<A, T> {
  const { type, parse = (options) => [options] as readonly unknown[] as A } = definition;
  const make = (...args: A): T => {
    const made = definition.make(...args);
    const thing = { ...made, config: { type, ...made.config } } as unknown as T;
    // Not enumerable, so that a spread does not copy it.
    return Object.defineProperty(thing, MADE, { value: true });
  };
  return Object.assign(make, {
    type,
    fromConfig: (options: Readonly<Record<string, unknown>>, restore: Restore<T>) => make(...parse(options, restore)),
  });
}

/**
 * What is saved is its config alone, so it must be all that there is to know.
 * @param what such as 'layer': it is made by `defineLayer`
 * @throws ModelError for what no maker made, or what was changed since
 */
export function expectMade(who: string, what: string, thing: Configured): void {
  if ((thing as { readonly [MADE]?: true })[MADE]) return;
  const definer = `define${what.charAt(0).toUpperCase()}${what.slice(1)}`;
  throw new ModelError(
    `${who}: a ${what} that can be loaded again was expected, but ${show(thing.config?.type)} was put together by hand; make it with a function that ${definer}() gives`,
  );
}

/**
 * The thing that a config describes.
 * @param makers those that may have made it; of two with the same type the first counts
 * @throws ModelError when none of them did, or another typed error of the one that did
 */
export function restoreBy<T extends Configured>(what: string, makers: readonly AnyMaker<T>[], config: unknown): T {
  const { type, ...options } = Object(config) as Config;
  const maker = makers.find((one) => one.type === type);
  if (!maker) {
    const known = makers.map((one) => one.type).join(', ');
    throw new ModelError(
      `${what}: a type of ${known} was expected, but ${show(type)} came; hand in one of your own, or else it is from another version`,
    );
  }
  return maker.fromConfig(options, (inner) => restoreBy(what, makers, inner));
}

/** A user's own makers, of which a caller without types may give anything. @throws OptionError unless they are makers */
export function makersOf<T extends Configured>(
  who: string,
  option: string,
  makers: Readonly<Record<string, AnyMaker<T>>> = {},
): readonly AnyMaker<T>[] {
  const list: readonly unknown[] = typeof makers === 'object' && makers !== null ? Object.values(makers) : [makers];
  for (const maker of list) {
    if (typeof maker !== 'function' || !('fromConfig' in maker)) {
      throw new OptionError(
        `${who}: functions that a define...() gave were expected as ${option}, but ${show(maker)} came; pass ${option}: { name }`,
      );
    }
  }
  return list as readonly AnyMaker<T>[];
}
