import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DataError, KeepgateError, OptionError, show } from '../../errors.ts';
import { formatTable } from '../../report/table.ts';
import { describeScheme } from '../../verify/describe-rule.ts';
import { reportPage } from '../../verify/html.ts';
import { publishedSubjects } from '../../verify/own-subjects.ts';
import type { PropertyResult, Report } from '../../verify/report.ts';
import { type AnySubject, checkSubject, isLayer, verify } from '../../verify/verify.ts';
import { CheckFailed, type Output, output } from '../output.ts';
import { terminalBar } from '../terminal-bar.ts';
import { expectWritable, writeWhole } from '../write-whole.ts';

export interface VerifyCommandOptions {
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

/** @param module what exports the subjects; all our own when left out */
export async function runVerify(module: string | undefined, options: VerifyCommandOptions): Promise<void> {
  // What can be wrong with the command shows before any work is done.
  if (options.html !== undefined) await expectWritable(options.html, '.html');
  if (module !== undefined) expectName(module);
  const out = output(options.json);
  const reports =
    module === undefined
      ? await verifyAll(publishedSubjects(), out, options, OWN_RUNS)
      : await guarded(module, out, options);
  print(out, reports);
  if (options.html !== undefined) {
    await writeWhole(options.html, await reportPage(reports));
    out.line(`the page is ${options.html}`);
  }
  if (reports.some(({ passed }) => !passed)) throw new CheckFailed();
}

/** Verify what a module exports. Whatever is wrong with it is no fault of the command. */
async function guarded(module: string, out: Output, options: VerifyCommandOptions): Promise<readonly Report[]> {
  const release = expectVerdict(module);
  const giveBack = keepResultsApart();
  try {
    return await verifyAll(await subjectsOf(module), out, options);
  } catch (error) {
    throw error instanceof KeepgateError ? new DataError(error.message) : error;
  } finally {
    giveBack();
    release();
  }
}

/** @param runs examples for each property where the options do not say */
async function verifyAll(
  subjects: readonly AnySubject[],
  out: Output,
  options: VerifyCommandOptions,
  runs: Partial<typeof OWN_RUNS> = {},
): Promise<readonly Report[]> {
  checkAll(subjects);
  const reports: Report[] = [];
  const bar = progress(options, subjects);
  try {
    for (const subject of subjects) {
      bar.next(subject.name);
      const count = options.runs ?? runs[isLayer(subject) ? 'layer' : 'cell'];
      const report = await verify(subject, { seed: options.seed, ...(count === undefined ? {} : { runs: count }) });
      reports.push(report);
      out.record({ ...report });
    }
  } finally {
    // A bar that is not stopped keeps the process alive.
    bar.stop();
  }
  return reports;
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

/**
 * A module can end the process, and so can waiting for a promise that is never kept: neither is a verdict.
 * @returns what to call when there is one
 */
function expectVerdict(module: string): () => void {
  const onExit = (): void => {
    process.exitCode = 1;
    console.error(
      `keepgate: verify: a verdict was expected, but the process ended without one; does ${show(module)} call process.exit(), or wait for a promise that is never kept?`,
    );
  };
  const release = (): void => {
    process.off('exit', onExit);
    process.stdout.off('error', release);
  };
  process.on('exit', onExit);
  // A reader of the results that has seen enough ends the process as well: see main.ts.
  process.stdout.prependListener('error', release);
  return release;
}

/** What a module prints goes to standard error: standard output is for the results. @returns what to call at the end */
function keepResultsApart(): () => void {
  const { log, info, debug } = console;
  Object.assign(console, { log: console.error, info: console.error, debug: console.error });
  return () => Object.assign(console, { log, info, debug });
}

function expectName(module: string): void {
  if (module.trim() === '') {
    throw new OptionError(`verify: the path of a module or a package was expected, but ${show(module)} came`);
  }
}

async function subjectsOf(module: string): Promise<readonly AnySubject[]> {
  const { default: exported } = await load(module);
  const subjects = Array.isArray(exported) ? exported : exported === undefined ? [] : [exported];
  if (subjects.length === 0) {
    throw new DataError(
      `verify: a subject, or a list of them, was expected as the default export of ${show(module)}, but ${exported === undefined ? 'there is none' : 'an empty list came'}; see keepgate/verify`,
    );
  }
  return subjects;
}

async function load(module: string): Promise<{ default?: AnySubject | AnySubject[] }> {
  try {
    return await import(locate(module));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    // That this file asked for it says nothing.
    const told = why.replace(` imported from ${fileURLToPath(import.meta.url)}`, '');
    throw new DataError(
      `verify: a module was expected at ${show(module)}, but it cannot be loaded (${told}); check the path, or the package's name`,
    );
  }
}

/** What to import: a path is from where we are, and so is a package, unless only import() can see it. */
function locate(module: string): string {
  if (/^[./\\]|^[a-zA-Z]:|\.[cm]?[jt]s$/.test(module)) return pathToFileURL(resolve(module)).href;
  try {
    return pathToFileURL(createRequire(resolve('here.js')).resolve(module)).href;
  } catch {
    return module;
  }
}

function print(out: Output, reports: readonly Report[]): void {
  const [report] = reports;
  if (report && reports.length === 1) printOne(out, report);
  else printMany(out, reports);
  const failed = reports.filter(({ passed }) => !passed).length;
  const properties = reports.flatMap((one) => one.properties);
  const held = properties.filter(({ passed }) => passed).length;
  const verdict =
    reports.length === 1
      ? `the subject ${failed === 0 ? 'keeps' : 'does not keep'} its claims`
      : `${reports.length - failed} of ${reports.length} subjects keep their claims`;
  out.line(`${verdict}: ${held} of ${properties.length} properties hold`);
}

function printOne(out: Output, { subject, properties, claims, observed }: Report): void {
  out.line(subject);
  out.line(`claims    ${describeScheme(claims)}`);
  out.line(`observed  ${describeScheme(observed)}`);
  out.line(formatTable([['', 'property', 'what was seen'], ...properties.map(propertyRow)]));
  for (const property of properties.filter(({ passed }) => !passed)) printExample(out, property);
}

function printMany(out: Output, reports: readonly Report[]): void {
  const rows = reports.map(({ subject, passed, properties }) => [
    passed ? 'ok' : 'FAILED',
    `${properties.filter((property) => property.passed).length}/${properties.length}`,
    subject,
  ]);
  out.line(formatTable([['', 'hold', 'subject'], ...rows]));
  for (const { subject, properties, claims, observed } of reports.filter(({ passed }) => !passed)) {
    const failed = properties.filter(({ passed }) => !passed);
    out.line(`\n${subject}`);
    out.line(`  claims    ${describeScheme(claims)}`);
    out.line(`  observed  ${describeScheme(observed)}`);
    for (const property of failed) {
      out.line(`  ${property.name}: ${property.detail}`);
      printExample(out, property);
    }
  }
  if (reports.some(({ passed }) => !passed)) out.line('');
}

function propertyRow({ name, passed, detail }: PropertyResult): string[] {
  return [passed ? 'ok' : 'FAILED', name, detail];
}

function printExample(out: Output, { name, counterexample }: PropertyResult): void {
  if (counterexample !== undefined) out.line(`  smallest example of ${name}: ${counterexample}`);
}

/** A bar on a terminal, and nothing elsewhere. */
function progress(
  { json }: VerifyCommandOptions,
  subjects: readonly AnySubject[],
): { next(name: string): void; stop(): void } {
  if (!process.stdout.isTTY || json) return { next: () => {}, stop: () => {} };
  const bar = terminalBar('{value}/{total} {bar} {percentage}% | {eta_formatted} left | {name}');
  let done = 0;
  bar.start(subjects.length, 0, { name: '' });
  return {
    next: (name) => bar.update(done++, { name }),
    stop: () => bar.stop(),
  };
}
