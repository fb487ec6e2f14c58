import { expectBoolean, isPlain, jsonCopy, optionsOf } from '../checks.ts';
import { KeepgateError, messageOf, OptionError, RateError, SiteError, show } from '../errors.ts';
import { embedding } from '../layers/embedding/embedding.ts';
import { gru, lstm, rnn } from '../layers/recurrent/recurrent-layers.ts';
import { splitScheme } from '../layers/split-scheme.ts';
import { parseScheme } from '../masks/schemes/parse.ts';
import { byCodePoint } from '../text/code-point-order.ts';
import { type Choice, canonical, type Dimension, dimensionOf } from './dimension.ts';
import { expectOption, TRAINING_OPTIONS, type Value } from './training-options.ts';

/**
 * What is searched, as JSON: for each name one value, a list of choices, a range `[low, high]`, `{ log: [low, high] }` or
 * `{ choices: [...] }`. `scheme` has texts of `parseScheme`, in which names in braces stand for what other names say:
 * `variational(input={i},recurrent={r})`.
 */
export type SpaceJson = Readonly<Record<string, unknown>>;

/** What one trial has of a space: a value for each name that it uses. `scheme` still has its names in braces. */
export type Params = Readonly<Record<string, Value>>;

/** A space that was checked. */
export interface Space {
  /** In one form for all ways of writing it: equal spaces have equal JSON. */
  readonly json: SpaceJson;
  /** The scheme first, then all others by their names. */
  readonly dimensions: readonly Dimension[];
}

/** What a space may name. */
export interface SpaceOptions {
  /** Whether names can be any, as those of a module's own are; those of a training's options when left out. */
  readonly anyNames?: boolean;
}

const HOLE = /\{([^{}]*)\}/g;

/**
 * Check a space.
 * @throws OptionError for a name that is unknown or missing, an empty or inverted range, and a scheme that is none;
 *   RateError for a dropout rate beyond [0, 1); SiteError for a scheme that a cell of the space lacks a place for
 * @example
 * ```ts
 * import { spaceOf } from 'keepgate/search';
 *
 * const { dimensions } = spaceOf({ scheme: ['none', 'variational(recurrent={r})'], r: [0, 0.6], units: 32 });
 * console.log(dimensions.map(({ name }) => name)); // prints: [ 'scheme', 'r', 'units' ]
 * spaceOf({ scheme: 'variational(recurrent={r})', r: [0.6, 0] });
 * // throws: OptionError: space: r: two numbers were expected as its ends, the lower one first, but [0.6, 0] came...
 * ```
 */
export function spaceOf(given: SpaceJson, options: SpaceOptions = {}): Space {
  const { anyNames = false } = optionsOf('space', options, { anyNames: true });
  expectBoolean('space', 'anyNames', anyNames);
  const { scheme: schemes = 'none', ...named } = copyOf(given);
  const scheme = schemesOf(schemes);
  const holes = [...new Set(scheme.choices.flatMap((text) => holesOf(text as string)))];
  const names = Object.keys(named).sort(byCodePoint);
  for (const hole of holes) {
    if (Object.hasOwn(TRAINING_OPTIONS, hole) && !anyNames) {
      throw new OptionError(
        `space: another name than ${show(hole)}, an option, was expected in the braces of a scheme`,
      );
    }
    if (!names.includes(hole)) {
      throw new OptionError(
        `space: a range or choices of ${show(hole)} were expected, as a scheme has it in braces, but none came`,
      );
    }
  }
  if (!anyNames) for (const name of names) expectOption('space', name, holes);
  const kindOf = (name: string) => (anyNames || holes.includes(name) ? undefined : TRAINING_OPTIONS[name]);
  const others = names.map((name) => dimensionOf(name, named[name], kindOf(name)));
  const dimensions = [scheme, ...others];
  for (const text of scheme.choices) expectScheme(text as string, others, anyNames);
  return { json: Object.fromEntries(dimensions.map((one) => [one.name, canonical(one)])), dimensions };
}

