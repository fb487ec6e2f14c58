import { expectObject, isPlain, readable } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';
import { isNumbers } from '../../tensor/typed-arrays.ts';

/**
 * What classes weigh in the loss that is trained on: a number from 0 for each class, or for some of them, and 1 for the
 * others; or such that all classes weigh the same, N / (classes count), by how often they occur.
 */
export type ClassWeight = 'balanced' | readonly number[] | Readonly<Record<string, number>>;

/** @throws OptionError unless they are 'balanced', or numbers from 0 by class */
export function expectClassWeight(who: string, given: ClassWeight): void {
  if (given === 'balanced') return;
  const isList = readable(who, () => Array.isArray(given) || isNumbers(given));
  if (!isList && !isPlain(given)) expectObject(`${who}: classWeight`, given);
  for (const [name, weight] of readable(who, () => Object.entries(given))) {
    if (typeof weight === 'number' && weight >= 0 && weight < Number.POSITIVE_INFINITY) continue;
    throw new OptionError(
      `${who}: a finite number from 0 was expected as the weight of class ${show(name)}, but ${show(weight)} came; pass 'balanced' or a number for each class`,
    );
  }
}
