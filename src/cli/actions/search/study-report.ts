import { metricOf, type StudyRecord } from '../../../report/study/study-record.ts';
import { standing } from '../../../report/study/how-sure.ts';
import { studyHtml } from '../../../report/study/study-html.ts';
import { installedCharts } from '../../../report/charts/chart-library.ts';
import { writeResult } from '../../result-file.ts';
import type { BestModel } from './best-model.ts';
import { commandOf } from './tell-best.ts';

/** Write the page of a study as it stands. */
export async function writeStudyReport(file: string, record: StudyRecord, model: BestModel | null): Promise<void> {
  const best = standing(record)?.best;
  const test = model?.test ? { file: model.test.file, score: model.test.scores[metricOf(record)] ?? null } : null;
  const command = best ? commandOf(record, best) : null;
  await writeResult(file, await studyHtml({ record, command, test }, await installedCharts('search')));
}
