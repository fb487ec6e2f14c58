import { expectNumber, partsOf } from '../../checks.ts';
import { expectHandle, expectSize } from '../../engines/operand-checks.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import type { Batch } from '../../layers/layer.ts';
import { rowSize, type Signature } from '../../layers/signature.ts';
import type { Nested } from '../../tensor/tensor.ts';
import { chunks } from '../../text/bucketing.ts';
import type { Target } from '../examples/targets.ts';
import type { Loss, Target as UploadedTarget } from '../losses/loss.ts';
import type { Metric, MetricTotal } from '../metrics/metrics.ts';
import { readPredictions } from './read-predictions.ts';

/** A metric's total of a batch. */
interface NamedTotal extends MetricTotal {
  readonly name: string;
}

/** What an engine counts of a batch: a total for each metric that it can count. */
export function totalsOf(
  ops: Ops,
  metrics: readonly Metric[],
  output: Handle,
  target: UploadedTarget,
  loss: Loss,
): NamedTotal[] {
  return metrics.flatMap((metric) => {
    if (!metric.total) return [];
    const { name } = metric;
    const total = metric.total(ops, output, target, loss);
    const { sum, count } = partsOf<MetricTotal>(`metric ${name}`, total, 'sum', 'count');
    const what = 'the sum of its total';
    expectHandle(`metric ${name}`, what, sum);
    expectSize(`metric ${name}: ${what}`, sum, 1);
    expectNumber(`metric ${name}`, 'the count of its total', count as number);
    return [{ name, sum, count: count as number }];
  });
}

/** The mean of each metric that was counted, by name: none where nothing had a target. */
export type Counted = Readonly<Record<string, number>>;

/** @param sums what was read of the totals, in their order */
export function meansOf(totals: readonly NamedTotal[], sums: readonly number[]): Counted {
  return Object.fromEntries(
    totals.flatMap(({ name, count }, i) => (count > 0 ? [[name, (sums[i] as number) / count]] : [])),
  );
}

/** What predictions are scored by. */
export interface Scored {
  readonly output: Signature;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
}

/** The mean of each metric over a batch. Predictions are read only for those that an engine cannot count. */
export async function scoresOf(
  ops: Ops,
  { output, loss, metrics }: Scored,
  handed: Batch,
  counted: Counted,
  targets: readonly Target[],
): Promise<Record<string, number>> {
  const uncounted = metrics.filter(({ total }) => !total);
  const read =
    uncounted.length === 0
      ? {}
      : scorePredictions(output, loss, uncounted, await readPredictions(ops, output, handed, loss.link), targets);
  const scores = new Map([...Object.entries(counted), ...Object.entries(read)]);
  // In the order in which they were asked for.
  return Object.fromEntries(
    metrics.flatMap(({ name }) => (scores.has(name) ? [[name, scores.get(name) as number]] : [])),
  );
}

/** The mean of each metric over the predictions of a batch. */
function scorePredictions(
  output: Signature,
  loss: Loss,
  metrics: readonly Metric[],
  predictions: readonly Nested[],
  targets: readonly Target[],
): Record<string, number> {
  const rows = (output.over === 'time' ? predictions.flat() : predictions) as number[][];
  const wanted = targets.flatMap((target): (number | number[])[] => {
    const values = Array.from(target);
    return loss.target === 'class' ? values : chunks(values, rowSize('score', output));
  });
  if (rows.length === 0) return {};
  return Object.fromEntries(
    metrics.map(({ name, score: scoreOne }) => {
      const sum = rows.reduce(
        (total, prediction, i) => total + scoreOne(prediction, wanted[i] as number | number[]),
        0,
      );
      return [name, sum / rows.length];
    }),
  );
}
