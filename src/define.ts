import { expectFunction, expectObject, isPlain, jsonCopy, optionsOf, readable } from './checks.ts';
import { KeepgateError, ModelError, messageOf, OptionError, show } from './errors.ts';

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
  /** Checks its arguments, and gives the thing; `config` has the options without the type, of what JSON can hold. */
  make(...args: A): Omit<T, 'config'> & { readonly config: Readonly<Record<string, unknown>> };
}

/** A function that makes things of one type, such as `dense` or `adam`. */
export interface Maker<A extends readonly unknown[], T extends Configured> {
  /** Makes one, frozen. @throws OptionError, or another typed error, for arguments that it cannot be made of */
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

/** Holds the maker of what was made, which a changed copy lacks. The same in each copy of this package. */
const MADE: unique symbol = Symbol.for('keepgate.made') as never;

/**
 * The maker of a definition. It marks and freezes what it makes: see {@link expectMade}.
 * @param complete adds to what `make` gave
 * @throws OptionError for what is no definition; and so does the maker, for a config that JSON cannot hold
 */
export function define<A extends readonly unknown[], T extends Configured>(
  definition: Definition<A, T>,
  complete = (made: ReturnType<Definition<A, T>['make']>): typeof made => made,
): Maker<A, T> {
  expectDefinition(definition);
  const { type, make: makeOne, parse = (options) => [options] as readonly unknown[] as A } = definition;
  const make = (...args: A): T => {
    const made = makeOne(...args);
    expectConfig(type, made);
    const whole = complete(made);
    const thing = { ...whole, config: checkedConfig(type, whole.config) } as unknown as T;
    // Not enumerable, so that a spread does not copy it.
    return Object.freeze(Object.defineProperty(thing, MADE, { value: maker }));
  };
  const maker = Object.assign(make, {
    type,
    fromConfig(options: Readonly<Record<string, unknown>>, restore: Restore<T>): T {
      expectObject(type, options);
      expectFunction(type, 'restore', restore);
      return make(...parse(options, restore));
    },
  });
  return Object.freeze(maker);
}

/** @throws OptionError unless it has a type, and functions where they are to be */
function expectDefinition(definition: {
  readonly type: string;
  readonly make: unknown;
  readonly parse?: unknown;
}): void {
  const { type, make, parse } = optionsOf('definition', definition, { type: true, make: true, parse: true });
  if (typeof type !== 'string' || type === '') {
    throw new OptionError(`definition: a name was expected as type, but ${show(type)} came; configs have it`);
  }
  expectFunction(type, 'make of its definition', make);
  if (parse !== undefined) expectFunction(type, 'parse of its definition', parse);
}

/** @throws OptionError unless it has a plain object as its config */
function expectConfig(type: string, made: { readonly config: unknown }): void {
  if (typeof made !== 'object' || made === null || !isPlain(made.config)) {
    throw new OptionError(
      `${type}: make was expected to give an object with a config of plain options, but ${show(made)} came`,
    );
  }
}

/** A frozen copy with the type in front. @throws OptionError for what JSON cannot hold, and for another type */
function checkedConfig(type: string, { type: named = type, ...options }: Readonly<Record<string, unknown>>): Config {
  if (named !== type) {
    throw new OptionError(`${type}: an option of its config was expected to have another name than type; rename it`);
  }
  try {
    // Frozen and a copy: what the caller does with a list later must not change it.
    return jsonCopy({ type, ...options }, { frozen: true, dropUndefined: true }) as Config;
  } catch (error) {
    throw new OptionError(
      `${type}: numbers, strings, lists and plain objects were expected in its config, which JSON holds, but ${messageOf(error)}; write it in those`,
    );
  }
}

/**
 * What is saved is its config alone, so it must be all that there is to know.
 * @param what such as 'layer': it is made by `defineLayer`
 * @param builtIn the makers of this package, which a saved type is looked up in
 * @throws ModelError for what no maker made, or what was changed since, or what would come back as another thing
 */
export function expectMade(
  who: string,
  what: string,
  thing: Configured,
  builtIn: readonly AnyMaker<Configured>[] = [],
): void {
  const expected = `${who}: a ${what} that can be loaded again was expected, but ${show(Object(thing).config?.type)}`;
  const maker = makerOf(thing);
  if (!maker) {
    const definer = `define${what.charAt(0).toUpperCase()}${what.slice(1)}`;
    throw new ModelError(`${expected} was put together by hand; make it with a function that ${definer}() gives`);
  }
  if (builtIn.some((one) => one.type === thing.config.type && one !== maker)) {
    throw new ModelError(
      `${expected} is a type of this package, and came from another maker, or another copy of it; give yours another name`,
    );
  }
}

/** What made a thing; undefined for one that was put together by hand, as a changed copy is. */
function makerOf(thing: Configured): unknown {
  return Object.hasOwn(thing, MADE) ? (thing as { readonly [MADE]?: unknown })[MADE] : undefined;
}

/**
 * A file tells makers apart by the type alone.
 * @throws ModelError when two of the things have the same type from two makers
 */
export function expectOneMakerEach(who: string, what: string, things: readonly Configured[]): void {
  for (const thing of things) {
    const { type } = thing.config;
    if (things.every((other) => other.config.type !== type || makerOf(other) === makerOf(thing))) continue;
    throw new ModelError(
      `${who}: one maker of the type ${show(type)} was expected, but a ${what} each of two came, which a file could not tell apart; call define...() once, or give one another name`,
    );
  }
}

/**
 * A file holds the config alone: sees that loading makes the same of it.
 * @param restore what loading does, which is handed the thing's own maker
 * @throws ModelError when another thing comes of the config, or none
 */
export function expectComesBack<T extends Configured>(
  who: string,
  what: string,
  thing: T,
  restore: (config: Config, own: readonly AnyMaker<T>[]) => Configured,
): void {
  const config = JSON.stringify(thing.config);
  let came: string;
  try {
    came = JSON.stringify(restore(JSON.parse(config), [makerOf(thing) as AnyMaker<T>]).config);
    if (came === config) return;
  } catch (error) {
    // Of what stands inside of it, whose maker is handed in when it is loaded.
    if (error instanceof UnknownTypeError) return;
    came = messageOf(error);
  }
  throw new ModelError(
    `${who}: a config that makes its ${what} again was expected, but of ${show(thing.config)} came ${came}; give its definition a parse`,
  );
}

/** No maker has a type. */
class UnknownTypeError extends ModelError {}

/**
 * The thing that a config describes.
 * @param makers those that may have made it
 * @throws ModelError when none of them did, or two might have, or another typed error of the one that did
 */
export function restoreBy<T extends Configured>(what: string, makers: readonly AnyMaker<T>[], config: unknown): T {
  const { type, ...options } = readable(what, () => ({ ...(Object(config) as Config) }));
  const [maker, other] = new Set(makers.filter((one) => one.type === type));
  if (!maker) {
    const known = makers.map((one) => one.type).join(', ');
    throw new UnknownTypeError(
      `${what}: a type of ${known} was expected, but ${show(type)} came; hand in one of your own, or else it is from another version`,
    );
  }
  if (other) {
    throw new ModelError(
      `${what}: one maker of the type ${show(type)} was expected, but two came; it may be a type of this package: give your own another name`,
    );
  }
  try {
    return maker.fromConfig(options, (inner) => restoreBy(what, makers, inner));
  } catch (error) {
    if (error instanceof KeepgateError) throw error;
    // Its maker trusts the options: those of a file can be any.
    throw new ModelError(
      `${what}: options that ${show(type)} can be made of were expected, but ${show(options)} came, and its maker threw ${show(messageOf(error))}`,
    );
  }
}

/** A user's own makers, of which a caller without types may give anything. @throws OptionError unless they are makers */
export function makersOf<T extends Configured>(
  who: string,
  option: string,
  makers: Readonly<Record<string, AnyMaker<T>>> = {},
): readonly AnyMaker<T>[] {
  const list: readonly unknown[] = readable(who, () => (isPlain(makers) ? Object.values(makers) : [makers]));
  for (const maker of list) {
    if (
      typeof maker !== 'function' ||
      readable(who, () => typeof (maker as Partial<AnyMaker<T>>).fromConfig) !== 'function'
    ) {
      throw new OptionError(
        `${who}: functions that a define...() gave were expected as ${option}, but ${show(maker)} came; pass ${option}: { name }`,
      );
    }
  }
  return list as readonly AnyMaker<T>[];
}
