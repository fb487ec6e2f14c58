import type { Ops } from '../../engines/ops.ts';
import { activationOf } from '../../layers/dense/activation.ts';
import type { Batch } from '../../layers/layer.ts';
import { rowSize, type Signature } from '../../layers/signature.ts';
import type { Nested } from '../../tensor/tensor.ts';
import { chunks, inOrder } from '../../text/bucketing.ts';
import { uploadBatch, uploadTargets } from '../examples/batch.ts';
import { type CheckedExamples, pick } from '../examples/examples.ts';
import type { Sample } from '../examples/samples.ts';
import type { Target } from '../examples/targets.ts';
import type { GiveWay } from '../../engines/give-way.ts';
import { Averages, type Scores } from '../history.ts';
import type { Loss } from '../losses/loss.ts';
import type { Metric } from '../metrics/metrics.ts';
import type { Network } from '../model/network.ts';
import { expecting, runLayers } from '../pass.ts';

/** Samples in a batch of evaluation: enough for the products, and little memory. The results do not depend on it. */
const EVALUATION_BATCH = 64;

/** One prediction a sample: a list of numbers, or over time a list of them. */
export async function readPredictions(
  ops: Ops,
  output: Signature,
  { values, batch, validSteps }: Batch,
  link: Loss['link'],
): Promise<Nested[]> {
  const scope = ops.openScope();
  const reading = ops.read(scope.run(() => activationOf('predict', link).apply(ops, values)));
  const numbers = await reading.finally(() => scope.dispose());
  const size = rowSize('predict', output);
  const row = (index: number): number[] => [...numbers.subarray(index * size, (index + 1) * size)];
  return Array.from(validSteps, (steps, b) =>
    output.over === 'batch' ? row(b) : Array.from({ length: steps }, (_, t) => row(t * batch + b)),
  );
}

/** Predict samples in their order. Neither the batch size nor the company in a batch changes a bit of the result. */
export async function predictAll(
  { ops, layers, weights, progress, input, output }: Network,
  x: readonly Sample[],
  link: Loss['link'],
  giveWay: GiveWay,
): Promise<Nested[]> {
  const found: Nested[] = [];
  for (const picked of inOrder(x.length, EVALUATION_BATCH)) {
    const scope = ops.openScope();
    try {
      const samples = picked.map((i) => x[i] as Sample);
      const batch = scope.run(() => uploadBatch(ops, input, samples));
      const { y } = scope.run(() => runLayers(ops, layers, weights, batch, expecting, { progress }));
      found.push(...(await readPredictions(ops, output, y, link)));
    } finally {
      scope.dispose();
    }
    await giveWay.turn();
  }
  return found;
}

/** The loss and the metrics over all examples, in evaluation. */
export async function score(
  { ops, layers, weights, progress, input, output }: Network,
  { x, y }: CheckedExamples,
  loss: Loss,
  metrics: readonly Metric[],
  giveWay: GiveWay,
): Promise<Scores> {
  const averages = new Averages();
  for (const picked of inOrder(x.length, EVALUATION_BATCH)) {
    const scope = ops.openScope();
    try {
      const samples = pick({ x, y }, picked);
      const { target, handed, found } = scope.run(() => {
        const batch = uploadBatch(ops, input, samples.x);
        const run = runLayers(ops, layers, weights, batch, expecting, { progress });
        const targets = uploadTargets(ops, loss, output, samples.y, run.y);
        return { target: targets, handed: run.y, found: loss.evaluate(ops, run.y.values, targets) };
      });
      const [value = Number.NaN] = await ops.read(found.loss);
      const predictions = await readPredictions(ops, output, handed, loss.link);
      averages.add({ loss: value, ...scorePredictions(output, loss, metrics, predictions, samples.y) }, target.rows);
    } finally {
      scope.dispose();
    }
    await giveWay.turn();
  }
  return averages.scores;
}

/** The mean of each metric over the predictions of a batch. */
export function scorePredictions(
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
