import { optionsOf } from '../checks.ts';
import { DataError, OptionError, show } from '../errors.ts';
import { permutation } from '../random/draws.ts';
import { fold, type Key } from '../random/key.ts';
import { byCodePoint } from './code-point-order.ts';

/** Texts and, at the same index, the label of each; no labels at all when the texts are not labelled. */
export interface LabelledTexts {
  readonly texts: readonly string[];
  readonly labels: readonly string[];
}

/** All the texts and labels of parts that come one after the other. */
export async function collected(parts: AsyncIterable<LabelledTexts>): Promise<LabelledTexts> {
  const texts: string[] = [];
  const labels: string[] = [];
  for await (const part of parts) {
    for (const text of part.texts) texts.push(text);
    for (const label of part.labels) labels.push(label);
  }
  return { texts, labels };
}

/**
 * The distinct labels in code-point order.
 * @throws OptionError or DataError for what is no lists of strings, as long as each other
 * @example
 * ```ts
 * import { classesOf } from 'keepgate';
 *
 * console.log(classesOf({ texts: ['So good', 'Dull', 'Fine'], labels: ['good', 'bad', 'good'] }));
 * // prints: [ 'bad', 'good' ]
 * ```
 */
export function classesOf(data: LabelledTexts): string[] {
  expectLabelled('classesOf', data, 'maybe');
  return [...new Set(data.labels)].sort(byCodePoint);
}

/**
 * The data with the first of each text alone. A text that occurs again is dropped, whatever its label.
 * @throws OptionError or DataError for what is no lists of strings, as long as each other
 * @example
 * ```ts
 * import { deduplicate } from 'keepgate';
 *
 * const data = { texts: ['Dull', 'Fine', 'Dull'], labels: ['bad', 'good', 'good'] };
 * console.log(deduplicate(data)); // prints: { texts: [ 'Dull', 'Fine' ], labels: [ 'bad', 'good' ] }
 * ```
 */
export function deduplicate(data: LabelledTexts): LabelledTexts {
  expectLabelled('deduplicate', data, 'maybe');
  const firstAt = new Map<string, number>();
  for (const [i, text] of data.texts.entries()) if (!firstAt.has(text)) firstAt.set(text, i);
  const firsts = new Set(firstAt.values());
  return select(data, (i) => firsts.has(i));
}

/**
 * Split data at random, so that both parts have each class in the same share, to within one example. The examples
 * keep their order, and each class has at least one of them in `train`.
 * @param fraction the share of `test`, between 0 and 1
 * @throws OptionError when the fraction is not between 0 and 1
 * @throws DataError when a text has no label, or nothing would be left for `test`
 * @example
 * ```ts
 * import { key, split } from 'keepgate';
 *
 * const data = { texts: ['a', 'b', 'c', 'd', 'e', 'f'], labels: ['x', 'x', 'x', 'x', 'y', 'y'] };
 * const { train, test } = split(data, 0.5, key(1));
 * console.log(train.labels, test.labels); // prints: [ 'x', 'x', 'y' ] [ 'x', 'x', 'y' ]
 * ```
 */
export function split(data: LabelledTexts, fraction: number, key: Key): { train: LabelledTexts; test: LabelledTexts } {
  expectLabelled('split', data);
  const isTest = testPart(data.labels, fraction, key);
  return { train: select(data, (i) => isTest[i] === 0), test: select(data, (i) => isTest[i] === 1) };
}

/**
 * Which examples are for the test part, by their labels alone: a 1 for each that is.
 * @throws OptionError and DataError as {@link split} does
 */
export function testPart(labels: readonly string[], fraction: number, key: Key): Uint8Array {
  if (!(typeof fraction === 'number' && fraction > 0 && fraction < 1)) {
    throw new OptionError(`split: a number between 0 and 1 was expected as the fraction, but ${show(fraction)} came`);
  }
  const isTest = new Uint8Array(labels.length);
  const members = membersOf(labels);
  let before = 0;
  for (const [label, ofClass] of members) {
    const after = before + ofClass.length;
    // The running total is rounded, not each class: many small classes would all round down to nothing.
    const share = Math.round(after * fraction) - Math.round(before * fraction);
    const order = permutation(fold(key, label), ofClass.length);
    for (const i of order.slice(0, Math.min(share, ofClass.length - 1))) isTest[ofClass[i] as number] = 1;
    before = after;
  }
  if (!isTest.includes(1)) {
    const found =
      members.size === labels.length
        ? `each of ${labels.length} labels occurs once, and one example of each is for training; check that these are the labels, and not another column`
        : `a fraction of ${fraction} of ${labels.length} examples leaves none; give more data or a larger fraction`;
    throw new DataError(`split: an example for the test part was expected, but ${found}`);
  }
  return isTest;
}

/** The indices of the examples of each class. */
function membersOf(labels: readonly string[]): Map<string, number[]> {
  const members = new Map([...new Set(labels)].sort(byCodePoint).map((label): [string, number[]] => [label, []]));
  for (const [i, label] of labels.entries()) members.get(label)?.push(i);
  return members;
}

function select({ texts, labels }: LabelledTexts, keep: (index: number) => boolean): LabelledTexts {
  return { texts: texts.filter((_, i) => keep(i)), labels: labels.filter((_, i) => keep(i)) };
}

/**
 * @param labelled 'all' when each text is to have a label, 'maybe' when there may be none at all
 * @throws DataError unless both are lists of strings, with a label for each text
 * @throws OptionError for anything else beside them
 */
export function expectLabelled(who: string, data: LabelledTexts, labelled: 'all' | 'maybe' = 'all'): void {
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new DataError(`${who}: { texts, labels } with two lists of strings was expected, but ${show(data)} came`);
  const { texts, labels } = optionsOf(who, data, { texts: true, labels: true });
  expectStrings(who, 'texts', texts);
  expectStrings(who, 'labels', labels);
  if (labels.length === texts.length || (labelled === 'maybe' && labels.length === 0)) return;
  throw new DataError(
    `${who}: a label for each of ${texts.length} texts was expected, but ${labels.length} labels came; read the data with its labels`,
  );
}

/** @throws DataError unless it is a list of strings */
export function expectStrings(who: string, name: string, list: unknown): asserts list is readonly string[] {
  if (!Array.isArray(list)) {
    const advice = typeof list === 'string' ? `; pass [${name.replace(/s$/, '')}]` : '';
    throw new DataError(`${who}: a list of strings was expected as ${name}, but ${show(list)} came${advice}`);
  }
  // By index: a list may have holes.
  for (let i = 0; i < list.length; i++) {
    if (typeof list[i] === 'string') continue;
    const isPlain = typeof list[i] === 'number' || typeof list[i] === 'boolean';
    const advice = isPlain ? `pass ${name}.map(String)` : 'leave it out, or give it a string';
    throw new DataError(`${who}: strings were expected as ${name}, but ${show(list[i])} came at index ${i}; ${advice}`);
  }
}
