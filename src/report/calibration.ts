import { expectWhole, optionsOf, readable } from '../checks.ts';
import { DataError, ShapeError, show } from '../errors.ts';
import { meanOf } from '../train/comparison/spread.ts';
import { argmaxOf } from '../train/metrics/accuracy.ts';
import { expectPredictionRows } from '../train/metrics/prediction-rows.ts';

/** The predictions whose confidence lies in (from, to]; the first bin has those of confidence 0 as well. */
export interface CalibrationBin {
  /** In [0, 1). */
  readonly from: number;
  /** In (0, 1]. */
  readonly to: number;
  /** How many predictions it has. */
  readonly count: number;
  /** The mean probability of the likeliest class; null in an empty bin. */
  readonly confidence: number | null;
  /** The share of predictions that are right; null in an empty bin. */
  readonly accuracy: number | null;
}

/** Whether of the predictions with 80% confidence 80% are right. */
export interface Calibration {
  /** How many predictions there are. */
  readonly count: number;
  /** The share of them that is right. */
  readonly accuracy: number;
  /** ECE: the mean over predictions of |accuracy - confidence| of their bin, in [0, 1]. */
  readonly expectedCalibrationError: number;
  /** MCE: the largest |accuracy - confidence| of a bin, in [0, 1]. */
  readonly maximumCalibrationError: number;
  /** The mean of Σ_k (p_k - [k is the label])², in [0, 2] (Brier 1950). */
  readonly brier: number;
  /** The mean of -log p of the label, in nats; Infinity when a label has probability 0. */
  readonly negativeLogLikelihood: number;
  /** Of equal width, by the probability of the likeliest class. */
  readonly bins: readonly CalibrationBin[];
}

/** What `calibration` can be told. */
export interface CalibrationOptions {
  /** How many bins; 15 when left out, as in the paper. */
  readonly bins?: number;
}

/** More bins than anybody has use for, and few enough to make. */
const MOST_BINS = 1_000_000;

/** One prediction: the probability of its likeliest class, and whether that is the right one. */
interface Judged {
  readonly confidence: number;
  readonly right: boolean;
}

/**
 * How well probabilities say how often they are right (Guo et al. 2017, arXiv:1706.04599).
 * @param probabilities [B,K]: one for each class, as `predict` gives them, or the means of `predictMC`
 * @param labels [B]: the number of the right class
 * @throws ShapeError when they do not go together; DataError for what are not probabilities or classes
 * @example
 * ```ts
 * import { calibration } from 'keepgate';
 *
 * // Twice 90% sure, once right; twice 70% sure, twice right: (2 * |0.5 - 0.9| + 2 * |1 - 0.7|) / 4.
 * const found = calibration([[0.9, 0.1], [0.1, 0.9], [0.7, 0.3], [0.3, 0.7]], [0, 0, 0, 1]);
 * console.log(found.accuracy, found.expectedCalibrationError.toFixed(2)); // prints: 0.75 0.35
 * ```
 */
export function calibration(
  probabilities: readonly ArrayLike<number>[],
  labels: ArrayLike<number>,
  options: CalibrationOptions = {},
): Calibration {
  const { bins = 15 } = optionsOf('calibration', options, { bins: true });
  expectWhole('calibration', 'bins', bins, 1, MOST_BINS);
  return calibrationOf('calibration', probabilities, labels, bins);
}

