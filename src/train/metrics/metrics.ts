import { partsOf, readable } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';
import type { Loss } from '../losses/loss.ts';
import { byHead } from '../losses/loss-by-head.ts';
import { accuracy } from './accuracy.ts';
import type { Metric } from './metric.ts';
import { metricNamed } from './metric-named.ts';

/** A metric of one of several outputs, by which its name begins; of the only one without `head`. */
export interface HeadMetric extends Metric {
  readonly head?: string;
}

/** What `fit` and `evaluate` take as metrics: for the only output, for all outputs, or by output. */
export type MetricsLike = readonly (Metric | string)[] | Readonly<Record<string, readonly (Metric | string)[]>>;

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

/**
 * The metrics of all outputs that a loss is for.
 * @param given `defaultMetrics` where it is left out
 * @throws OptionError as {@link metricsOf}, and for an output that there is not
 */
export function headMetrics(who: string, loss: Loss, given: MetricsLike | undefined): readonly HeadMetric[] {
  if (!loss.heads) return given === undefined ? defaultMetrics(loss) : metricsOf(who, given as readonly Metric[]);
  const ofAll = readable(who, () => Array.isArray(given));
  const told = given === undefined || ofAll ? {} : byHead<readonly Metric[]>(`${who}: metrics`, loss, given);
  return Object.entries(loss.heads).flatMap(([head, { loss: own }]) => {
    const metrics = ofAll ? (given as readonly Metric[]) : told[head];
    const found = metrics === undefined ? defaultMetrics(own) : metricsOf(who, metrics);
    return found.map((metric) => ofHead(head, metric));
  });
}

/** The same metric under the name of an output. */
function ofHead(head: string, metric: Metric): HeadMetric {
  const parts = PARTS.flatMap((part) => (metric[part] ? [[part, metric[part].bind(metric)] as const] : []));
  return { name: `${head}.${metric.name}`, head, ...Object.fromEntries(parts) };
}

/** Those of them that an output is scored by. */
export function metricsFor(metrics: readonly HeadMetric[], output: string): readonly HeadMetric[] {
  return metrics.filter(({ head = output }) => head === output);
}
