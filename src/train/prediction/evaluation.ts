import type { Nested } from '../../tensor/tensor.ts';
import { chunks } from '../../text/bucketing.ts';
import { uploadBatch, uploadTargets } from '../examples/batch.ts';
import type { CheckedExamples } from '../examples/examples.ts';
import type { Sample } from '../examples/samples.ts';
import type { GiveWay } from '../../engines/give-way.ts';
import { Averages, type Scores } from '../history.ts';
import type { Loss } from '../losses/loss.ts';
import type { Metric } from '../metrics/metric.ts';
import type { Network } from '../model/network.ts';
import { CarriedState } from '../carried-state.ts';
import { expecting, runLayers } from '../pass.ts';
import { continued } from '../sources/batch-source.ts';
import { type Continuation, shapesToCarry } from '../sources/continuation.ts';
import { picked } from '../sources/in-memory.ts';
import { readPredictions } from './read-predictions.ts';
import { countedOf, talliesOf, totalsOf } from './scores.ts';

/** Samples in a batch of evaluation: enough for the products, and little memory. The results do not depend on it. */
const EVALUATION_BATCH = 64;

/**
 * Batches of samples of similar length, as padding is wasted work: where the whole order is not seen from outside, none
 * of it is needed to be random, so all are sorted.
 */
function byLength(samples: readonly Sample[], batchSize: number): number[][] {
  const stepsOf = (index: number): number => (samples[index] as Sample).steps;
  const order = Array.from(samples, (_, index) => index).sort((a, b) => stepsOf(a) - stepsOf(b));
  return chunks(order, batchSize);
}

/**
 * Predict samples; the results are in their order. Neither the batch size nor the company in a batch changes a bit of
 * them.
 * @param carried what their layers carry, before and after; each sequence begins with zeros when left out
 */
export async function predictAll(
  { ops, layers, weights, progress, input, output }: Network,
  x: readonly Sample[],
  link: Loss['link'],
  giveWay: GiveWay,
  carried: CarriedState | null = null,
): Promise<Nested[]> {
  const found: Nested[] = new Array(x.length);
  for (const indices of byLength(x, EVALUATION_BATCH)) {
    const scope = ops.openScope();
    try {
      const samples = indices.map((i) => x[i] as Sample);
      const batch = scope.run(() => uploadBatch(ops, input, samples));
      const { y, states } = scope.run(() => {
        const state = carried?.upload(ops, indices);
        const pass = runLayers(ops, layers, weights, batch, expecting, { progress, state });
        return { y: pass.y, states: carried && pass.state(carried.shapes) };
      });
      if (states) await carried?.take(ops, indices, states);
      for (const [row, prediction] of (await readPredictions(ops, output, y, link)).entries()) {
        found[indices[row] as number] = prediction;
      }
    } finally {
      scope.dispose();
    }
    await giveWay.turn();
  }
  return found;
}

/**
 * The loss and the metrics over all examples, in evaluation.
 * @param bptt goes through sequences in chunks of so many steps, which takes less memory; whole ones when left out
 */
export async function score(
  network: Network,
  examples: CheckedExamples,
  loss: Loss,
  metrics: readonly Metric[],
  giveWay: GiveWay,
  bptt?: number,
): Promise<Scores> {
  const { ops, layers, weights, progress, input, output } = network;
  const continuation: Continuation | null = bptt === undefined ? null : { bptt, stateful: false, masks: 'keep' };
  const ofAll = picked(examples, byLength(examples.x, EVALUATION_BATCH));
  const batches = continued(ofAll, continuation, { loss, architecture: network });
  const shapes = shapesToCarry(network, continuation);
  const averages = new Averages(metrics);
  let carried: CarriedState | null = null;
  for await (const { examples: samples, continues } of batches) {
    const all = samples.x.map((_, i) => i);
    if (continues === 0) carried = shapes && new CarriedState('bptt', shapes, all.length);
    const scope = ops.openScope();
    try {
      const { target, handed, totals, states, numbers } = scope.run(() => {
        const batch = uploadBatch(ops, input, samples.x);
        const run = runLayers(ops, layers, weights, batch, expecting, { progress, state: carried?.upload(ops, all) });
        const targets = uploadTargets(ops, loss, output, samples, run.y);
        const { loss: value } = loss.evaluate(ops, run.y.values, targets);
        const found = totalsOf(ops, metrics, run.y.values, targets, loss, value);
        return {
          target: targets,
          handed: run.y,
          totals: found,
          states: shapes ? run.state(shapes) : {},
          // One tensor for all numbers that the host waits for, so that there is one wait.
          numbers: ops.concat([value, ...found.map(({ sum }) => sum)]),
        };
      });
      const [value = Number.NaN, ...sums] = await ops.read(numbers);
      const tallies = await talliesOf(ops, { output, loss, metrics }, handed, countedOf(totals, sums), samples.y);
      averages.add(value, target.weights?.total ?? target.rows, tallies);
      await carried?.take(ops, all, states);
    } finally {
      scope.dispose();
    }
    await giveWay.turn();
  }
  return averages.scores;
}
