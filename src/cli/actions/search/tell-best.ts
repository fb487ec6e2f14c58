import { standing } from '../../../report/study/how-sure.ts';
import { metricOf, type StudyRecord, type TrialRecord } from '../../../report/study/study-record.ts';
import { studyInWords, trialInWords } from '../../../report/study/study-in-words.ts';
import { scoreInWords } from '../../../report/score-in-words.ts';
import type { Output } from '../../output.ts';
import { shellWords } from '../../shell-words.ts';
import type { BestModel } from './best-model.ts';
import { trainWords } from './train-words.ts';

/** The command that trains a trial again; null for a study of a module. */
export function commandOf(record: StudyRecord, trial: TrialRecord): string | null {
  return record.texts === null ? null : `keepgate ${shellWords(trainWords(record, trial))}`;
}

/** Say what the best trial is, how sure that is, and how to train it: its last line, or its last record, is the trial. */
export function tellBest(out: Output, record: StudyRecord, model: BestModel | null): void {
  const found = standing(record);
  for (const sentence of studyInWords(record)) out.line(sentence);
  if (found === null) {
    out.record({ event: 'best', trial: null });
    return;
  }
  const { best, interval, runnerUp, ahead } = found;
  const metric = metricOf(record);
  const command = commandOf(record, best);
  if (model) {
    out.line(`saved to ${model.folder}, with seed ${record.seeds[0]}: keepgate predict ${shellWords([model.folder])}`);
    if (model.test) {
      out.line(
        `on ${model.test.file}, which decided nothing: ${metric} ${scoreInWords(metric, model.test.scores[metric])}`,
      );
    }
  }
  if (command !== null) out.line(`to train it: ${command}`);
  out.line(`best: ${trialInWords(record, best)}: ${metric} ${scoreInWords(metric, best.score as number)}`);
  out.record({
    event: 'best',
    trial: best.number,
    scheme: best.scheme,
    params: best.params,
    epochs: best.epochs,
    score: best.score,
    each: best.each,
    interval,
    runnerUp: runnerUp?.number ?? null,
    ahead: ahead && { mean: ahead.mean, interval: ahead.interval },
    command,
    model: model?.folder ?? null,
    test: model?.test ?? null,
  });
}
