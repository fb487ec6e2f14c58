import { kindBehind } from '#platform/files.js';
import { terminalBar } from '#platform/process/terminal.js';
import { join } from '#platform/paths.js';
import { DataError, KeepgateError } from '../../errors.ts';
import { reportPage } from '../../verify/html.ts';
import { publishedSubjects } from '../../verify/own-subjects.ts';
import type { Report } from '../../verify/report.ts';
import { type AnySubject, checkSubject, isLayer, verify } from '../../verify/verify.ts';
import { CheckFailed, type Output, output } from '../output.ts';
import type { RemotePlace } from '../../search/queue/remote.ts';
import { printReports } from './print-reports.ts';
import { expectQueueable, queuedReports } from './queue/queued-reports.ts';
import { expectWritable, writeResult } from '../result-file.ts';
import { subjectsOfModel } from './interop/subjects-of-model.ts';
import { expectModuleName, withSubjectsOf } from './subject-module.ts';

export interface VerifyCommandOptions extends Partial<RemotePlace> {
  readonly seed: number;
  readonly runs?: number;
  readonly json: boolean;
  readonly html?: string;
}

/**
 * Examples for each property where all our cells are verified, so that it takes less than a minute: of a layer, whose masks
 * are looked at, and of a cell.
 */
const OWN_RUNS = { layer: 10, cell: 2 };

/** @param module what exports the subjects, or the folder of a model; all our own when left out */
export async function runVerify(module: string | undefined, options: VerifyCommandOptions): Promise<void> {
  // What can be wrong with the command shows before any work is done.
  if (options.html !== undefined) await expectWritable(options.html, '.html');
  if (module !== undefined) expectModuleName(module);
  const isModel = module !== undefined && (await isModelFolder(module));
  expectQueueable(module, isModel, options);
  const out = output(options.json);
  const reports =
    module === undefined
      ? await verifyAll(publishedSubjects(), out, options, undefined, OWN_RUNS)
      : isModel
        ? await verifyAll(await subjectsOfModel(module), out, options)
        : await withSubjectsOf(module, (subjects) => verifyAll(subjects, out, options, module));
  printReports(out, reports);
  if (options.html !== undefined) {
    await writeResult(options.html, await reportPage(reports));
    out.line(`the page is ${options.html}`);
  }
  if (reports.some(({ passed }) => !passed)) throw new CheckFailed();
}

/** A folder with a model in it; a package may be one as well. */
async function isModelFolder(path: string): Promise<boolean> {
  try {
    return (await kindBehind(join(path, 'model.json'))) === 'a file';
  } catch {
    return false;
  }
}

/**
 * @param module what exported the subjects
 * @param runs examples for each property where the options do not say
 */
async function verifyAll(
  subjects: readonly AnySubject[],
  out: Output,
  options: VerifyCommandOptions,
  module?: string,
  runs: Partial<typeof OWN_RUNS> = {},
): Promise<readonly Report[]> {
  checkAll(subjects);
  const { queue, seed } = options;
  const counts = subjects.map((subject) => options.runs ?? runs[isLayer(subject) ? 'layer' : 'cell'] ?? null);
  const found =
    queue === undefined
      ? reportsHere(subjects, counts, options)
      : queuedReports(module, counts, seed, options as RemotePlace, out);
  const reports: Report[] = [];
  for await (const report of found) {
    reports.push(report);
    out.record({ ...report });
  }
  return reports;
}

async function* reportsHere(
  subjects: readonly AnySubject[],
  counts: readonly (number | null)[],
  options: VerifyCommandOptions,
): AsyncGenerator<Report> {
  const bar = await progress(options, subjects);
  try {
    for (const [i, subject] of subjects.entries()) {
      bar.next(subject.name);
      const runs = counts[i] ?? null;
      yield await verify(subject, { seed: options.seed, ...(runs === null ? {} : { runs }) });
    }
  } finally {
    // A bar that is not stopped keeps the process alive.
    bar.stop();
  }
}

/** A bad subject shows before the work on those ahead of it. @throws DataError that says which it is */
function checkAll(subjects: readonly AnySubject[]): void {
  for (const [i, subject] of subjects.entries()) {
    try {
      checkSubject(subject);
    } catch (error) {
      if (!(error instanceof KeepgateError)) throw error;
      throw new DataError(`verify: subject ${i + 1} of ${subjects.length}: ${error.message.replace(/^verify: /, '')}`);
    }
  }
}

/** A bar on a terminal, and nothing elsewhere. */
async function progress(
  { json }: VerifyCommandOptions,
  subjects: readonly AnySubject[],
): Promise<{ next(name: string): void; stop(): void }> {
  if (!process.stdout.isTTY || json) return { next: () => {}, stop: () => {} };
  const bar = await terminalBar('{value}/{total} {bar} {percentage}% | {eta_formatted} left | {name}');
  let done = 0;
  bar.start(subjects.length, 0, { name: '' });
  return {
    next: (name) => bar.update(done++, { name }),
    stop: () => bar.stop(),
  };
}
