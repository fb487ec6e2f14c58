import { expectNumbers, isPlain, readable } from '../../checks.ts';
import { DataError, show } from '../../errors.ts';
import { entryOf, flatOf, Tensor } from '../../tensor/tensor.ts';
import { numbersOf } from '../../tensor/typed-arrays.ts';
import { type WeightedTexts, weightedTexts } from '../classifier/weighted-texts.ts';
import { type AnyExamples, examplesOf } from '../examples/examples.ts';
import { type Targets, targetsOf } from '../examples/targets.ts';

/** What can be parted: texts with labels, or examples of a model. */
export type Dataset = WeightedTexts | AnyExamples;

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
    return {
      classes: texts.labels,
      pick: picker(
        who,
        Object.entries(texts).map(([name, list]) => [[name], list] as const),
      ),
    };
  }
  const { x, y, ...others } = examplesOf(data as AnyExamples);
  const [inputs, outputs] = [columns(who, 'x', x), columns(who, 'y', y)];
  const lists = [
    ...inputs.map(([path, list]) => [path, inputsOf(who, list)] as const),
    ...outputs.map(([path, list]) => [path, targetsOf(list as Targets)] as const),
    ...Object.entries(others).flatMap(([name, list]) => columns(who, name, list)),
  ];
  // Samples with several targets are of no class.
  const targets = outputs.length === 1 ? targetsOf(y as Targets) : [];
  const classes = Array.from<unknown, string>(lists[0]?.[1] as ArrayLike<unknown>, (_, i) =>
    isClass(targets[i]) ? `${targets[i]}` : '',
  );
  // Where some are no class numbers, none are: values have no classes.
  return { classes: classes.includes('') ? classes.map(() => '') : classes, pick: picker(who, lists) };
}

/** What is told for all samples at once, or by the names of several inputs or outputs. */
function columns(who: string, name: string, value: unknown): (readonly [path: readonly string[], list: unknown])[] {
  if (!isPlain(value)) return [[[name], value]];
  return readable(who, () => Object.entries(value)).map(([of, list]) => [[name, of], list] as const);
}

function isClass(target: unknown): target is number {
  return Number.isSafeInteger(target) && (target as number) >= 0;
}

function inputsOf(who: string, x: unknown): ArrayLike<unknown> {
  if (Array.isArray(x)) return Array.from(x);
  if (x instanceof Tensor && x.shape.length > 0) {
    return Array.from({ length: x.shape[0] as number }, (_, i) =>
      x.shape.length === 1 ? flatOf(x)[i] : entryOf(x, i),
    );
  }
  throw new DataError(`${who}: a list of samples or a tensor was expected as x, but ${show(x)} came`);
}

/** @param lists by where they stand in the data. @throws DataError unless all are equally long */
function picker<D extends Dataset>(
  who: string,
  lists: readonly (readonly [path: readonly string[], list: unknown])[],
): (indices: readonly number[]) => D {
  const given = lists.flatMap(([path, list]) => {
    if (list === undefined) return [];
    const numbers: unknown = numbersOf(who, list) ?? list;
    const [name = ''] = path;
    if (name === 'lengths' || name === 'sampleWeight') expectNumbers(who, path.join('.'), numbers);
    return [{ path, list: numbers as ArrayLike<unknown> }];
  });
  const count = given[0]?.list.length as number;
  const other = given.find(({ list }) => list.length !== count);
  if (other) {
    throw new DataError(
      `${who}: as many ${other.path.join('.')} as ${given[0]?.path.join('.')} were expected, ${count}, but ${other.list.length} came`,
    );
  }
  return (indices) => {
    const picked: Record<string, unknown> = {};
    for (const { path, list } of given) {
      const part = indices.map((i) => list[i]);
      const [name = '', of] = path;
      picked[name] = of === undefined ? part : { ...(picked[name] as object | undefined), [of]: part };
    }
    return picked as unknown as D;
  };
}
