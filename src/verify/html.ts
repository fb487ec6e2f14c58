import type { ComponentChild } from 'preact';
import { expectText, optionsOf } from '../checks.ts';
import { DataError, show } from '../errors.ts';
import type { Scheme } from '../masks/scheme.ts';
import { isSite } from '../masks/sites.ts';
import { describeRule } from './describe-rule.ts';
import type { PropertyResult, Report } from './report.ts';

/** What `reportPage` is told. */
export interface PageOptions {
  /** The heading; 'What dropout does' when left out. */
  readonly title?: string;
}

type H = typeof import('preact').h;

/**
 * Reports as an HTML page that stands alone: claims next to what was observed, and every property.
 * @throws DataError when it is not a list of reports
 * @example
 * ```ts
 * import { variational } from 'keepgate';
 * import { reportPage, subjectOf, verify } from 'keepgate/verify';
 *
 * const subject = subjectOf({ cell: 'rnn', scheme: variational({ recurrent: 0.35 }), name: 'my layer' });
 * const page = await reportPage([await verify(subject, { runs: 5 })], { title: 'Dropout' });
 * console.log(page.slice(0, 15), page.includes('<h1>Dropout</h1>')); // prints: <!doctype html> true
 * console.log(page.includes('1 subject, every property holds.')); // prints: true
 * ```
 */
export async function reportPage(reports: readonly Report[], options: PageOptions = {}): Promise<string> {
  if (!Array.isArray(reports) || !reports.every(isReport))
    throw new DataError(
      `reportPage: a list of what verify() gives was expected, but ${show(reports)} came; pass [report]`,
    );
  const { title = 'What dropout does' } = optionsOf('reportPage', options, { title: true });
  expectText('reportPage', 'title', title);
  // Loaded by those who make a page, and by nobody else.
  const [{ h }, { renderToString }] = await Promise.all([import('preact'), import('preact-render-to-string')]);
  return `<!doctype html>\n${renderToString(h(() => page(h, reports, title), null))}\n`;
}

/** Whether it has all that the page shows: it may be of a file. */
function isReport(value: unknown): value is Report {
  const { subject, properties, claims, observed, notes = [] } = Object(value);
  return (
    typeof subject === 'string' &&
    isListOf(properties, isProperty) &&
    isListOf(claims, isRule) &&
    isListOf(observed, isRule) &&
    isListOf(notes, (note) => typeof note === 'string')
  );
}

