import { isPlain, readable } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';
import { isNumbers } from '../../tensor/typed-arrays.ts';

/**
 * What classes weigh in the loss that is trained on: a number from 0 for each class, or for some of them, and 1 for the
 * others; or such that all classes weigh the same, N / (classes count), by how often they occur.
 */
export type ClassWeight = 'balanced' | readonly number[] | Readonly<Record<string, number>>;

/** The same for some of several outputs, by their names. */
export type ClassWeightByHead = Readonly<Record<string, ClassWeight>>;

/** What each class weighs in training, by output; null when all weigh the same. */
export type ClassWeights = Readonly<Record<string, readonly number[] | null>>;

/**
 * Weights by class number, of such by the names of the classes.
 * @throws OptionError for a name that no class has, and as {@link expectClassWeight} does
 */
export function classWeightByNumber(who: string, given: ClassWeight, classes: readonly string[]): ClassWeight {
  expectClassWeight(who, given);
  if (!isPlain(given)) return given;
  const byNumber = readable(who, () => Object.entries(given)).map(([name, weight]) => {
    const number = classes.indexOf(name);
    if (number >= 0) return [`${number}`, weight as number] as const;
    throw new OptionError(
      `${who}: weights of the classes ${show(classes)} were expected as classWeight, but one of ${show(name)} came; check the spelling`,
    );
  });
  return Object.fromEntries(byNumber);
}

/** @throws OptionError unless they are 'balanced', or numbers from 0 by class */
export function expectClassWeight(who: string, given: ClassWeight): void {
  if (given === 'balanced') return;
  const isList = readable(who, () => Array.isArray(given) || isNumbers(given));
  if (!isList && !isPlain(given)) {
    throw new OptionError(
      `${who}: 'balanced', or numbers from 0 by class, were expected as classWeight, but ${show(given)} came; check the spelling`,
    );
  }
  for (const [name, weight] of readable(who, () => Object.entries(given))) {
    if (typeof weight === 'number' && weight >= 0 && weight < Number.POSITIVE_INFINITY) continue;
    throw new OptionError(
      `${who}: a finite number from 0 was expected as the weight of class ${show(name)}, but ${show(weight)} came; pass 'balanced' or a number for each class`,
    );
  }
}