function copyOf(given: SpaceJson): SpaceJson {
  try {
    if (isPlain(given)) return jsonCopy(given) as SpaceJson;
  } catch (error) {
    throw new OptionError(`space: values that JSON holds were expected, but ${messageOf(error)}`);
  }
  throw new OptionError(
    `space: an object of names was expected, but ${show(given)} came; pass { scheme, r: [0, 0.6] }`,
  );
}

function schemesOf(said: unknown): Choice {
  const scheme = dimensionOf('scheme', said);
  if (scheme.kind === 'choice' && scheme.choices.every((text) => typeof text === 'string')) return scheme;
  throw new OptionError(
    `space: scheme: texts such as 'variational(recurrent={r})' were expected, but ${show(said)} came`,
  );
}

/** The names in braces of a scheme, each once. @throws OptionError for braces without a name */
function holesOf(scheme: string): readonly string[] {
  const names = Array.from(scheme.matchAll(HOLE), ([, name = '']) => name);
  if (/[{}]/.test(scheme.replaceAll(HOLE, '')) || names.some((name) => !/^\w+$/.test(name) || name === 'scheme')) {
    throw new OptionError(
      `space: scheme: names in braces, such as {r}, were expected, but ${show(scheme)} came; a name has letters and digits`,
    );
  }
  return [...new Set(names)];
}

/** The names that a trial with this scheme has no use for are those of other schemes alone. */
export function isUsed({ dimensions: [schemes] }: Space, scheme: string, name: string): boolean {
  const texts = (schemes as Choice).choices as readonly string[];
  const isHole = texts.some((text) => text.includes(`{${name}}`));
  return !isHole || scheme.includes(`{${name}}`);
}

/** The text for `parseScheme`, with values in place of the names in braces. */
export function schemeText({ scheme, ...values }: Params): string {
  return `${scheme}`.replaceAll(HOLE, (_, name: string) => `${values[name]}`);
}

/**
 * The params that are picked, dimension by dimension: the scheme first, and then what it has a use for.
 * @param pick the value of a dimension
 */
export function paramsOf(space: Space, pick: (dimension: Dimension) => Value): Params {
  const [schemes, ...others] = space.dimensions;
  const scheme = pick(schemes as Dimension) as string;
  const used = others.filter(({ name }) => isUsed(space, scheme, name));
  return Object.fromEntries([['scheme', scheme], ...used.map((one) => [one.name, pick(one)] as const)]);
}

/** @throws OptionError, RateError or SiteError unless the scheme is one for each end of each range, in each cell */
function expectScheme(text: string, dimensions: readonly Dimension[], anyNames: boolean): void {
  const ends = new Map(dimensions.map((one) => [one.name, endsOf(one)]));
  const holes = holesOf(text);
  const cells = anyNames ? [] : (ends.get('cell') ?? ['lstm']);
  const first = Object.fromEntries(holes.map((name) => [name, ends.get(name)?.[0] as Value]));
  const variants = [
    first,
    ...holes.flatMap((name) => (ends.get(name) ?? []).map((end) => ({ ...first, [name]: end }))),
  ];
  for (const values of variants) {
    const filled = schemeText({ ...values, scheme: text });
    try {
      const parts = splitScheme(parseScheme(filled));
      if (!anyNames) embedding({ vocabulary: 2, units: 1, dropout: parts.embedding });
      for (const cell of cells) CELLS[cell as keyof typeof CELLS]({ units: 1, dropout: parts.cell });
    } catch (error) {
      if (!(error instanceof KeepgateError)) throw error;
      const message = `space: scheme ${show(filled)}: ${error.message}`;
      if (error instanceof RateError) throw new RateError(message);
      throw error instanceof SiteError ? new SiteError(message) : new OptionError(message);
    }
  }
}

const CELLS = { lstm, gru, rnn } as const;

function endsOf(dimension: Dimension): readonly Value[] {
  return dimension.kind === 'choice' ? dimension.choices : [dimension.low, dimension.high];
}
