import { OptionError, show } from '../errors.ts';
import type { Epoch } from './history.ts';

/** @throws OptionError unless it is of the form of a score's name, such as 'validation.loss' */
export function expectMonitor(who: string, monitor: unknown): asserts monitor is string {
  if (typeof monitor === 'string' && /^(training|validation)\../.test(monitor)) return;
  throw new OptionError(
    `${who}: a score such as "validation.loss" or "training.accuracy" was expected as monitor, but ${show(monitor)} came`,
  );
}

/**
 * @param names those of the loss and the metrics
 * @throws OptionError for a monitor that no epoch of a run will have
 */
export function expectMonitored(who: string, monitor: string, names: readonly string[], validates: boolean): void {
  expectMonitor(who, monitor);
  const [part, name] = partsOfMonitor(monitor);
  if (part === 'validation' && !validates) {
    throw new OptionError(
      `${who}: validation data was expected, as ${show(monitor)} is monitored, but none came; pass validation, or monitor "training.${name}"`,
    );
  }
  if (names.includes(name)) return;
  throw new OptionError(
    `${who}: a monitor of ${names.map((one) => `${part}.${one}`).join(', ')} was expected, but ${show(monitor)} came; pass such a metric, or monitor another`,
  );
}

/** The score of an epoch. @throws OptionError where it has none of this name */
export function monitored(who: string, monitor: string, epoch: Epoch): number {
  const [part, name] = partsOfMonitor(monitor);
  const score: unknown = Object(Object(epoch)[part])[name];
  if (typeof score === 'number') return score;
  throw new OptionError(
    `${who}: a score ${show(monitor)} was expected of each epoch, but ${show(score)} came; monitor another`,
  );
}

function partsOfMonitor(monitor: string): ['training' | 'validation', string] {
  const dot = monitor.indexOf('.');
  return [monitor.slice(0, dot) as 'training' | 'validation', monitor.slice(dot + 1)];
}

/** The scores of this package, without the class that some are of: `recall:spam`. */
const SMALLER = /^(loss|perplexity|bits-per-character|root-mean-squared-error|mean-absolute-error)$/;
const LARGER = /^(accuracy|auc|r2|top-\d+|(precision|recall|f1)(-(macro|micro|weighted))?)$/;

/**
 * Whether a smaller or a larger score of this name is better.
 * @throws OptionError for a metric of a user's own, whose name does not tell
 */
export function modeOf(who: string, monitor: string): 'min' | 'max' {
  const [, name] = partsOfMonitor(monitor);
  // Without the output that it is of: `tags.accuracy`.
  const kind = name.replace(/:.*$/s, '').replace(/^[^.]*\./, '');
  if (SMALLER.test(kind)) return 'min';
  if (LARGER.test(kind)) return 'max';
  throw new OptionError(
    `${who}: "min" or "max" was expected as mode, since the name ${show(monitor)} does not tell whether smaller or larger is better, but none came; pass mode`,
  );
}

/** What may look at a score: a schedule, an averaging. */
interface Monitoring {
  readonly config: { readonly type: string };
  readonly monitor?: string;
}

/** @throws OptionError where one of them monitors what no epoch will have */
export function expectScoresOf(
  given: readonly (Monitoring | number | undefined)[],
  names: readonly string[],
  validates: boolean,
): void {
  for (const one of given) {
    if (typeof one !== 'object' || one.monitor === undefined) continue;
    expectMonitored(`fit: ${one.config.type}`, one.monitor, names, validates);
  }
}
