import { holderOf } from '#platform/process/folder-lock.js';
import { installedCharts } from '../../../report/charts/chart-library.ts';
import { counts } from '../../../report/run/in-words.ts';
import { metricOf, type StudyRecord, type TrialRecord } from '../../../report/study/study-record.ts';
import { scoreInWords } from '../../../report/score-in-words.ts';
import { readStudy } from '../../../search/journal/read-study.ts';
import { STUDY_LOCK } from '../../../search/search.ts';
import { output } from '../../output.ts';
import { expectWritable } from '../../result-file.ts';
import { readBest } from './best-model.ts';
import { writeStudyReport } from './study-report.ts';
import { tellBest } from './tell-best.ts';

export interface SearchStatusOptions {
  readonly report?: string;
  readonly json: boolean;
}

export async function runSearchStatus(folder: string, { report, json }: SearchStatusOptions): Promise<void> {
  if (report !== undefined) {
    await expectWritable(report, '.html');
    await installedCharts('search status');
  }
  const out = output(json);
  // First who works in it: a search that ends meanwhile has written all by then.
  const holder = (await holderOf(folder, STUDY_LOCK))?.holder ?? null;
  const record = await readStudy(folder);
  const { trials, asked, name } = record;
  const states = Object.fromEntries(
    [...new Set(trials.map(({ state }) => state))].map((state) => [
      state,
      trials.filter((one) => one.state === state).length,
    ]),
  );
  const work = holder ? `process ${holder.pid} of ${holder.host} works in it` : 'nobody works in it';
  out.record({ event: 'study', name, asked, begun: trials.length, states, atWork: holder });
  out.table([['trial', 'scheme', 'epochs', metricOf(record), 'state'], ...trials.map((trial) => row(record, trial))]);
  for (const { curve: _, rungs: __, ...trial } of trials) out.record({ event: 'trial', ...trial });
  const parts = Object.entries(states).map(([state, count]) => `${count} ${state}`);
  out.line(`${trials.length} of ${counts(asked, 'trial')}: ${parts.join(', ') || 'none has begun'}; ${work}`);
  const best = await readBest(record, folder);
  if (report !== undefined) {
    await writeStudyReport(report, record, best);
    out.line(`the report is ${report}`);
  }
  tellBest(out, record, best);
}

function row(record: StudyRecord, { number, scheme, epochs, score, state, why }: TrialRecord): string[] {
  const shown = score === null ? '–' : scoreInWords(metricOf(record), score);
  return [`${number}`, scheme, `${epochs}`, shown, why === null ? state : `${state}: ${why}`];
}
