import { partsOf, readable } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';
import type { Loss } from '../losses/loss.ts';
import { accuracy } from './accuracy.ts';
import type { Metric } from './metric.ts';
import { metricNamed } from './metric-named.ts';

/** What is scored where nobody says what: accuracy, where a prediction can be right or wrong. */
export function defaultMetrics({ link }: Loss): readonly Metric[] {
  return link === 'linear' ? [] : [accuracy()];
}

const PARTS = ['score', 'total', 'count', 'merge', 'value'] as const;

/** For names whose classes are not known yet. @throws OptionError for one that no metric has, or that comes twice */
export function expectMetricNames(who: string, names: readonly string[]): void {
  metricsOf(
    who,
    names.filter((name) => !name.includes(':')),
  );
}

/**
 * Metrics, of which some may be named.
 * @param classes names of the classes, for metrics of one of them
 * @throws OptionError unless they are metrics or names of some, whose names tell them apart from each other and from the loss
 */
export function metricsOf(
  who: string,
  metrics: readonly (Metric | string)[],
  classes?: readonly string[],
): readonly Metric[] {
  if (!readable(who, () => Array.isArray(metrics))) {
    throw new OptionError(
      `${who}: a list of metrics was expected, but ${show(metrics)} came; pass metrics: [accuracy()]`,
    );
  }
  const names = new Set(['loss']);
  return readable(who, () => Array.from(metrics)).map((given) => {
    const metric = typeof given === 'string' ? metricNamed(who, given, classes) : given;
    const { name, ...parts } = partsOf<Metric>(who, metric, 'name', ...PARTS);
    const fits = PARTS.every((part) => parts[part] === undefined || typeof parts[part] === 'function');
    const counts = parts.score ?? parts.total ?? parts.count;
    if (typeof name !== 'string' || !fits || counts === undefined) {
      throw new OptionError(
        `${who}: a metric { name, score } was expected, but ${show(metric)} came; pass metrics: [accuracy()]`,
      );
    }
    if (names.has(name)) {
      throw new OptionError(`${who}: distinct names of metrics were expected, but ${show(name)} is taken; rename one`);
    }
    names.add(name);
    return metric;
  });
}
