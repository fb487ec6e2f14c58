import { expectNumber, optionsOf, readable } from '../checks.ts';
import { DataError, show } from '../errors.ts';
import { uniform } from '../random/draws.ts';
import { fold, type Key } from '../random/key.ts';

/**
 * Makes another text of one that is trained on, anew in each epoch: token ids [T] in, token ids out, of another length if it likes where the
 * model tells one thing of a text. All that it draws comes from the key, so that a run that goes on draws what it would have.
 */
export interface Augmentation {
  (ids: ArrayLike<number>, key: Key): ArrayLike<number>;
  /** What a run remembers it by, so that it does not go on with another. */
  readonly label?: string;
}

/** What augmentations are told. */
export interface AugmentationOptions {
  /** The probability that a token is dropped, moved or replaced, in [0, 1). */
  readonly rate: number;
}

/** What noising is told. */
export interface NoisingOptions extends AugmentationOptions {
  /** The token ids of the texts to train on, which tell what is likely: `classifier.encode(train).x`. */
  readonly texts: readonly ArrayLike<number>[];
}

/**
 * Leaves tokens out, each with this probability, but never all of a text (Wei and Zou 2019).
 * @throws OptionError unless the rate is in [0, 1)
 * @example
 * ```ts
 * import { key, tokenDeletion } from 'keepgate';
 *
 * console.log(Array.from(tokenDeletion({ rate: 0.4 })([5, 6, 7, 8, 9], key(1)))); // prints: [ 6, 7, 8 ]
 * ```
 */
export function tokenDeletion(options: AugmentationOptions): Augmentation {
  const { rate } = checked('tokenDeletion', options);
  return labelled(`tokenDeletion(rate=${rate})`, (ids, key) => {
    const draws = uniform(key, ids.length);
    const kept = Array.from(ids).filter((_, i) => (draws[i] as number) >= rate);
    if (kept.length > 0 || ids.length === 0) return kept;
    // The one that came nearest to being kept.
    return [ids[draws.indexOf(Math.max(...draws))] as number];
  });
}

/**
 * Exchanges tokens, each with this probability, for one at another place of the text, which may be its own (Wei and Zou 2019).
 * @throws OptionError unless the rate is in [0, 1)
 * @example
 * ```ts
 * import { key, tokenSwap } from 'keepgate';
 *
 * console.log(Array.from(tokenSwap({ rate: 0.4 })([5, 6, 7, 8, 9], key(1)))); // prints: [ 7, 6, 8, 5, 9 ]
 * ```
 */
export function tokenSwap(options: AugmentationOptions): Augmentation {
  const { rate } = checked('tokenSwap', options);
  return labelled(`tokenSwap(rate=${rate})`, (ids, key) => {
    const draws = uniform(key, 2 * ids.length);
    const swapped = Int32Array.from(ids);
    for (let i = 0; i < swapped.length; i++) {
      if ((draws[2 * i] as number) >= rate) continue;
      const j = Math.floor((draws[2 * i + 1] as number) * swapped.length);
      [swapped[i], swapped[j]] = [swapped[j] as number, swapped[i] as number];
    }
    return swapped;
  });
}

/**
 * Puts another token in the place of each with this probability, drawn as often as tokens occur in the texts: unigram noising (Xie et al.
 * 2017), which smooths as interpolation does.
 * @throws OptionError unless the rate is in [0, 1); DataError for texts without a token
 * @example
 * ```ts
 * import { key, unigramNoising } from 'keepgate';
 *
 * const noise = unigramNoising({ rate: 0.4, texts: [[5, 6, 5], [5, 7]] });
 * console.log(Array.from(noise([6, 6, 6, 6, 6], key(1)))); // prints: [ 5, 6, 6, 6, 6 ]
 * ```
 */
export function unigramNoising(options: NoisingOptions): Augmentation {
  const { rate, counts } = counted('unigramNoising', options);
  return noising(`unigramNoising(rate=${rate})`, new Distribution(counts.tokens), () => rate);
}

/**
 * Noising as Kneser and Ney smooth (bigram noising of Xie et al. 2017): a token is replaced the likelier, up to this probability, the more
 * different ones follow the token before it, for how often that occurs; and tokens come in the likelier, the more different ones they follow.
 * @throws OptionError unless the rate is in [0, 1); DataError for texts without a token behind another
 * @example
 * ```ts
 * import { bigramNoising, key } from 'keepgate';
 *
 * const noise = bigramNoising({ rate: 0.6, texts: [[5, 6, 5, 7], [5, 8, 9]] });
 * console.log(Array.from(noise([5, 6, 5, 6, 5], key(3)))); // prints: [ 5, 6, 7, 6, 5 ]
 * ```
 */
