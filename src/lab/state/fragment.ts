import { DEFAULTS, MOST, type Settings, VIEWS } from './lab-settings.ts';

/** What an address says: settings, what it says wrongly, and what it says that nobody knows here. */
export interface Address {
  readonly settings: Settings;
  /** One line each: what was expected, what came, and what is shown instead. */
  readonly problems: readonly string[];
  /** Kept as they came, so that nobody's link loses them. */
  readonly unknown: Readonly<Record<string, string>>;
}

/** More characters than any link of this page has. */
const LONGEST = 100_000;
const LONGEST_SHOWN = 40;

type Check = { readonly expected: string; readonly parse: (text: string) => unknown };

const oneOf = (...values: readonly string[]): Check => ({
  expected: `one of ${values.join(', ')}`,
  parse: (text) => (values.includes(text) ? text : undefined),
});
const whole = (least: number, most: number): Check => ({
  expected: `a whole number from ${least} to ${most}`,
  parse: (text) =>
    /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined,
});

const CHECKS: { readonly [N in keyof Settings]: Check } = {
  view: oneOf(...Object.keys(VIEWS)),
  // What a scheme may be is said where it is read: a text that is none stays there, to be mended.
  scheme: { expected: 'a scheme of at most 500 characters', parse: (text) => (text.length <= 500 ? text : undefined) },
  cell: oneOf('lstm', 'gru', 'rnn'),
  key: whole(0, MOST.key),
  other: whole(0, MOST.key),
  T: whole(1, MOST.T),
  I: whole(1, MOST.I),
  H: whole(1, MOST.H),
  B: whole(1, MOST.B),
  sample: whole(0, MOST.B - 1),
  gate: whole(0, 3),
  scope: oneOf('told', 'sequence', 'step'),
  tie: oneOf('told', 'tied', 'untied'),
  scaling: oneOf('told', 'inverted', 'literal', 'none'),
};
const NAMES = Object.keys(CHECKS) as (keyof Settings)[];

/**
 * The settings of an address' fragment, `#view=masks&scheme=...`. What is wrong in it is told and left aside, so that any
 * address shows a page.
 */
export function readFragment(fragment: string): Address {
  const text = fragment.replace(/^#/, '');
  if (text.length > LONGEST) {
    const problem = `a link of at most ${LONGEST} characters was expected, but ${text.length} came; it was left aside`;
    return { settings: DEFAULTS, problems: [problem], unknown: {} };
  }
  const problems: string[] = [];
  const found = new Map<string, unknown>();
  const unknown: [string, string][] = [];
  for (const pair of text.split('&')) {
    const at = pair.indexOf('=');
    const name = at < 0 ? pair : pair.slice(0, at);
    if (name === '' || (name === 'v' && pair === 'v=1')) continue;
    const value = decoded(at < 0 ? '' : pair.slice(at + 1));
    if (value === undefined)
      problems.push(`${shown(name)}: text as encodeURIComponent writes it was expected; it was left aside`);
    else if (!Object.hasOwn(CHECKS, name)) unknown.push([name, value]);
    else if (found.has(name)) problems.push(`${name}: one value was expected, but it came twice; the first is shown`);
    else {
      const { expected, parse } = CHECKS[name as keyof Settings];
      const parsed = parse(value);
      if (parsed === undefined) {
        const instead = DEFAULTS[name as keyof Settings];
        problems.push(`${name}: ${expected} was expected, but ${shown(value)} came; ${instead} is shown`);
      } else found.set(name, parsed);
    }
  }
  const settings = { ...DEFAULTS, ...Object.fromEntries(found) };
  return { settings, problems, unknown: Object.fromEntries(unknown) };
}

/** The fragment of settings: what is not as at first, in the order of the settings. */
export function writeFragment(settings: Settings, unknown: Readonly<Record<string, string>> = {}): string {
  const known = NAMES.filter((name) => settings[name] !== DEFAULTS[name]).map(
    (name) => [name, settings[name]] as const,
  );
  const pairs = [['v', 1] as const, ...known, ...Object.entries(unknown)];
  return `#${pairs.map(([name, value]) => `${name}=${encoded(String(value))}`).join('&')}`;
}

/** As encodeURIComponent has it, but that schemes can be read: `variational(input=0.25,recurrent=0.25)+...`. */
function encoded(value: string): string {
  return encodeURIComponent(value).replaceAll('%3D', '=').replaceAll('%2C', ',').replaceAll('%2B', '+');
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function shown(value: string): string {
  return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}...` : value);
}
