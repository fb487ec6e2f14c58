import type { Nested } from '../../tensor/tensor.ts';
import { chunks } from '../../text/bucketing.ts';
import { uploadInputs, uploadTargets } from '../examples/batch.ts';
import { type CheckedExamples, pickInputs, targetsOfHead } from '../examples/examples.ts';
import type { GiveWay } from '../../engines/give-way.ts';
import { Averages, type Scores } from '../history.ts';
import type { Batch } from '../../layers/layer.ts';
import type { Loss, Target } from '../losses/loss.ts';
import { headsOf } from '../losses/loss-by-head.ts';
import { type HeadMetric, metricsFor } from '../metrics/metrics.ts';
import type { Network } from '../model/network.ts';
import { CarriedState } from '../carried-state.ts';
import { expecting, runLayers } from '../pass.ts';
import { weightOf } from '../step.ts';
import { continued } from '../sources/batch-source.ts';
import { type Continuation, shapesToCarry } from '../sources/continuation.ts';
import { picked } from '../sources/in-memory.ts';
import { readByHead } from './read-predictions.ts';
import { countedOf, talliesByHead, totalsOf } from './scores.ts';

/** Samples in a batch of evaluation: enough for the products, and little memory. The results do not depend on it. */
const EVALUATION_BATCH = 64;

/**
 * Batches of samples of similar length, as padding is wasted work: where the whole order is not seen from outside, none
 * of it is needed to be random, so all are sorted.
 */
function byLength(steps: readonly number[], batchSize: number): number[][] {
  const order = Array.from(steps, (_, index) => index).sort((a, b) => (steps[a] as number) - (steps[b] as number));
  return chunks(order, batchSize);
}

/**
 * Predict samples: of each output, by its name, and in their order. Neither the batch size nor the company in a batch changes a bit of
 * them.
 * @param loss whose links make predictions of outputs
 * @param carried what their layers carry, before and after; each sequence begins with zeros when left out
 */
export async function predictAll(
  { ops, layers, weights, progress, inputs, outputs }: Network,
  samples: Pick<CheckedExamples, 'x' | 'steps'>,
  loss: Loss | null,
  giveWay: GiveWay,
  carried: CarriedState | null = null,
): Promise<Record<string, Nested[]>> {
  const found = Object.fromEntries(
    Object.keys(outputs).map((name) => [name, new Array<Nested>(samples.steps.length)] as const),
  );
  for (const indices of byLength(samples.steps, EVALUATION_BATCH)) {
    const scope = ops.openScope();
    try {
      const batch = scope.run(() => uploadInputs(ops, inputs, pickInputs(samples, indices)));
      const { handed, states } = scope.run(() => {
        const state = carried?.upload(ops, indices);
        const pass = runLayers(ops, layers, weights, batch, expecting, { progress, state });
        return { handed: pass.outputs, states: carried && pass.state(carried.shapes) };
      });
      if (states) await carried?.take(ops, indices, states);
      for (const [name, predictions] of Object.entries(await readByHead(ops, outputs, handed, loss))) {
        for (const [row, prediction] of predictions.entries())
          (found[name] as Nested[])[indices[row] as number] = prediction;
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
  metrics: readonly HeadMetric[],
  giveWay: GiveWay,
  bptt?: number,
): Promise<Scores> {
  const { ops, layers, weights, progress, inputs, outputs } = network;
  const heads = headsOf(loss, outputs);
  const continuation: Continuation | null = bptt === undefined ? null : { bptt, stateful: false, masks: 'keep' };
  const ofAll = picked(examples, byLength(examples.steps, EVALUATION_BATCH));
  const batches = continued(ofAll, continuation, { loss, architecture: network });
  const shapes = shapesToCarry(network, continuation);
  const averages = new Averages({ loss, metrics });
  let carried: CarriedState | null = null;
  for await (const { examples: samples, continues } of batches) {
    const all = samples.steps.map((_, i) => i);
    if (continues === 0) carried = shapes && new CarriedState('bptt', shapes, all.length);
    const scope = ops.openScope();
    try {
      const { targets, handed, totals, states, numbers } = scope.run(() => {
        const batch = uploadInputs(ops, inputs, samples);
        const run = runLayers(ops, layers, weights, batch, expecting, { progress, state: carried?.upload(ops, all) });
        const judged = heads.map((head) => {
          const at = run.outputs[head.name] as Batch;
          const target = uploadTargets(ops, head.loss, head.output, targetsOfHead(samples, head.name), at);
          const { loss: value } = head.loss.evaluate(ops, at.values, target);
          const own = metricsFor(metrics, head.name);
          return { target, value, totals: totalsOf(ops, own, at.values, { target, loss: head.loss }, value) };
        });
        const found = judged.flatMap((head) => head.totals);
        return {
          targets: judged.map(({ target }) => target),
          handed: run.outputs,
          totals: found,
          states: shapes ? run.state(shapes) : {},
          // One tensor for all numbers that the host waits for, so that there is one wait.
          numbers: ops.concat([...judged.map(({ value }) => value), ...found.map(({ sum }) => sum)]),
        };
      });
      const sums = Array.from(await ops.read(numbers));
      const values = sums.splice(0, heads.length);
      const passed = { outputs: handed, counted: countedOf(totals, sums) };
      const tallies = await talliesByHead(ops, heads, metrics, passed, samples.y);
      const losses = heads.map(({ name }, i) => {
        return { head: name, loss: values[i] as number, weight: weightOf(targets[i] as Target) };
      });
      averages.add(losses, tallies);
      await carried?.take(ops, all, states);
    } finally {
      scope.dispose();
    }
    await giveWay.turn();
  }
  return averages.scores;
}
