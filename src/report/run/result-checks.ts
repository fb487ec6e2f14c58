import { percent } from '../table.ts';
import { counts, points } from './in-words.ts';
import type { ReportData, ReportedData } from './report-data.ts';
import { type Standing, standingOf } from './standing.ts';

/** What was looked at: nothing to do, something to look at, or something that makes the numbers wrong. */
export interface Finding {
  readonly state: 'ok' | 'look' | 'wrong';
  readonly name: string;
  /** What was found, with its number. */
  readonly detail: string;
}

/** From here on it is worth a look. */
const LARGE_GAP = 0.05;
const RISE = 0.02;
const UNEVEN = 3;
const MANY_UNKNOWN = 0.1;
const MISCALIBRATED = 0.05;
const FEW_SEEDS = 3;

/** What one should know before believing a result. What could not be looked at is not among them. */
export function findingsOf(data: ReportData): Finding[] {
  const { runs } = data;
  const schemes = new Set(runs.map(({ scheme }) => scheme));
  // The curves of several runs are seen; of one they can be told.
  const ofRun = runs.length === 1 ? oneRun(data, standingOf(data)) : [];
  const seeds = Math.min(
    ...[...schemes].map((scheme) => new Set(runs.filter((run) => run.scheme === scheme).map(({ seed }) => seed)).size),
  );
  const warnings = [...new Set(runs.flatMap((run) => run.warnings))];
  return [
    ...ofRun,
    ...(data.evaluation?.chose ? [chosenOn(data.evaluation.of)] : []),
    ...(data.data ? ofData(data.data) : []),
    seedsOf(seeds),
    ...warnings.map((detail): Finding => ({ state: 'look', name: 'Warning', detail })),
  ];
}

function oneRun(data: ReportData, standing: Standing): Finding[] {
  const { accuracy, commonest, interval, training } = standing;
  const found: Finding[] = [];
  if (interval && commonest !== null) {
    const above = interval.from > commonest;
    found.push({
      state: above ? 'ok' : 'wrong',
      name: 'Better than a guess',
      detail: `Always saying the commonest class is right in ${percent(commonest)}, ${above ? 'below' : 'not below'} the interval of the accuracy.`,
    });
  }
  if (accuracy !== null && training) {
    const gap = training.accuracy - accuracy;
    found.push({
      state: gap < LARGE_GAP ? 'ok' : 'look',
      name: 'Gap',
      detail: `${points(gap)} between what it learned from${training.underDropout ? ', with dropout at work,' : ''} and what it did not${gap < LARGE_GAP ? '.' : '; more dropout, more data or fewer epochs may close it.'}`,
    });
  }
  if (standing.bestEpoch !== null) found.push(bestEpochOf(standing, standing.bestEpoch));
  if (data.evaluation) {
    const error = data.evaluation.calibration.expectedCalibrationError;
    found.push({
      state: error < MISCALIBRATED ? 'ok' : 'look',
      name: 'Calibration',
      detail: `The expected calibration error is ${error.toFixed(3)}${error < MISCALIBRATED ? '.' : ': do not take its probabilities for frequencies.'}`,
    });
  }
  return found;
}

function bestEpochOf({ epochs, keptEpoch, rise }: Standing, best: number): Finding {
  const name = 'Best epoch';
  if (best === epochs) {
    const detail = `The validation's loss was least after the last of ${counts(epochs, 'epoch')}: more of them may help.`;
    return { state: 'look', name, detail };
  }
  const at = `Epoch ${best} of ${epochs}, by the validation's loss`;
  if (keptEpoch !== null)
    return { state: 'ok', name, detail: `${at}; the model has the weights of epoch ${keptEpoch}.` };
  if (rise === null || rise <= RISE) return { state: 'ok', name, detail: `${at}.` };
  return {
    state: 'look',
    name,
    detail: `${at}, which has risen by ${rise.toFixed(4)} since then: keep the best epoch.`,
  };
}

function ofData({ parts, overlap }: ReportedData): Finding[] {
  const found: Finding[] = [];
  if (overlap !== null) {
    found.push({
      state: overlap === 0 ? 'ok' : 'wrong',
      name: 'Parts',
      detail:
        overlap === 0
          ? 'No text is in two parts.'
          : `${counts(overlap, 'text')} of other parts ${overlap === 1 ? 'is' : 'are'} also in the first: scores on ${overlap === 1 ? 'it' : 'them'} say what was learned by heart.`,
    });
  }
  const sizes = Object.values(parts[0]?.classes ?? {});
  if (sizes.length > 1) {
    const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
    const uneven = most > UNEVEN * least;
    found.push({
      state: uneven ? 'look' : 'ok',
      name: 'Classes',
      detail: `The largest of ${sizes.length} classes has ${most.toLocaleString('en')} samples to learn from, the smallest ${least.toLocaleString('en')}${uneven ? ': look at the recall of each, not at the accuracy alone.' : '.'}`,
    });
  }
  const unknown = parts.slice(1).find((part) => (part.unknown ?? 0) > MANY_UNKNOWN);
  if (unknown) {
    found.push({
      state: 'look',
      name: 'Unknown tokens',
      detail: `${percent(unknown.unknown as number)} of the tokens of ${unknown.name} are not in the vocabulary.`,
    });
  }
  return found;
}

function chosenOn(of: string): Finding {
  const detail = `Something was chosen by the ${of} themselves, such as the epoch or the scheme, so these scores are too good: score a part that chose nothing.`;
  return { state: 'look', name: 'Chosen on the same', detail };
}

function seedsOf(seeds: number): Finding {
  const few = seeds < FEW_SEEDS;
  return {
    state: few ? 'look' : 'ok',
    name: 'Seeds',
    detail: `${counts(seeds, 'seed')}${few ? ': another may give another result; train with at least 3 before comparing.' : ' for each scheme.'}`,
  };
}
