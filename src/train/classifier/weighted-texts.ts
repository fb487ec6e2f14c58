import { optionsOf } from '../../checks.ts';
import { expectLabelled, type LabelledTexts } from '../../text/labelled.ts';

/** Texts to train or to be scored on. */
export interface WeightedTexts extends LabelledTexts {
  /** What each text weighs in the mean loss, from 0, as in `Examples`; all weigh the same when left out. */
  readonly sampleWeight?: ArrayLike<number>;
}

/** @throws OptionError or DataError unless they are texts with labels, and nothing else but weights */
export function weightedTexts(who: string, data: WeightedTexts): WeightedTexts {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) expectLabelled(who, data);
  const { sampleWeight, ...labelled } = optionsOf(who, data, { texts: true, labels: true, sampleWeight: true });
  expectLabelled(who, labelled);
  return sampleWeight === undefined ? labelled : { ...labelled, sampleWeight };
}
