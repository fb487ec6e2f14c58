import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import cliProgress from 'cli-progress';
import { Command } from 'commander';
import { DataError, show } from '../errors.ts';
import { formatTable } from '../report/table.ts';
import { describeScheme } from '../verify/describe-rule.ts';
import { reportPage } from '../verify/html.ts';
import { publishedSubjects } from '../verify/own-subjects.ts';
import type { PropertyResult, Report } from '../verify/report.ts';
import { type AnySubject, isLayer, verify } from '../verify/verify.ts';
import { wholeNumber } from './options.ts';
import { CheckFailed, type Output, output } from './output.ts';
import { expectWritable, writeWhole } from './write-whole.ts';

interface VerifyCommandOptions {
  readonly seed: number;
  readonly runs?: number;
  readonly json: boolean;
  readonly html?: string;
}

/**
 * Examples for each property where all our cells are verified, so that it takes less than a minute: of a layer, whose masks
 * are looked at, and of a cell.
 */
const OWN_RUNS = { layer: 10, cell: 3 };

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Check what dropout does: of our cells with every published scheme, or of what a module exports.')
    .argument('[module]', 'an ES module, a path or a package, whose default export is a subject or a list of them')
    .option('--seed <n>', 'the same seed gives the same report', wholeNumber(0), 1)
    .option(
      '--runs <n>',
      'examples for each property; when left out as many as each needs, or fewer where all our cells are checked',
      wholeNumber(1),
    )
    .option('--html <file>', 'write the reports to this file, as a page')
    .option('--json', 'one JSON object a line, for programs', false)
    .action(run);
}

async function run(module: string | undefined, options: VerifyCommandOptions): Promise<void> {
  // What can be wrong with the command shows before any work is done.
  if (options.html !== undefined) await expectWritable(options.html, '.html');
  const subjects = module === undefined ? publishedSubjects() : await subjectsOf(module);
  // So does what is no subject.
  const kinds = subjects.map((subject): keyof typeof OWN_RUNS => (isLayer(subject) ? 'layer' : 'cell'));
  const out = output(options.json);
  const reports: Report[] = [];
  const bar = progress(options, subjects);
  try {
    for (const [i, subject] of subjects.entries()) {
      bar.next(subject.name);
      const runs = options.runs ?? (module === undefined ? OWN_RUNS[kinds[i] ?? 'cell'] : undefined);
      const report = await verify(subject, { seed: options.seed, ...(runs === undefined ? {} : { runs }) });
      reports.push(report);
      out.record({ ...report });
    }
  } finally {
    // A bar that is not stopped keeps the process alive.
    bar.stop();
  }
  print(out, reports);
  if (options.html !== undefined) {
    await writeWhole(options.html, await reportPage(reports));
    out.line(`the page is ${options.html}`);
  }
  if (reports.some(({ passed }) => !passed)) throw new CheckFailed();
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
    throw new DataError(
      `verify: a module was expected at ${show(module)}, but it cannot be loaded (${error instanceof Error ? error.message : error}); check the path, or the package's name`,
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
  out.line(
    `${reports.length - failed} of ${reports.length} ${reports.length === 1 ? 'subject keeps its' : 'subjects keep their'} claims: ${held} of ${properties.length} properties hold`,
  );
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
  const bar = new cliProgress.SingleBar(
    {
      format: '{value}/{total} {bar} {percentage}% | {eta_formatted} left | {name}',
      clearOnComplete: true,
      hideCursor: true,
      gracefulExit: true,
    },
    cliProgress.Presets.shades_classic,
  );
  let done = 0;
  bar.start(subjects.length, 0, { name: '' });
  return {
    next: (name) => bar.update(done++, { name }),
    stop: () => bar.stop(),
  };
}
