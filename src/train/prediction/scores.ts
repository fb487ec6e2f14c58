import { expectNumber, expectNumbers, partsOf } from '../../checks.ts';
import { expectHandle, expectSize } from '../../engines/operand-checks.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { activationOf } from '../../layers/dense/activation.ts';
import type { Batch } from '../../layers/layer.ts';
import { rowSize, type Signature } from '../../layers/signature.ts';
import { isCounted, type Target } from '../examples/targets.ts';
import type { Loss, Target as UploadedTarget } from '../losses/loss.ts';
import type { Head } from '../losses/loss-by-head.ts';
import { expectScore, type Metric, type MetricTotal, type Predictions, type Tallies } from '../metrics/metric.ts';
import { type HeadMetric, metricsFor } from '../metrics/metrics.ts';

/** A metric's total of a batch. */
interface NamedTotal extends MetricTotal {
  readonly name: string;
}

/** What an engine counts of an output of a batch: a total for each metric that it can count. @param value the loss, as [1] */
export function totalsOf(
  ops: Ops,
  metrics: readonly Metric[],
  output: Handle,
  { target, loss }: { readonly target: UploadedTarget; readonly loss: Loss },
  value: Handle,
): NamedTotal[] {
  return metrics.flatMap((metric) => {
    if (!metric.total) return [];
    const { name } = metric;
    const total = metric.total(ops, output, target, loss, value);
    const { sum, count } = partsOf<MetricTotal>(`metric ${name}`, total, 'sum', 'count');
    const what = 'the sum of its total';
    expectHandle(`metric ${name}`, what, sum);
    expectSize(`metric ${name}: ${what}`, sum, 1);
    expectNumber(`metric ${name}`, 'the count of its total', count as number);
    return [{ name, sum, count: count as number }];
  });
}

/** @param sums what was read of the totals, in their order; there are none where nothing had a target */
export function countedOf(totals: readonly NamedTotal[], sums: readonly number[]): Tallies {
  return Object.fromEntries(
    totals.flatMap(({ name, count }, i) => (count > 0 ? [[name, [count, sums[i] as number]]] : [])),
  );
}

/** What predictions are scored by. */
export interface Scored {
  readonly output: Signature;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
}

/** What each metric counts in a batch. Predictions are read, once, only for those that an engine cannot count. */
export async function talliesOf(
  ops: Ops,
  scored: Scored,
  handed: Batch,
  counted: Tallies,
  targets: readonly Target[],
): Promise<Tallies> {
  const uncounted = scored.metrics.filter(({ total }) => !total);
  if (uncounted.length === 0) return counted;
  const predictions = await readRows(ops, scored, handed, targets);
  if (predictions.rows === 0) return counted;
  return {
    ...counted,
    ...Object.fromEntries(uncounted.map((metric) => [metric.name, countRows(metric, predictions)])),
  };
}

/** The same of all outputs. @param found what came out of the pass, and what was counted of it */
export async function talliesByHead(
  ops: Ops,
  heads: readonly Head[],
  metrics: readonly HeadMetric[],
  { outputs, counted }: { readonly outputs: Readonly<Record<string, Batch>>; readonly counted: Tallies },
  targets: Readonly<Record<string, readonly Target[]>>,
): Promise<Tallies> {
  let tallies = counted;
  for (const { name, output, loss } of heads) {
    const scored = { output, loss, metrics: metricsFor(metrics, name) };
    tallies = await talliesOf(ops, scored, outputs[name] as Batch, tallies, targets[name] ?? []);
  }
  return tallies;
}

/** Predictions that have a target, sample by sample. */
async function readRows(
  ops: Ops,
  { output, loss }: Scored,
  { values, batch, validSteps }: Batch,
  targets: readonly Target[],
): Promise<Predictions> {
  const scope = ops.openScope();
  const reading = ops.read(scope.run(() => activationOf('score', loss.link).apply(ops, values)));
  const numbers = await reading.finally(() => scope.dispose());
  const units = rowSize('score', output);
  const width = loss.target === 'class' ? 1 : units;
  const found = new Float64Array(numbers.length);
  const wanted = new Float64Array((numbers.length / units) * width);
  let rows = 0;
  for (const [b, target] of targets.entries()) {
    const steps = output.over === 'time' ? (validSteps[b] as number) : 1;
    for (let t = 0; t < steps; t++) {
      if (!isCounted(loss, target, t, width)) continue;
      const from = (t * batch + b) * units;
      found.set(numbers.subarray(from, from + units), rows * units);
      for (let k = 0; k < width; k++) wanted[rows * width + k] = target[t * width + k] as number;
      rows++;
    }
  }
  return { rows, units, values: found.subarray(0, rows * units), targets: wanted.subarray(0, rows * width), loss };
}

function countRows(metric: Metric, predictions: Predictions): readonly number[] {
  if (metric.count) {
    const counts = metric.count(predictions);
    expectNumbers(`metric ${metric.name}`, 'what it counts', counts);
    return counts;
  }
  const { rows, units, values, targets, loss } = predictions;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const of = (numbers: Float64Array): number[] => Array.from(numbers.subarray(row * units, (row + 1) * units));
    const target = loss.target === 'class' ? (targets[row] as number) : of(targets);
    sum += expectScore(metric.name, 'score', metric.score?.(of(values), target));
  }
  return [rows, sum];
}
