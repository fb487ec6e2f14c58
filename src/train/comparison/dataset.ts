import { expectNumbers, readable } from '../../checks.ts';
import { DataError, show } from '../../errors.ts';
import { entryOf, flatOf, Tensor } from '../../tensor/tensor.ts';
import { numbersOf } from '../../tensor/typed-arrays.ts';
import { type WeightedTexts, weightedTexts } from '../classifier/weighted-texts.ts';
import { type Examples, examplesOf } from '../examples/examples.ts';
import { targetsOf } from '../examples/targets.ts';

/** What can be parted: texts with labels, or examples of a model. */
export type Dataset = WeightedTexts | Examples;

/** Entries that parts are made of. */
export interface Entries<D extends Dataset> {
  /** The class of each, as a name; all are of one where targets are no class numbers. */
  readonly classes: readonly string[];
  /** The data of these entries alone, in this order. */
  pick(indices: readonly number[]): D;
}

/** @throws DataError or OptionError for what are no data, or lists that are not equally long */
export function entriesOf<D extends Dataset>(who: string, data: D): Entries<D> {
  const isTexts = readable(who, () => typeof data === 'object' && data !== null && 'texts' in data);
  if (isTexts) {
    const texts = weightedTexts(who, data as WeightedTexts);
    return { classes: texts.labels, pick: picker(who, { ...texts }) };
  }
  const { x, y, lengths, sampleWeight } = examplesOf(data as Examples);
  const targets = targetsOf(y);
  const classes = Array.from<unknown, string>(targets, (target) => (isClass(target) ? `${target}` : ''));
  const lists = { x: inputsOf(who, x), y: targets, lengths, sampleWeight };
  // Where some are no class numbers, none are: values have no classes.
  return { classes: classes.includes('') ? classes.map(() => '') : classes, pick: picker(who, lists) };
}

function isClass(target: unknown): target is number {
  return Number.isSafeInteger(target) && (target as number) >= 0;
}

function inputsOf(who: string, x: Examples['x']): ArrayLike<unknown> {
  if (Array.isArray(x)) return Array.from(x);
  if (x instanceof Tensor && x.shape.length > 0) {
    return Array.from({ length: x.shape[0] as number }, (_, i) =>
      x.shape.length === 1 ? flatOf(x)[i] : entryOf(x, i),
    );
  }
  throw new DataError(`${who}: a list of samples or a tensor was expected as x, but ${show(x)} came`);
}

/** @throws DataError unless all lists are equally long */
function picker<D extends Dataset>(
  who: string,
  lists: Readonly<Record<string, unknown>>,
): (indices: readonly number[]) => D {
  const given = Object.entries(lists).flatMap(([name, list]) => {
    if (list === undefined) return [];
    const numbers: unknown = numbersOf(who, list) ?? list;
    if (name === 'lengths' || name === 'sampleWeight') expectNumbers(who, name, numbers);
    return [[name, numbers as ArrayLike<unknown>] as const];
  });
  const count = given[0]?.[1].length as number;
  const other = given.find(([, list]) => list.length !== count);
  if (other) {
    throw new DataError(
      `${who}: as many ${other[0]} as ${given[0]?.[0]} were expected, ${count}, but ${other[1].length} came`,
    );
  }
  return (indices) =>
    Object.fromEntries(given.map(([name, list]) => [name, indices.map((i) => list[i])])) as unknown as D;
}
