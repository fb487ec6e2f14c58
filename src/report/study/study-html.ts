import type { ChartLibrary } from '../charts/chart-library.ts';
import type { StudyRecord } from './study-record.ts';

export interface StudyPage {
  readonly record: StudyRecord;
  readonly command: string | null;
  readonly test: { readonly file: string; readonly score: number | null } | null;
}

export async function studyHtml(page: StudyPage, _library: ChartLibrary): Promise<string> {
  return JSON.stringify(page.record);
}
