import { OptionError } from '../../errors.ts';
import type { Metric, Predictions } from './metric.ts';

/**
 * The square root of the mean of (prediction - target)² over all values of the set.
 * @example
 * ```ts
 * import { dense, meanSquaredError, rootMeanSquaredError, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const weights = { '0.weight': [[1]], '0.bias': [0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: meanSquaredError() });
 * const scores = await model.evaluate({ x: [[1], [2]], y: [4, 6] }, { metrics: [rootMeanSquaredError()] });
 * console.log(scores['root-mean-squared-error']?.toFixed(4)); // prints: 3.5355
 * await model.dispose();
 * ```
 */
export function rootMeanSquaredError(): Metric {
  return overErrors('root-mean-squared-error', (error) => error * error, Math.sqrt);
}

/**
 * The mean distance of predictions and targets, over all values of the set.
 * @example
 * ```ts
 * import { dense, meanAbsoluteErrorMetric, meanSquaredError, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const weights = { '0.weight': [[1]], '0.bias': [0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: meanSquaredError() });
 * const scores = await model.evaluate({ x: [[1], [2]], y: [4, 6] }, { metrics: [meanAbsoluteErrorMetric()] });
 * console.log(scores['mean-absolute-error']); // prints: 3.5
 * await model.dispose();
 * ```
 */
export function meanAbsoluteErrorMetric(): Metric {
  return overErrors('mean-absolute-error', Math.abs, (mean) => mean);
}

function overErrors(name: string, of: (error: number) => number, value: (mean: number) => number): Metric {
  return Object.freeze<Metric>({
    name,
    count(predictions) {
      expectValues(name, predictions);
      const { values, targets } = predictions;
      const sum = values.reduce((total, predicted, i) => total + of(predicted - (targets[i] as number)), 0);
      return [values.length, sum];
    },
    value: ([count = 0, sum = 0]) => value(sum / count),
  });
}

/**
 * The coefficient of determination: 1 less the squared errors over the squared distances of the targets from their mean,
 * averaged over the outputs. Of targets that are all equal it is 1 when all predictions are right, and else 0.
 * @example
 * ```ts
 * import { dense, meanSquaredError, r2, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const weights = { '0.weight': [[1]], '0.bias': [0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: meanSquaredError() });
 * console.log((await model.evaluate({ x: [[1], [2], [4]], y: [1, 2, 3] }, { metrics: [r2()] })).r2); // prints: 0.5
 * await model.dispose();
 * ```
 */
export function r2(): Metric {
  return Object.freeze<Metric>({
    name: 'r2',
    count(predictions) {
      expectValues('r2', predictions);
      return spreads(predictions);
    },
    merge: mergeSpreads,
    value([, ...tally]) {
      const shares: number[] = [];
      for (let at = 0; at < tally.length; at += 3) {
        const [errors, spread] = [tally[at] as number, tally[at + 2] as number];
        shares.push(spread === 0 && !Number.isNaN(errors) ? (errors === 0 ? 1 : 0) : 1 - errors / spread);
      }
      return shares.reduce((sum, share) => sum + share, 0) / shares.length;
    },
  });
}

/** How many rows; of each output the squared errors, the mean of the targets, and their squared distances from it. */
function spreads({ rows, units, values, targets }: Predictions): number[] {
  const found = [0];
  for (let row = 0; row < rows; row++) {
    const one = [1];
    for (let u = 0; u < units; u++) {
      const target = targets[row * units + u] as number;
      one.push(((values[row * units + u] as number) - target) ** 2, target, 0);
    }
    mergeSpreads(found, one);
  }
  return found;
}

/** Chan's way, in which targets that are far from 0 cost no digits. */
function mergeSpreads(tally: number[], batch: readonly number[]): void {
  const [before = 0, more = 0] = [tally[0], batch[0]];
  if (more === 0) return;
  const after = before + more;
  for (let at = 1; at < batch.length; at += 3) {
    const [errors, mean, spread] = [batch[at], batch[at + 1], batch[at + 2]] as [number, number, number];
    const apart = mean - (tally[at + 1] ?? 0);
    tally[at] = (tally[at] ?? 0) + errors;
    tally[at + 1] = (tally[at + 1] ?? 0) + apart * (more / after);
    tally[at + 2] = (tally[at + 2] ?? 0) + spread + apart * apart * ((before * more) / after);
  }
  tally[0] = after;
}

/** @throws OptionError for predictions of a class */
function expectValues(who: string, { loss }: Predictions): void {
  if (loss.target === 'values') return;
  throw new OptionError(
    `metric ${who}: a loss of values was expected, such as meanSquaredError(), but ${loss.config.type} came; leave the metric out`,
  );
}
