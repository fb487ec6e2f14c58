import type { Handle, Ops } from '../engines/ops.ts';
import { ModelError } from '../errors.ts';
import { activationOf } from '../layers/dense/activation.ts';
import type { Layer, Signature } from '../layers/layer.ts';
import type { Nested } from '../tensor/tensor.ts';
import { inOrder } from '../text/bucketing.ts';
import { type Examples, packTargets, pick } from './examples.ts';
import { Averages, type Scores } from './history.ts';
import type { Loss, Target } from './losses/losses.ts';
import type { Metric } from './metrics/metrics.ts';
import { type Batch, expecting, type Progress, runLayers, uploadBatch } from './pass.ts';

/** Everything that a pass over data needs: layers, their weights, and what goes in and comes out. */
export interface Network {
  readonly ops: Ops;
  readonly layers: readonly Layer[];
  /** By layer and name: `0.weight`. */
  readonly weights: Readonly<Record<string, Handle>>;
  readonly progress: Progress;
  readonly input: Signature;
  readonly output: Exclude<Signature, { kind: 'tokens' }>;
}

/**
 * The layers as a loss wants them. A loss for classes takes linear outputs and applies its own softmax or sigmoid, so
 * the same activation at the end is left to it.
 * @throws ModelError when the last activation is not what the loss can work with
 */
export function layersFor(loss: Loss, layers: readonly Layer[]): readonly Layer[] {
  const end = layers.at(-1)?.activation;
  if (loss.link === 'linear' || !end) return layers;
  if (end.name !== loss.link) {
    throw new ModelError(
      `${loss.name}: a last layer that is linear or ends in ${loss.link} was expected, but it ends in ${end.name}`,
    );
  }
  return [...layers.slice(0, -1), end.linear];
}

/** Samples in a batch of evaluation: enough for the products, and little memory. The results do not depend on it. */
const EVALUATION_BATCH = 64;

/** The targets of a batch, uploaded. */
export function uploadTargets(
  { ops, output }: Network,
  loss: Loss,
  y: readonly Nested[],
  { batch, time, lengths, validSteps }: Batch,
): Target {
  const values = packTargets(loss, output, y, validSteps, time);
  const overTime = output.kind === 'sequence';
  const rows = overTime ? [time, batch] : [batch];
  return {
    values: loss.target === 'class' ? ops.uploadIndices(values, rows) : ops.upload(values, [...rows, output.size]),
    rows: overTime ? validSteps.reduce((a, b) => a + b, 0) : batch,
    lengths: overTime ? lengths : null,
  };
}

/** One prediction a sample: a list of numbers, or over time a list of them. */
export async function readPredictions(
  { ops, output }: Network,
  y: Handle,
  link: Loss['link'],
  { batch, validSteps }: Batch,
): Promise<Nested[]> {
  const scope = ops.openScope();
  const reading = ops.read(scope.run(() => activationOf('predict', link).apply(ops, y)));
  const values = await reading.finally(() => scope.dispose());
  const row = (index: number): number[] => [...values.subarray(index * output.size, (index + 1) * output.size)];
  return Array.from(validSteps, (steps, b) =>
    output.kind === 'vector' ? row(b) : Array.from({ length: steps }, (_, t) => row(t * batch + b)),
  );
}

/** Predict samples in their order. Neither the batch size nor the company in a batch changes a bit of the result. */
export async function predictAll(network: Network, x: readonly Nested[], link: Loss['link']): Promise<Nested[]> {
  const { ops, layers, weights, progress, input } = network;
  const found: Nested[] = [];
  for (const picked of inOrder(x.length, EVALUATION_BATCH)) {
    const scope = ops.openScope();
    try {
      const samples = picked.map((i) => x[i] as Nested);
      const batch = scope.run(() => uploadBatch(ops, input, samples));
      const { y } = scope.run(() => runLayers(ops, layers, weights, batch, expecting, { progress }));
      found.push(...(await readPredictions(network, y, link, batch)));
    } finally {
      scope.dispose();
    }
  }
  return found;
}

/** The loss and the metrics over all examples, in evaluation. */
export async function score(
  network: Network,
  { x, y }: Examples,
  loss: Loss,
  metrics: readonly Metric[],
): Promise<Scores> {
  const { ops, layers, weights, progress, input } = network;
  const averages = new Averages();
  for (const picked of inOrder(x.length, EVALUATION_BATCH)) {
    const scope = ops.openScope();
    try {
      const samples = pick({ x, y }, picked);
      const { batch, target, output, found } = scope.run(() => {
        const uploaded = uploadBatch(ops, input, samples.x);
        const targets = uploadTargets(network, loss, samples.y, uploaded);
        const run = runLayers(ops, layers, weights, uploaded, expecting, { progress });
        return { batch: uploaded, target: targets, output: run.y, found: loss.evaluate(ops, run.y, targets) };
      });
      const [value = Number.NaN] = await ops.read(found.loss);
      const predictions = await readPredictions(network, output, loss.link, batch);
      const scores = scorePredictions(network, loss, metrics, predictions, samples.y);
      averages.add({ loss: value, ...scores }, target.rows);
    } finally {
      scope.dispose();
    }
  }
  return averages.scores;
}

/** The mean of each metric over the predictions of a batch. */
export function scorePredictions(
  { output }: Network,
  loss: Loss,
  metrics: readonly Metric[],
  predictions: readonly Nested[],
  targets: readonly Nested[],
): Record<string, number> {
  const overTime = output.kind === 'sequence';
  const rows = (overTime ? predictions.flat() : predictions) as number[][];
  // A class may come as [1], a single value as 1: metrics see the one form of each.
  const asMeant = (target: Nested): number | number[] =>
    loss.target === 'class' ? ([target].flat()[0] as number) : ([target].flat() as number[]);
  const wanted = (overTime ? (targets as Nested[][]).flat() : targets).map(asMeant);
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
