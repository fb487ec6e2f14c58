import { expectWhole, optionsOf, readable } from '../checks.ts';
import { DataError, show } from '../errors.ts';
import { blackBox, type VerifyOptions } from './black-box/black-box.ts';
import { expectSubject } from './black-box/expect-subject.ts';
import { PROPERTY_NAMES } from './black-box/property-names.ts';
import type { Report } from './report.ts';
import type { CellSubject, Subject } from './subject.ts';
import { lawsOf, whiteBox } from './white-box/white-box.ts';

/** What can be verified: a layer from anywhere, by its outputs, or a cell written with keepgate, law by law. */
export type AnySubject = Subject | CellSubject;

/**
 * Compare what a layer, or a cell, does with what it claims. A fault of it is a failed property, never an exception.
 * @param options runs: examples for each property; when left out 20 for a layer, and for a cell what each law needs
 * @throws DataError when it is not a subject
 * @throws OptionError, RateError or SiteError when an option, a size or a claim is not what it can be
 * @example
 * ```ts
 * import { variational } from 'keepgate';
 * import { subjectOf, verify } from 'keepgate/verify';
 *
 * const subject = subjectOf({ cell: 'rnn', scheme: variational({ recurrent: 0.35 }) });
 * const { passed, observed } = await verify(subject, { seed: 1, runs: 5 });
 * console.log(passed, observed.map(({ site, scope }) => `${site} ${scope}`)); // prints: true [ 'recurrent sequence' ]
 * ```
 */
export async function verify(subject: AnySubject, options: VerifyOptions = {}): Promise<Report> {
  const checked = checkOptions('verify', optionsOf('verify', options, { seed: true, runs: true }));
  return isLayer(subject) ? blackBox(subject, checked) : whiteBox(subject, checked);
}

/** @throws OptionError unless they are numbers that they can be */
export function checkOptions(
  who: string,
  { seed = 1, runs }: { seed?: number | undefined; runs?: number | undefined },
): VerifyOptions {
  expectWhole(who, 'seed', seed, 0);
  if (runs !== undefined) expectWhole(who, 'runs', runs, 1);
  return { seed, ...(runs === undefined ? {} : { runs }) };
}

/** To ask before any work is done. @throws what `verify` throws for such a subject */
export function checkSubject(subject: AnySubject): void {
  if (isLayer(subject)) expectSubject(subject);
  else lawsOf(subject);
}

/**
 * The names of all that `verify` may report of a subject; those of a layer as far as they apply.
 * @throws what `verify` throws for a bad subject
 * @example
 * ```ts
 * import { recurrent, variational } from 'keepgate';
 * import { propertyNames, subjectOf } from 'keepgate/verify';
 *
 * const claims = variational({ recurrent: 0.35 });
 * console.log(propertyNames(subjectOf({ cell: 'gru', scheme: claims })).includes('carry-is-clean')); // prints: true
 * const { cell } = recurrent({ cell: 'gru', inputSize: 2, hiddenSize: 3 });
 * console.log(propertyNames({ name: 'a cell', cell, claims }).includes('dropped-unit-gradient')); // prints: true
 * ```
 */
export function propertyNames(subject: AnySubject): readonly string[] {
  return readable('verify', () => {
    checkSubject(subject);
    return isLayer(subject) ? PROPERTY_NAMES : lawsOf(subject).map(({ name }) => name);
  });
}

/** @throws DataError unless it is either kind of subject */
export function isLayer(subject: AnySubject): subject is Subject {
  const { name, cell, claims, forward } = Object(subject);
  const isCell = typeof cell === 'object' && cell !== null;
  if (typeof forward !== 'function' && !isCell) {
    throw new DataError(
      `verify: a subject with forward(), or with a cell of your own, was expected, but ${describe(subject)} came; see Subject and CellSubject`,
    );
  }
  if (typeof name !== 'string' || name === '') {
    throw new DataError(`verify: a subject with a name was expected, but ${show(name)} came as its name`);
  }
  if (!Array.isArray(claims)) {
    throw new DataError(
      `verify: ${name}: a list such as variational({ recurrent: 0.25 }) was expected as claims, but ${show(claims)} came`,
    );
  }
  return typeof forward === 'function';
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return show(value);
  return `an object with ${Object.keys(value).join(', ') || 'nothing in it'}`;
}
