import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultSpace, type Job, type JobResult, search, startingPoints, type StudyOptions } from 'keepgate/search';
import { studyHtml } from '../../src/report/study/study-html.ts';
import type { StudyRecord } from '../../src/report/study/study-record.ts';
import { readStudy } from '../../src/search/journal/read-study.ts';
import { installedCharts } from '../../src/report/charts/chart-library.ts';
import { toyStudy } from './toy-search.ts';

/** A study as one of texts would be, with trials that are complete, halted, failed and diverged. */
export async function studyRecord(more: Partial<StudyOptions> = {}): Promise<StudyRecord> {
  const folder = mkdtempSync(join(tmpdir(), 'keepgate-study-'));
  try {
    const space = defaultSpace();
    const study = toyStudy(folder, { space, first: startingPoints(space), trials: 60, seeds: 3, ...more });
    await search(study, {
      driver: { open: async () => ({ run: async (job) => outcome(job), async close() {} }) },
    });
    const record = await readStudy(study.out);
    const texts = { path: 'reviews & <ratings>.csv', reading: { text: 'text' }, validation: null, holdout: 0.3 };
    return { ...record, texts, trials: record.trials.map((trial) => ({ ...trial, began: 0, ended: 0 })) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Better near a learning rate of 0.004 and an input rate of 0.3, as a seed has it. */
function outcome({ params, seed, from, to }: Job): JobResult {
  const rate = Number(params.learningRate);
  if (rate > 0.019) return { failed: 'its process ended 3 times, at last by SIGKILL' };
  const i = Number(params.i ?? 0);
  const scheme = `${params.scheme}`.length % 7;
  const scores = Array.from({ length: to - from }, (_, k) => {
    const epoch = from + k + 1;
    const noise = 0.02 * Math.sin(seed * 7 + 1000 * rate + 10 * i + epoch);
    const score = 0.8 - 0.05 * Math.abs(Math.log(rate / 0.004)) - 0.2 * (i - 0.3) ** 2 - 0.2 / (epoch + 1);
    return { 'validation.accuracy': score + noise + 0.004 * scheme };
  });
  return rate > 0.017 ? { scores: scores.slice(1), diverged: 'the loss is no number' } : { scores };
}

/** The page of a study. */
export async function studyPage(more: Partial<StudyOptions> = {}): Promise<string> {
  const record = await studyRecord(more);
  const page = { record, command: "keepgate train reviews.csv --dropout 'variational(input=0.25)'" };
  return studyHtml({ ...page, test: { file: 'test.csv', score: 0.7712 } }, await installedCharts('test'));
}
