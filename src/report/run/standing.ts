import { scoreInWords } from '../score-in-words.ts';
import { percent } from '../table.ts';
import { counted } from './evaluation-facts.ts';
import { counts, points, sharesBetween } from './in-words.ts';
import { type Interval, shareInterval } from './intervals.ts';
import type { ReportData, ReportRun, ReportScores } from './report-data.ts';
import { compared, type SchemeComparison, type SchemeScores } from './scheme-comparison.ts';

/** Where one training stands, in numbers: what the verdict says and the checks look at. Null is not known. */
export interface Standing {
  readonly epochs: number;
  /** From 1: after which the validation's loss was least. */
  readonly bestEpoch: number | null;
  /** The epoch whose weights the model has, where it is another than the last. */
  readonly keptEpoch: number | null;
  /** How much the validation's loss rose from there to the end. */
  readonly rise: number | null;
  readonly accuracy: number | null;
  /** Of the accuracy, where it is known how many predictions it is of. */
  readonly interval: Interval | null;
  /** What always saying the commonest class would have come to. */
  readonly commonest: number | null;
  /** Accuracy on what it learned from, and whether dropout was at work. */
  readonly training: { readonly accuracy: number; readonly underDropout: boolean } | null;
}

/** That of the only run, or of the first. */
export function standingOf({ runs: [run], evaluation }: ReportData): Standing {
  const { epochs, keptEpoch, scores, training } = run as ReportRun;
  const losses = epochs.map(({ validation }) => validation?.loss ?? Number.POSITIVE_INFINITY);
  const least = Math.min(...losses);
  const [last] = losses.slice(-1);
  const known = Number.isFinite(least);
  const total = evaluation && counted(evaluation);
  const under = epochs.at(-1)?.training.accuracy;
  return {
    epochs: epochs.length,
    keptEpoch,
    bestEpoch: known ? losses.indexOf(least) + 1 : null,
    rise: known ? (last as number) - least : null,
    accuracy: total ? total.right / total.count : (scores?.accuracy ?? null),
    interval: total && shareInterval(total.right, total.count),
    commonest: total && total.commonest / total.count,
    training: trainingOf(training, under),
  };
}

function trainingOf(scores: ReportScores | null, underDropout: number | undefined): Standing['training'] {
  if (scores?.accuracy !== undefined) return { accuracy: scores.accuracy, underDropout: false };
  return underDropout === undefined ? null : { accuracy: underDropout, underDropout: true };
}

/** What came of it, in a few sentences. */
export function verdictOf(data: ReportData): string {
  const comparison = compared(data.runs);
  return comparison ? verdictOfSchemes(comparison) : verdictOfRun(data, standingOf(data));
}

function verdictOfRun(
  { evaluation, runs: [run] }: ReportData,
  { accuracy, interval, commonest, training, bestEpoch, keptEpoch, epochs }: Standing,
): string {
  const said: string[] = [];
  if (evaluation && accuracy !== null && interval && commonest !== null) {
    const above = accuracy - commonest;
    said.push(
      `${percent(accuracy)} of ${counted(evaluation).count.toLocaleString('en')} ${evaluation.of} are right (${sharesBetween(interval)}), ${points(Math.abs(above))} ${above < 0 ? 'below' : 'above'} always saying the commonest class.`,
    );
  } else if (run?.scores) {
    const [name, value] = Object.entries(run.scores).find(([metric]) => metric !== 'loss') ?? ['loss', run.scores.loss];
    said.push(`In evaluation the ${name} is ${scoreInWords(name, value)} after ${counts(epochs, 'epoch')}.`);
  } else {
    const loss = run?.epochs.at(-1)?.training.loss;
    said.push(
      `The loss in training is ${scoreInWords('loss', loss)} after ${counts(epochs, 'epoch')}; nothing was held out.`,
    );
  }
  if (accuracy !== null && training) {
    const under = training.underDropout ? ', with dropout at work' : '';
    said.push(
      `On what it learned from it is ${percent(training.accuracy)}${under}: a gap of ${points(training.accuracy - accuracy)}.`,
    );
  }
  if (keptEpoch !== null) said.push(`The model has the weights of epoch ${keptEpoch} of ${epochs}.`);
  else if (bestEpoch !== null) said.push(`The validation's loss was least after epoch ${bestEpoch} of ${epochs}.`);
  return said.join(' ');
}

function verdictOfSchemes({ metric, isLoss, schemes, seeds }: SchemeComparison): string {
  const best = schemes.reduce((a, b) => ((isLoss ? b.mean < a.mean : b.mean > a.mean) ? b : a));
  const start = `Of ${counts(schemes.length, 'scheme')} over ${counts(seeds, 'seed')}, ${best.scheme} has the best mean ${metric}: ${scoreInWords(metric, best.mean)}.`;
  const first = schemes[0] as SchemeScores;
  if (best === first) return `${start} ${toFirst(schemes.slice(1), first.scheme)}`;
  if (!best.difference) return start;
  const { mean: difference } = best.difference;
  const far = isLoss ? Math.abs(difference).toFixed(4) : points(Math.abs(difference));
  const said = `${start} That is ${far} ${isLoss ? 'below' : 'above'} ${first.scheme}`;
  if (!best.difference.interval) return `${said}; with so few seeds that may be chance.`;
  return `${said}; the interval of the paired differences ${isClear(best) ? 'leaves zero out' : 'holds zero'}.`;
}

function isClear({ difference }: SchemeScores): boolean {
  const interval = difference?.interval;
  return interval ? interval.from > 0 || interval.to < 0 : false;
}

/** How many of the others differ clearly from the first, which is the best. */
function toFirst(others: readonly SchemeScores[], first: string): string {
  const clear = others.filter(isClear).length;
  const known = others.filter(({ difference }) => difference?.interval).length;
  if (known === 0) return 'With so few seeds that may be chance.';
  return `Of ${counts(known, 'paired difference')} to ${first}, ${clear === 0 ? 'none has' : `${clear} ${clear === 1 ? 'has' : 'have'}`} an interval that leaves zero out.`;
}