function isListOf(value: unknown, fits: (entry: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(fits);
}

function isProperty(value: unknown): boolean {
  const { name, passed, detail, counterexample = '' } = Object(value);
  const texts: readonly unknown[] = [name, detail, counterexample];
  return texts.every((text) => typeof text === 'string') && typeof passed === 'boolean';
}

function isRule(value: unknown): boolean {
  const { site, rate, shared = [], distribution = 'bernoulli' } = Object(value);
  const isRate = typeof rate === 'number' || typeof Object(rate).rate === 'number';
  const isNamed = typeof distribution === 'string' || typeof Object(distribution).distribution === 'string';
  return (
    typeof site === 'string' &&
    isSite(site) &&
    isRate &&
    isNamed &&
    isListOf(shared, (axis) => typeof axis === 'string')
  );
}

function page(h: H, reports: readonly Report[], title: string): ComponentChild {
  const failed = reports.filter(({ passed }) => !passed).length;
  const verdict =
    failed === 0
      ? `${count(reports.length, 'subject')}, every property holds.`
      : `${count(reports.length, 'subject')}, ${failed} with properties that fail.`;
  return h(
    'html',
    { lang: 'en' },
    h(
      'head',
      null,
      h('meta', { charset: 'utf-8' }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('title', null, title),
      h('style', { dangerouslySetInnerHTML: { __html: STYLE } }),
    ),
    h(
      'body',
      null,
      h('h1', null, title),
      h('p', { class: failed === 0 ? 'passed' : 'failed' }, verdict),
      reports.length > 1 ? overview(h, reports) : null,
      reports.map((report, i) => section(h, report, i, reports.length === 1)),
    ),
  );
}

function overview(h: H, reports: readonly Report[]): ComponentChild {
  const rows = reports.map((report, i) =>
    h(
      'tr',
      { class: classOf(report) },
      h('td', null, mark(h, report)),
      h('td', null, h('a', { href: `#subject-${i}` }, report.subject)),
      h('td', { class: 'number' }, counted(report)),
      h('td', null, failures(report)),
    ),
  );
  const head = ['', 'subject', 'holds', 'what fails'].map((name) => h('th', null, name));
  return h('table', null, h('thead', null, h('tr', null, head)), h('tbody', null, rows));
}

function section(h: H, report: Report, index: number, alone: boolean): ComponentChild {
  return h(
    'details',
    { id: `subject-${index}`, open: alone || !report.passed },
    h(
      'summary',
      { class: classOf(report) },
      mark(h, report),
      ' ',
      h('strong', null, report.subject),
      ` ${counted(report)}`,
    ),
    schemes(h, report),
    h(
      'table',
      null,
      h(
        'tbody',
        null,
        report.properties.map((property) => propertyRow(h, property)),
      ),
    ),
    // Reports that were saved before there were notes have none.
    (report.notes ?? []).map((note) => h('p', { class: 'note' }, `Note: ${note}.`)),
    h('p', { class: 'note' }, `Seed ${report.seed} gives this report again.`),
  );
}

/** Site by site, what is claimed next to what was observed. */
function schemes(h: H, { claims, observed }: Report): ComponentChild {
  const sites = [...new Set([...claims, ...observed].map(({ site }) => site))];
  const cell = (scheme: Scheme, site: string): ComponentChild => {
    const rule = scheme.find((entry) => entry.site === site);
    return h('td', rule ? null : { class: 'none' }, rule ? describeRule(rule) : 'nothing');
  };
  const rows = sites.map((site) =>
    h('tr', null, h('td', null, h('code', null, site)), cell(claims, site), cell(observed, site)),
  );
  const head = ['site', 'claims', 'observed'].map((name) => h('th', null, name));
  return h('table', { class: 'schemes' }, h('thead', null, h('tr', null, head)), h('tbody', null, rows));
}

function propertyRow(h: H, property: PropertyResult): ComponentChild {
  const { name, detail, counterexample } = property;
  return h(
    'tr',
    { class: classOf(property) },
    h('td', null, mark(h, property)),
    h('td', { class: 'name' }, name),
    h(
      'td',
      null,
      detail,
      counterexample === undefined ? null : h('div', { class: 'note' }, `smallest example: ${counterexample}`),
    ),
  );
}

function mark(h: H, { passed }: { readonly passed: boolean }): ComponentChild {
  return h('span', { class: 'mark' }, passed ? 'ok' : 'FAILED');
}

function classOf({ passed }: { readonly passed: boolean }): string {
  return passed ? 'passed' : 'failed';
}

function counted({ properties }: Report): string {
  return `${properties.filter(({ passed }) => passed).length} of ${properties.length}`;
}

function failures({ properties }: Report): string {
  return properties.flatMap(({ name, passed }) => (passed ? [] : name)).join(', ');
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d8dee4, #3a424d); --quiet: light-dark(#57606a, #9aa4af);
  --good: light-dark(#116329, #57c26b); --bad: light-dark(#a40e26, #ff8080); --bad-back: light-dark(#fff0ee, #3d1c1f);
  --text: light-dark(#1f2328, #e6edf3); --page: light-dark(#ffffff, #14181d); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; }
table { border-collapse: collapse; width: 100%; margin: 0.8rem 0; }
th { text-align: left; color: var(--quiet); font-weight: 600; }
th, td { padding: 0.3rem 0.7rem 0.3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; }
.name, .number, .mark { white-space: nowrap; }
.schemes { width: auto; margin-left: 1rem; }
.schemes td, .schemes th { padding-right: 2rem; }
.mark { display: inline-block; min-width: 4rem; font-weight: 600; }
.passed .mark, p.passed { color: var(--good); }
.failed .mark, p.failed { color: var(--bad); }
tr.failed td { background: var(--bad-back); }
tr.failed td:first-child { padding-left: 0.4rem; }
.note, .none { color: var(--quiet); font-size: 0.9em; }
details { border-top: 1px solid var(--line); padding: 0.5rem 0; }
summary { cursor: pointer; }
a { color: inherit; }
code { font-size: 0.95em; }
`;
