import { describeScheme } from '../../verify/describe-rule.ts';
import type { PropertyResult, Report } from '../../verify/report.ts';
import type { Output } from '../output.ts';

/** A report in full, or a table of several. */
export function printReports(out: Output, reports: readonly Report[]): void {
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

function printOne(out: Output, { subject, properties, claims, observed, notes }: Report): void {
  out.line(subject);
  out.line(`claims    ${describeScheme(claims)}`);
  out.line(`observed  ${describeScheme(observed)}`);
  out.table([['', 'property', 'what was seen'], ...properties.map(propertyRow)]);
  for (const property of properties.filter(({ passed }) => !passed)) printExample(out, property);
  for (const note of notes) out.line(`  note: ${note}`);
}

function printMany(out: Output, reports: readonly Report[]): void {
  const rows = reports.map(({ subject, passed, properties }) => [
    passed ? 'ok' : 'FAILED',
    `${properties.filter((property) => property.passed).length}/${properties.length}`,
    subject,
  ]);
  out.table([['', 'hold', 'subject'], ...rows]);
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
