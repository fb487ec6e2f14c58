import type { TextClassifier } from '../train/classifier/text-classifier.ts';
import { everDrops } from '../train/prediction/monte-carlo.ts';
import type { Output } from './output.ts';

/** Say it where many passes tell no more than one. */
export function warnOfSamePasses(out: Output, { model }: TextClassifier): void {
  if (!everDrops(model.layers)) out.warn('--mc: no layer of the model drops anything, so all passes are the same');
}
