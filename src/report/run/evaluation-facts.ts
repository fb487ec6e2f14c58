import { expectBoolean, expectText, optionsOf, readable } from '../../checks.ts';
import { DataError, show } from '../../errors.ts';
import { argmaxOf } from '../../train/metrics/accuracy.ts';
import { confusionsOf } from '../../train/metrics/confusion-matrix.ts';
import { calibrationOf } from '../calibration.ts';
import type { ReportEvaluation, ReportMistake } from './report-data.ts';

/** Predictions of classes, to be counted in a report. */
export interface EvaluationOptions {
  /** What they are of, in words: 'test samples' when left out. */
  readonly of?: string;
  /** Whether something was chosen by them, such as the best epoch or scheme: then their scores are too good. */
  readonly chose?: boolean;
  /** The names of the classes [K]. */
  readonly classes: readonly string[];
  /** Of shape [B,K]: one for each class, as `predict` gives them. */
  readonly probabilities: readonly ArrayLike<number>[];
  /** Of shape [B]: the number of the right class. */
  readonly labels: ArrayLike<number>;
  /** Of shape [B]: what was predicted from, shown beside mistakes. */
  readonly texts?: readonly string[];
}

/** So many of the surest mistakes are kept, and so many characters of their texts. */
const MISTAKES = 20;
const CHARACTERS = 280;
/** Bins of the reliability diagram. */
const BINS = 10;

/**
 * @throws DataError or ShapeError for what are no predictions of these classes
 * @throws OptionError for an option that it does not have
 */
export function evaluationFacts(options: EvaluationOptions): ReportEvaluation {
  const who = 'report: evaluation';
  const {
    of = 'test samples',
    chose = false,
    classes,
    probabilities,
    labels,
    texts,
  } = optionsOf(who, options, {
    of: true,
    chose: true,
    classes: true,
    probabilities: true,
    labels: true,
    texts: true,
  });
  expectText(who, 'of', of);
  expectBoolean(who, 'chose', chose);
  const isNames = (list: unknown): boolean =>
    Array.isArray(list) && Array.from(list).every((one) => typeof one === 'string');
  if (!readable(who, () => isNames(classes))) {
    throw new DataError(`${who}: a list of names was expected as classes, but ${show(classes)} came`);
  }
  const found = calibrationOf(who, probabilities, labels, BINS);
  const rows = Array.from(probabilities, (row) => Array.from(row));
  if (rows[0]?.length !== classes.length) {
    throw new DataError(
      `${who}: a probability for each of ${classes.length} classes was expected, but ${rows[0]?.length} came; name all classes`,
    );
  }
  if (texts !== undefined && !(readable(who, () => isNames(texts)) && texts.length === rows.length)) {
    throw new DataError(
      `${who}: a text for each of ${rows.length} predictions was expected, but ${show(texts)} came; leave texts out if there are none`,
    );
  }
  const confusion = confusionsOf(who, rows, Array.from(labels), classes.length);
  const mistakes: ReportMistake[] = [];
  for (const [i, row] of rows.entries()) {
    const [label, predicted] = [labels[i] as number, argmaxOf(row)];
    if (label === predicted) continue;
    mistakes.push({
      text: texts === undefined ? null : shortened(texts[i] as string),
      label: classes[label] as string,
      predicted: classes[predicted] as string,
      confidence: row[predicted] as number,
    });
  }
  const surest = mistakes.sort((a, b) => b.confidence - a.confidence).slice(0, MISTAKES);
  const { negativeLogLikelihood: loss } = found;
  const shown = { ...found, negativeLogLikelihood: Number.isFinite(loss) ? loss : null };
  return { of, chose, classes: [...classes], confusion, calibration: shown, mistakes: surest };
}

/** By code points, so that none is cut in two. */
function shortened(text: string): string {
  const start = Array.from(text.slice(0, 2 * CHARACTERS));
  return start.length > CHARACTERS ? `${start.slice(0, CHARACTERS).join('')}…` : start.join('');
}

/** What one class came to. */
export interface ClassScores {
  readonly name: string;
  /** How many have this label. */
  readonly support: number;
  /** Of those predicted, and of those labelled so, the share that is right; null where there are none. */
  readonly precision: number | null;
  readonly recall: number | null;
  /** The harmonic mean of both. */
  readonly f1: number | null;
}

export function classScores({ classes, confusion }: Pick<ReportEvaluation, 'classes' | 'confusion'>): ClassScores[] {
  return classes.map((name, k) => {
    const right = confusion[k]?.[k] ?? 0;
    const support = total(confusion[k] ?? []);
    const predicted = total(confusion.map((row) => row[k] ?? 0));
    const precision = predicted === 0 ? null : right / predicted;
    const recall = support === 0 ? null : right / support;
    return {
      name,
      support,
      precision,
      recall,
      f1: support + predicted === 0 ? null : (2 * right) / (support + predicted),
    };
  });
}

/** How many predictions there are, how many are right, and how many would be by always saying the commonest class. */
export function counted({ confusion }: Pick<ReportEvaluation, 'confusion'>): {
  readonly count: number;
  readonly right: number;
  readonly commonest: number;
} {
  const supports = confusion.map(total);
  return {
    count: total(supports),
    right: total(confusion.map((row, k) => row[k] ?? 0)),
    commonest: Math.max(0, ...supports),
  };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
