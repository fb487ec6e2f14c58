import { expectWhole, optionsOf, readable } from '../../checks.ts';
import { DataError, show } from '../../errors.ts';
import { permutation } from '../../random/draws.ts';
import { fold, type Key, wordsOf } from '../../random/key.ts';
import { type Numbers, numbersOf } from '../../tensor/typed-arrays.ts';
import { byCodePoint } from '../../text/code-point-order.ts';
import { type Dataset, entriesOf } from './dataset.ts';

/** All folds are made at once: more have no room. */
const MOST_REPEATS = 10_000;

/** How data is parted in folds. */
export interface FoldOptions {
  /** How many parts, from 2: each is tested on once, after training on the others. */
  readonly folds: number;
  /** How often the data is parted anew; once when left out. */
  readonly repeats?: number;
  /** Decides which entries are together. */
  readonly key: Key;
}

/** One fold: what is tested on, and all the rest. */
export interface Fold<P> {
  readonly train: P;
  readonly test: P;
}

/**
 * The folds of a k-fold cross-validation, those of each repeat one after the other: every entry is in one test part of a
 * repeat, and each part has every class in the same share, to within one entry. Scikit-learn's RepeatedStratifiedKFold, by a key.
 * @param data texts with labels, or examples, which are parted as such; or the labels alone, of which indices are given. Targets that
 *   are no class numbers have no classes: they are parted as they are drawn
 * @throws DataError for a class that occurs once, which training would lack where it is tested on, and for fewer entries than folds
 * @throws OptionError for an option that is not what it can be
 * @example
 * ```ts
 * import { key, stratifiedKFold } from 'keepgate';
 *
 * const labels = ['ham', 'spam', 'ham', 'ham', 'spam', 'ham'];
 * for (const { train, test } of stratifiedKFold(labels, { folds: 2, key: key(1) })) console.log(train, test);
 * // prints: [ 1, 3, 5 ] [ 0, 2, 4 ]
 * // prints: [ 0, 2, 4 ] [ 1, 3, 5 ]
 * ```
 */
export function stratifiedKFold(
  data: readonly (string | number)[] | Numbers,
  options: FoldOptions,
): readonly Fold<readonly number[]>[];
export function stratifiedKFold<D extends Dataset>(data: D, options: FoldOptions): readonly Fold<D>[];
export function stratifiedKFold(
  data: readonly (string | number)[] | Numbers | Dataset,
  options: FoldOptions,
): readonly Fold<unknown>[] {
  const who = 'stratifiedKFold';
  const labels = labelsIn(who, data);
  if (labels) return foldsOf(who, labels, options);
  const { classes, pick } = entriesOf(who, data as Dataset);
  return foldsOf(who, classes, options).map(({ train, test }) => ({ train: pick(train), test: pick(test) }));
}

/** @param classes of each entry, by name */
export function foldsOf(
  who: string,
  classes: readonly string[],
  options: FoldOptions,
): readonly Fold<readonly number[]>[] {
  const { folds, repeats = 1, key } = optionsOf(who, options, { folds: true, repeats: true, key: true });
  expectWhole(who, 'folds', folds, 2);
  expectWhole(who, 'repeats', repeats, 1, MOST_REPEATS);
  wordsOf(who, key);
  if (classes.length < folds) {
    throw new DataError(
      `${who}: at least ${folds} entries were expected, one a fold, but ${classes.length} came; take fewer folds`,
    );
  }
  const members = new Map<string, number[]>();
  for (const [i, name] of classes.entries()) {
    const known = members.get(name);
    if (known) known.push(i);
    else members.set(name, [i]);
  }
  const single = [...members].find(([, own]) => own.length === 1);
  if (single) {
    throw new DataError(
      `${who}: each class twice or more was expected, but ${show(single[0])} came once, so that one fold would train without it; leave it out`,
    );
  }
  const ordered = [...members].sort(([a], [b]) => byCodePoint(a, b)).map(([, own]) => own);
  return Array.from({ length: repeats }, (_, repeat) => {
    const foldOf = assigned(ordered, classes.length, folds, fold(key, repeat));
    return Array.from({ length: folds }, (_, number) => {
      const part = (isTest: boolean): number[] =>
        Array.from(foldOf.keys()).filter((i) => (foldOf[i] === number) === isTest);
      return { train: part(false), test: part(true) };
    });
  }).flat();
}

/** The fold of each entry: those of a class are dealt out in a random order, and the next class where the last one ended. */
function assigned(members: readonly (readonly number[])[], count: number, folds: number, key: Key): Uint32Array {
  const foldOf = new Uint32Array(count);
  let dealt = 0;
  for (const [number, own] of members.entries()) {
    for (const i of permutation(fold(key, number), own.length)) foldOf[own[i] as number] = dealt++ % folds;
  }
  return foldOf;
}

/** Labels, where they are all that came. @throws DataError for a list of anything else */
function labelsIn(who: string, data: unknown): readonly string[] | undefined {
  return readable(who, () => {
    const numbers = numbersOf(who, data);
    if (!numbers && !Array.isArray(data)) return undefined;
    return Array.from(numbers ?? (data as unknown[]), (label: unknown, i) => {
      if (typeof label === 'string' || (typeof label === 'number' && Number.isFinite(label))) return `${label}`;
      throw new DataError(
        `${who}: strings or finite numbers were expected as labels, but ${show(label)} came at index ${i}`,
      );
    });
  });
}