/** The same for others that are made of it. @param who asks, for messages */
export function calibrationOf(
  who: string,
  probabilities: readonly ArrayLike<number>[],
  labels: ArrayLike<number>,
  bins: number,
): Calibration {
  const { rows, classes } = readable(who, () => {
    const given = { rows: listOf(who, 'probabilities', probabilities), classes: listOf(who, 'labels', labels) };
    expectPredictions(who, given.rows, given.classes);
    return { ...given, rows: given.rows.map((row) => Array.from(row)) };
  });
  const labelOf = (i: number): number => classes[i] as number;
  const judged = rows.map((row, i) => {
    const likeliest = argmaxOf(row);
    return { confidence: row[likeliest] as number, right: likeliest === labelOf(i) };
  });
  const filled = binned(judged, bins);
  const gaps = filled.map(({ count, confidence, accuracy }) => ({
    gap: Math.abs((accuracy ?? 0) - (confidence ?? 0)),
    share: count / judged.length,
  }));
  return {
    count: judged.length,
    accuracy: meanOf(judged.map(({ right }) => Number(right))),
    expectedCalibrationError: gaps.reduce((sum, { gap, share }) => sum + gap * share, 0),
    maximumCalibrationError: gaps.reduce((largest, { gap }) => Math.max(largest, gap), 0),
    brier: meanOf(rows.map((row, i) => squaredDistance(row, labelOf(i)))),
    negativeLogLikelihood: meanOf(rows.map((row, i) => -Math.log(row[labelOf(i)] as number))),
    bins: filled,
  };
}

/** A list of any kind, such as a Float32Array, as an array. @throws DataError for what is none */
function listOf<V>(who: string, what: string, values: ArrayLike<V>): V[] {
  if (!isList(values)) {
    throw new DataError(`${who}: a list was expected as ${what}, but ${show(values)} came`);
  }
  return Array.from(values);
}

function isList(values: unknown): boolean {
  return Array.isArray(values) || (ArrayBuffer.isView(values) && 'length' in values);
}

function binned(judged: readonly Judged[], bins: number): CalibrationBin[] {
  const members: Judged[][] = Array.from({ length: bins }, () => []);
  const upper = members.map((_, bin) => (bin + 1) / bins);
  for (const one of judged) {
    const bin = upper.findIndex((edge) => one.confidence <= edge);
    // A probability in float32 may be above 1 by its rounding.
    members.at(bin)?.push(one);
  }
  return members.map((inBin, bin) => ({
    from: bin / bins,
    to: upper[bin] as number,
    count: inBin.length,
    confidence: inBin.length === 0 ? null : meanOf(inBin.map(({ confidence }) => confidence)),
    accuracy: inBin.length === 0 ? null : meanOf(inBin.map(({ right }) => Number(right))),
  }));
}

function squaredDistance(row: readonly number[], label: number): number {
  return row.reduce((sum, p, k) => sum + (p - (k === label ? 1 : 0)) ** 2, 0);
}

/** How far a row may be from a sum of 1, and a probability from [0, 1]: float32 rounds. */
const ROUNDING = 1e-3;

function expectPredictions(who: string, probabilities: readonly ArrayLike<number>[], labels: readonly number[]): void {
  if (probabilities.length === 0) throw new DataError(`${who}: at least one prediction was expected, but none came`);
  if (probabilities.length !== labels.length) {
    throw new ShapeError(
      `${who}: as many labels as predictions were expected, but ${labels.length} labels and ${probabilities.length} predictions came`,
    );
  }
  expectPredictionRows(who, probabilities, {
    least: 2,
    advice: 'give a probability for each class; for a single output p pass [1 - p, p]',
  });
  const classes = (probabilities[0] as ArrayLike<number>).length;
  for (const [i, row] of probabilities.entries()) {
    const values = Array.from(row);
    const sum = values.reduce((total, p) => total + p, 0);
    if (!values.every((p) => p >= 0 && p <= 1 + ROUNDING) || Math.abs(sum - 1) > ROUNDING) {
      throw new DataError(
        `${who}: probabilities that sum to 1 were expected at prediction ${i}, but ${show(row)} came; pass them after softmax`,
      );
    }
    const label = labels[i];
    if (!(Number.isInteger(label) && (label as number) >= 0 && (label as number) < classes)) {
      throw new DataError(
        `${who}: a class from 0 to ${classes - 1} was expected as label ${i}, but ${show(label)} came`,
      );
    }
  }
}