export function bigramNoising(options: NoisingOptions): Augmentation {
  const { rate, counts } = counted('bigramNoising', options);
  const { tokens, after, before } = counts;
  if (before.size === 0)
    throw new DataError('bigramNoising: texts of two tokens or more were expected, but none came; take unigramNoising');
  return noising(`bigramNoising(rate=${rate})`, new Distribution(before), (previous) => {
    const count = previous === undefined ? undefined : tokens.get(previous);
    return count === undefined ? 0 : (rate * (after.get(previous as number) ?? 0)) / count;
  });
}

/** Several augmentations, one after the other. */
export function inTurn(augmentations: readonly Augmentation[]): Augmentation {
  return (ids, key) => augmentations.reduce((text, one, i) => one(text, fold(key, i)), ids);
}

/** @param rateAfter the probability that a token is replaced, by the one before it in the text as it came */
function noising(
  label: string,
  distribution: Distribution,
  rateAfter: (previous: number | undefined) => number,
): Augmentation {
  return labelled(label, (ids, key) => {
    const draws = uniform(key, 2 * ids.length);
    return Int32Array.from(ids, (id, i) => {
      const isReplaced = (draws[2 * i] as number) < rateAfter(ids[i - 1]);
      return isReplaced ? distribution.at(draws[2 * i + 1] as number) : id;
    });
  });
}

/** Ids, each as likely as its count. */
class Distribution {
  readonly #ids: readonly number[];
  readonly #until: Float64Array;

  constructor(counts: ReadonlyMap<number, number>) {
    const sorted = [...counts].sort(([a], [b]) => a - b);
    let sum = 0;
    this.#ids = sorted.map(([id]) => id);
    this.#until = Float64Array.from(sorted, ([, count]) => {
      sum += count;
      return sum;
    });
  }

  /** @param draw in [0, 1) */
  at(draw: number): number {
    const target = draw * (this.#until.at(-1) as number);
    let [low, high] = [0, this.#until.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#until[middle] as number) > target) high = middle;
      else low = middle + 1;
    }
    return this.#ids[low] as number;
  }
}

/** How often tokens occur, and how many different ones follow each, and come before each. */
interface Counts {
  readonly tokens: ReadonlyMap<number, number>;
  readonly after: ReadonlyMap<number, number>;
  readonly before: ReadonlyMap<number, number>;
}

function counted(who: string, options: NoisingOptions): { readonly rate: number; readonly counts: Counts } {
  const { rate, texts } = optionsOf(who, options, { rate: true, texts: true });
  expectNumber(who, 'rate', rate, 1);
  const [tokens, after, before] = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()];
  const pairs = new Set<string>();
  const add = (counts: Map<number, number>, id: number): void => {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  };
  for (const [i, ids] of listsOf(who, texts).entries()) {
    for (let t = 0; t < ids.length; t++) {
      const [last, id] = [ids[t - 1], ids[t] as number];
      if (!Number.isInteger(id) || id < 0)
        throw new DataError(
          `${who}: token ids were expected in text ${i} (from 0), but ${show(id)} came; encode it first`,
        );
      add(tokens, id);
      if (last === undefined || pairs.has(`${last} ${id}`)) continue;
      pairs.add(`${last} ${id}`);
      add(after, last);
      add(before, id);
    }
  }
  if (tokens.size > 0) return { rate, counts: { tokens, after, before } };
  throw new DataError(
    `${who}: texts with tokens in them were expected, but none came; pass classifier.encode(train).x`,
  );
}

function listsOf(who: string, texts: unknown): readonly ArrayLike<number>[] {
  const isList = (ids: unknown): ids is ArrayLike<number> =>
    typeof ids === 'object' && typeof (ids as ArrayLike<number> | null)?.length === 'number';
  const lists = readable(who, () =>
    Array.isArray(texts) ? Array.from(texts, (ids: unknown) => (isList(ids) ? Array.from(ids) : null)) : [null],
  );
  if (lists.every((ids) => ids !== null)) return lists;
  throw new DataError(`${who}: a list of token ids for each text was expected as texts, but ${show(texts)} came`);
}

function checked(who: string, options: AugmentationOptions): AugmentationOptions {
  const told = optionsOf(who, options, { rate: true });
  expectNumber(who, 'rate', told.rate, 1);
  return told;
}

function labelled(label: string, augment: (ids: ArrayLike<number>, key: Key) => ArrayLike<number>): Augmentation {
  return Object.freeze(Object.assign(augment, { label }));
}
