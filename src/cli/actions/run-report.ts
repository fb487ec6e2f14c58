import { readBytes } from '#platform/files.js';
import { DataError } from '../../errors.ts';
import { inWords } from '../../interop/system-error.ts';
import { renderReport } from '../../report/html-report.ts';
import { readReport } from '../../report/run/report-data.ts';
import { output } from '../output.ts';
import { expectWritable, writeResult } from '../result-file.ts';

export interface ReportPageOptions {
  readonly out?: string;
  readonly json: boolean;
}

export async function runReport(file: string, { out: asked, json }: ReportPageOptions): Promise<void> {
  const page = asked ?? (json ? null : `${file.replace(/\.(html?|json)$/i, '')}.html`);
  if (page !== null) await expectWritable(page, '.html');
  const data = readReport(await textOf(file));
  const out = output(json);
  if (page !== null) {
    await writeResult(page, await renderReport(data));
    out.line(`the report is ${page}`);
  }
  out.record({ ...data });
}

async function textOf(path: string): Promise<string> {
  try {
    return new TextDecoder().decode(await readBytes(path));
  } catch (error) {
    throw new DataError(`report: a page or its JSON was expected at ${path}, but ${inWords(error)}`);
  }
}
