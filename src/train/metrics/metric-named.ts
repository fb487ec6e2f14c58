import { nearest } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';
import { accuracy, topK } from './accuracy.ts';
import { auc } from './auc.ts';
import { type ByClassOptions, f1, precision, recall } from './by-class.ts';
import { bitsPerCharacter, perplexity } from './likelihood.ts';
import type { Metric } from './metric.ts';
import { meanAbsoluteErrorMetric, r2, rootMeanSquaredError } from './regression.ts';

const PLAIN: Readonly<Record<string, () => Metric>> = {
  accuracy,
  auc,
  perplexity,
  'bits-per-character': bitsPerCharacter,
  'root-mean-squared-error': rootMeanSquaredError,
  'mean-absolute-error': meanAbsoluteErrorMetric,
  r2,
};

const BY_CLASS: Readonly<Record<string, (options?: ByClassOptions) => Metric>> = { precision, recall, f1 };

/** What others call them, and the one whose name has a number. */
const SHORT: Readonly<Record<string, string>> = {
  rmse: 'root-mean-squared-error',
  mae: 'mean-absolute-error',
  topK: 'top-3, for k = 3',
};

/** What names there are, for people. */
export const METRIC_NAMES: string = [
  ...Object.keys(PLAIN),
  'top-K',
  ...Object.keys(BY_CLASS),
  'f1-macro, -micro or -weighted (and so on)',
  'f1:CLASS',
].join(', ');

/**
 * The metric of a name: that which its scores have.
 * @param classes names of the classes: `recall:spam` is of one of them; of a class number when left out
 * @throws OptionError when there is none
 */
export function metricNamed(who: string, name: string, classes?: readonly string[]): Metric {
  if (Object.hasOwn(PLAIN, name)) return (PLAIN[name] as () => Metric)();
  const k = /^top-([1-9]\d{0,8})$/.exec(name)?.[1];
  if (k !== undefined) return topK(Number(k));
  const [, kind = '', average, of] = /^(precision|recall|f1)(?:-(macro|micro|weighted)|:(.+))?$/s.exec(name) ?? [];
  const byClass = BY_CLASS[kind];
  if (byClass && of !== undefined) return byClass({ of: classNamed(who, name, of, classes), name });
  if (byClass) return byClass(average === undefined ? {} : { average: average as 'macro' });
  const meant = Object.hasOwn(SHORT, name)
    ? SHORT[name]
    : nearest(name, [...Object.keys(PLAIN), ...Object.keys(BY_CLASS)]);
  throw new OptionError(
    `${who}: metrics of ${METRIC_NAMES} were expected, but ${show(name)} came; ${meant === undefined ? 'check the spelling' : `did you mean ${meant}?`}`,
  );
}

function classNamed(who: string, name: string, of: string, classes: readonly string[] | undefined): number {
  const number = classes ? classes.indexOf(of) : /^\d{1,9}$/.test(of) ? Number(of) : -1;
  if (number >= 0) return number;
  throw new OptionError(
    `${who}: a class ${classes ? `of ${show(classes)}` : 'number'} was expected behind the colon of the metric ${show(name)}, but ${show(of)} came`,
  );
}
