import { OptionError } from '../../errors.ts';
import type { Metric, Predictions } from './metric.ts';

/**
 * The area under the ROC curve: how often a prediction of a class is surer of it than one of another class, ties counting
 * half. Exact: one number a sample and output is kept. Of several classes it is that of each against the rest, averaged;
 * classes of which there is nothing, or nothing else, are left out. NaN when none is left.
 * @example
 * ```ts
 * import { auc, binaryCrossEntropy, dense, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const weights = { '0.weight': [[1]], '0.bias': [0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: binaryCrossEntropy() });
 * const examples = { x: [[-2], [-1], [1], [3]], y: [0, 1, 0, 1] };
 * console.log((await model.evaluate(examples, { metrics: [auc()] })).auc); // prints: 0.75
 * await model.dispose();
 * ```
 */
export function auc(): Metric {
  return Object.freeze<Metric>({
    name: 'auc',
    count: scored,
    merge(tally, batch) {
      // The first number is how many outputs there are.
      for (let i = tally.length === 0 ? 0 : 1; i < batch.length; i++) tally.push(batch[i] as number);
    },
    value(tally) {
      const units = tally[0] as number;
      // They stand in no order.
      if (tally.some(Number.isNaN)) return Number.NaN;
      const areas = Array.from({ length: units }, (_, unit) => areaOf(tally, units, unit)).filter(
        (area) => !Number.isNaN(area),
      );
      return areas.reduce((sum, area) => sum + area, 0) / areas.length;
    },
  });
}

/** N, and for each row and output its probability, and 1 where it is right: [R,N,2]. */
function scored({ rows, units, values, targets, loss }: Predictions): number[] {
  if (loss.link === 'linear') {
    throw new OptionError(
      `metric auc: a loss of classes, or of yes and no, was expected, but ${loss.config.type} came; leave the metric out`,
    );
  }
  const found = [units];
  for (let row = 0; row < rows; row++) {
    for (let u = 0; u < units; u++) {
      const isRight = loss.target === 'class' ? targets[row] === u : (targets[row * units + u] as number) > 0.5;
      found.push(values[row * units + u] as number, isRight ? 1 : 0);
    }
  }
  return found;
}

/** Mann and Whitney's U over the number of pairs; NaN where there are none. */
function areaOf(tally: readonly number[], units: number, unit: number): number {
  const rows = (tally.length - 1) / (2 * units);
  const at = (row: number): number => 1 + 2 * (row * units + unit);
  const scoreOf = (row: number): number => tally[at(row)] as number;
  const order = Uint32Array.from({ length: rows }, (_, row) => row).sort((a, b) => scoreOf(a) - scoreOf(b));
  let [negative, positive, twice] = [0, 0, 0];
  for (let from = 0; from < rows; ) {
    let to = from;
    let [no, yes] = [0, 0];
    for (; to < rows && scoreOf(order[to] as number) === scoreOf(order[from] as number); to++) {
      if (tally[at(order[to] as number) + 1] === 1) yes++;
      else no++;
    }
    twice += yes * (2 * negative + no);
    negative += no;
    positive += yes;
    from = Math.max(to, from + 1);
  }
  return positive * negative === 0 ? Number.NaN : twice / (2 * positive * negative);
}
