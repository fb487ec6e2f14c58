import { KeepgateError } from 'keepgate';
import { AWKWARD, anyValues, foreignCopy, frozenCopy } from './values.ts';
import { at, exchanged, objectsIn, type Path, placesIn } from './variations.ts';

/** A function of the package, and how to call it. */
export interface Subject {
  readonly name: string;
  /** Arguments that it takes, made anew. */
  args(): readonly unknown[] | Promise<readonly unknown[]>;
  call(...args: readonly unknown[]): unknown;
  /** What a call that is refused must leave as it is. */
  state?(): Promise<unknown> | unknown;
  /** Makes anew what it is a method of. */
  renew?(): Promise<void>;
  /** Whose names anybody may choose, by their path: `1.layers`. */
  readonly free?: readonly string[];
  /** Values that it is not called with: a path that it would write to. */
  skips?(path: Path, value: unknown): boolean;
}

/** What came of a call. */
export interface Outcome {
  readonly kind: 'value' | 'refused' | 'raw';
  /** What was thrown, if something was. */
  readonly error?: unknown;
}

/** One call that went wrong. */
export interface Fault {
  readonly where: string;
  readonly what: string;
}

/** What a walk came to. */
export interface Walked {
  readonly calls: number;
  readonly faults: readonly Fault[];
}

/** Call a subject with one value after another that it does not want. @param samples how many values of any kind */
export async function walk(subject: Subject, samples: number, seed: number): Promise<Walked> {
  const faults: Fault[] = [];
  let calls = 0;
  let before = await stateOf(subject);
  const attempt = async (where: string, args: readonly unknown[], expected: readonly Outcome['kind'][]) => {
    const outcome = await outcomeOf(subject, args);
    calls += 1;
    const wrong = faultOf(outcome, expected);
    if (wrong) faults.push({ where: `${subject.name} ${where}`, what: wrong });
    const after = await stateOf(subject);
    if (after === before && subject.state) return;
    if (outcome.kind === 'refused' && subject.state) {
      faults.push({ where: `${subject.name} ${where}`, what: `refused, and changed: ${before} -> ${after}` });
    }
    await subject.renew?.();
    before = await stateOf(subject);
  };

  await attempt('as it is meant', await subject.args(), ['value']);
  await attempt('of another realm', foreignCopy(await subject.args()) as readonly unknown[], ['value']);
  await attempt('frozen', frozenCopy(await subject.args()) as readonly unknown[], ['value']);
  const example = await subject.args();
  for (const path of objectsIn(example)) {
    if (subject.free?.includes(path.join('.'))) continue;
    const args = await subject.args();
    const misspelt = { ...(at(args, path) as object), colourx: 1 };
    await attempt(`{ ${path.join('.')}.colourx }`, exchanged(args, path, misspelt), ['refused']);
  }
  const values = [
    ...Object.entries(AWKWARD),
    ...anyValues(samples, seed).map((value, i) => [`any value ${i}`, () => value] as const),
  ];
  for (const path of placesIn(example)) {
    for (const [name, make] of values) {
      const value = make();
      if (subject.skips?.(path, value)) continue;
      const args = exchanged(await subject.args(), path, value);
      await attempt(`[${path.join('.')}] = ${name}`, args, ['value', 'refused']);
    }
  }
  for (let count = 0; count < example.length; count++) {
    await attempt(`with ${count} arguments`, (await subject.args()).slice(0, count), ['value', 'refused']);
  }
  return { calls, faults };
}

async function stateOf(subject: Subject): Promise<string> {
  return JSON.stringify(await subject.state?.()) ?? '';
}

async function outcomeOf(subject: Subject, args: readonly unknown[]): Promise<Outcome> {
  try {
    const result = await subject.call(...args);
    await endOf(result);
    return { kind: 'value' };
  } catch (error) {
    return { kind: error instanceof KeepgateError ? 'refused' : 'raw', error };
  }
}

/** Give back what a call made. */
async function endOf(result: unknown): Promise<void> {
  const { dispose, finish } = Object(result) as { dispose?: unknown; finish?: unknown };
  if (typeof finish === 'function') await finish.call(result);
  else if (typeof dispose === 'function') await dispose.call(result);
}

function faultOf({ kind, error }: Outcome, expected: readonly Outcome['kind'][]): string | undefined {
  if (kind === 'raw') return `raw: ${stackOf(error)}`;
  const message = kind === 'refused' ? (error as Error).message : '';
  if (!expected.includes(kind)) return `${kind}, not ${expected.join(' or ')} ${message}`;
  if (kind === 'refused' && !WELL_SAID.test(message)) return `says: ${message}`;
  return undefined;
}

/** One line that says what was expected, or which option it is. */
const WELL_SAID = /^[^\n\r]+(( expected|: it was to run)[^\n\r]*, but [^\n\r]+| is not an option of it; [^\n\r]+)$/;

/** What an error says, and the line of the package that it came from. */
function stackOf(error: unknown): string {
  const { message, stack } = Object(error) as { message?: unknown; stack?: unknown };
  const line =
    String(stack)
      .split('\n')
      .find((text) => text.includes('/src/')) ?? '';
  return `${String(message).slice(0, 100)} ${line.replace(/^.*\/src\//, 'src/').replace(/\)$/, '')}`;
}
