import { counts, points } from '../run/in-words.ts';
import { isShare, scoreInWords } from '../score-in-words.ts';
import { standing } from './how-sure.ts';
import { metricOf, type StudyRecord, type TrialRecord } from './study-record.ts';

/** A trial in a few words: its number, its scheme, and all else that was searched. */
export function trialInWords({ dimensions }: StudyRecord, { number, scheme, params }: TrialRecord): string {
  const others = settingsInWords(dimensions, params, scheme);
  return `trial ${number}: ${scheme}${others === '' ? '' : `, ${others}`}`;
}

/** The values of names that are searched, but for those that the scheme shows. */
export function settingsInWords(
  dimensions: StudyRecord['dimensions'],
  params: TrialRecord['params'],
  scheme: string,
): string {
  return dimensions
    .filter(({ name, isFixed }) => name !== 'scheme' && !isFixed && Object.hasOwn(params, name))
    .filter(({ name }) => !`${params.scheme}`.includes(`{${name}}`) || scheme === '')
    .map(({ name }) => `${name} ${params[name]}`)
    .join(', ');
}

/** What a study has come to and how sure one may be, a sentence each. */
export function studyInWords(record: StudyRecord): readonly string[] {
  const found = standing(record);
  if (found === null) return [`${counts(record.trials.length, 'trial')}, none of which has a score yet`];
  const { best, interval, runnerUp, ahead } = found;
  const metric = metricOf(record);
  const shown = (value: number): string => scoreInWords(metric, value);
  const apart = (value: number): string => (isShare(metric) ? points(value) : value.toFixed(4));
  const bare = (value: number): string => apart(value).replace(/ points$/, '');
  const scored = record.trials.filter(({ score }) => score !== null).length;
  const trainings = counts(best.each.length, 'training');
  const between = interval
    ? `95% by bootstrap: ${shown(interval.from)} to ${shown(interval.to)}`
    : 'fewer than 3 say nothing of how much that varies';
  const first = `${trialInWords(record, best)}: ${metric} ${shown(best.score as number)}, the mean of ${trainings} of ${counts(best.epochs, 'epoch')}; ${between}`;
  if (!runnerUp || !ahead) return [first, flattered(scored)];
  const isTold = ahead.interval !== null && (ahead.interval.from > 0 || ahead.interval.to < 0);
  const range = ahead.interval ? `, 95%: ${bare(ahead.interval.from)} to ${apart(ahead.interval.to)}` : '';
  const verdict = isTold ? 'the seeds agree on it' : 'these seeds do not tell them apart';
  return [
    first,
    `ahead of the runner-up, ${trialInWords(record, runnerUp)}, by ${apart(ahead.mean)}, seed by seed${range}: ${verdict}`,
    flattered(scored),
  ];
}

function flattered(trials: number): string {
  return `it is the best of ${counts(trials, 'trial')} on the texts that chose it, and looks better there than it is: score it once on others`;
}
