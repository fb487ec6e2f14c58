import fc from 'fast-check';
import { DataError, OptionError, show } from '../../errors.ts';
import { resolveScheme } from '../../masks/scheme.ts';
import { isSite } from '../../masks/sites.ts';
import type { PropertyResult, Report } from '../report.ts';
import type { Subject } from '../subject.ts';
import {
  callsLeaveNoTrace,
  evaluationDrawsNothing,
  evaluationIsTheMean,
  type Law,
  paddingChangesNothing,
  type Setting,
  SubjectFailure,
  samplesAreIndependent,
  seedReproduces,
  settings,
} from './behaviour.ts';
import { kindOf } from './cell-step.ts';
import { type Claim, claimsOf, sitesOf } from './claims.ts';
import { directionOf, directionsDiffer, joinReports } from './directions.ts';
import { type Finding, findingOf, observedScheme } from './findings.ts';
import { makeCall, makeCalls, TIME } from './forward-calls.ts';
import { alternatives, asClaimed, type Hypothesis } from './hypothesis.ts';
import { PROBES } from './layouts.ts';
import { maskProperties } from './mask-properties.ts';
import { type Call, type Failure, type Readings, readCalls } from './readings.ts';
import { repeatedCalls, withRepeats } from './repeats.ts';
import { describeFailure, type Explanation, structureProperties } from './structure-properties.ts';

export interface VerifyOptions {
  /** The same seed gives the same report; 1 when left out. */
  readonly seed?: number;
  /** How often fast-check tries each law, and in proportion how many masks are looked at; 20 when left out. */
  readonly runs?: number;
}

/** The laws about what is handed on, in the order in which they are tried. */
const LAWS: readonly { readonly name: string; readonly law: Law; readonly needs?: 'seed' }[] = [
  { name: 'evaluation-draws-nothing', law: evaluationDrawsNothing },
  { name: 'evaluation-is-the-mean', law: evaluationIsTheMean },
  { name: 'calls-leave-no-trace', law: callsLeaveNoTrace },
  { name: 'seed-reproduces', law: seedReproduces },
  { name: 'samples-are-independent', law: samplesAreIndependent, needs: 'seed' },
  { name: 'padding-changes-nothing', law: paddingChangesNothing, needs: 'seed' },
];

/**
 * Find out what a layer drops from what it hands on alone, and hold it against what it claims. Weights are chosen so
 * that the outputs show the masks: gates held open or shut, one entry of W or U at a time.
 */
export async function blackBox(subject: Subject, { seed = 1, runs = 20 }: VerifyOptions = {}): Promise<Report> {
  expectSubject(subject);
  if (subject.bidirectional) return bothDirections(subject, { seed, runs });
  const claims = claimsOf(subject);
  const properties: PropertyResult[] = [];
  let observed: Report['observed'] = [];
  try {
    // A layer that cannot be run has no other properties; and one that keeps what its first call drew shows it below.
    await makeCall(subject, 'own', 0, 2, 2, seed);
    for (const { name, law, needs } of LAWS) {
      const reproduces = properties.every((one) => one.name !== 'seed-reproduces' || one.passed);
      if (needs !== 'seed' || reproduces) properties.push(await checkLaw(name, law, subject, seed, runs));
    }
    const masks = await lookAtMasks(subject, claims, seed, runs);
    properties.push(...withRepeats(masks.properties, await repeatedCalls(subject, claims, seed)));
    observed = masks.observed;
  } catch (error) {
    if (!(error instanceof SubjectFailure)) throw error;
    properties.push({ name: 'output-fits', passed: false, detail: error.message });
  }
  return {
    subject: subject.name,
    passed: properties.every(({ passed }) => passed),
    properties,
    claims: resolveScheme(subject.claims),
    observed,
    seed,
  };
}

async function bothDirections(subject: Subject, options: Required<VerifyOptions>): Promise<Report> {
  const forward = await blackBox(directionOf(subject, 'forward'), options);
  const reverse = await blackBox(directionOf(subject, 'reverse'), options);
  const ran = [forward, reverse].every(({ properties }) => properties.every(({ name }) => name !== 'output-fits'));
  return joinReports(forward, reverse, ran ? await directionsDiffer(subject, options.seed, options.runs) : null);
}

/** The names of the properties that `blackBox` reports, as far as they apply. */
export const BLACK_BOX_PROPERTIES: readonly string[] = [
  'output-fits',
  ...LAWS.map(({ name }) => name),
  ...['sites-as-claimed', 'scaling-as-claimed', 'carry-is-clean'],
  ...['fixed-in-time', 'drawn-each-step', 'gates-as-claimed', 'samples-differ', 'shared-across-batch'],
  ...['units-differ', 'shared-across-units', 'masks-are-fresh', 'sites-differ', 'sites-share', 'rate-as-claimed'],
  'directions-differ',
];

async function checkLaw(name: string, law: Law, subject: Subject, seed: number, runs: number): Promise<PropertyResult> {
  const property = fc.asyncProperty(settings, async (setting: Setting) => {
    const found = await law(subject, setting);
    if (found) throw new Error(found);
  });
  const result = await fc.check(property, { seed, numRuns: runs });
  if (!result.failed) return { name, passed: true, detail: `held in ${result.numRuns} runs` };
  const [setting] = result.counterexample ?? [];
  return {
    name,
    passed: false,
    detail: (result.errorInstance as Error | undefined)?.message ?? 'failed',
    counterexample: `${JSON.stringify(setting)} (fast-check seed ${seed}, path ${result.counterexamplePath})`,
  };
}

interface MaskReport {
  readonly properties: readonly PropertyResult[];
  readonly observed: Report['observed'];
}

async function lookAtMasks(
  subject: Subject,
  claims: readonly Claim[],
  seed: number,
  runs: number,
): Promise<MaskReport> {
  const calls = await makeCalls(subject, claims, seed, runs);
  const claimed = asClaimed(claims);
  const found = readCalls(calls, claimed);
  const contradicted = 'possible' in found;
  const example = contradicted ? await smallestFailure(subject, claimed, seed, found) : null;
  const explanation = contradicted
    ? explain(calls, found.call, subject, claims)
    : { hypothesis: claimed, findings: findingsOf(found, claims) };
  const findings = explanation?.findings ?? [];
  return {
    properties: [...structureProperties(explanation, claims, example), ...maskProperties(findings, claims)],
    observed: observedScheme(findings, claims),
  };
}

/** The smallest call that contradicts a hypothesis, by fast-check, or the one that is known. */
async function smallestFailure(
  subject: Subject,
  hypothesis: Hypothesis,
  seed: number,
  known: Failure,
): Promise<string> {
  const arbitrary = fc.record({
    probe: fc.constantFrom(...PROBES),
    number: fc.integer({ min: 0, max: 15 }),
    batch: fc.integer({ min: 1, max: 3 }),
    time: fc.integer({ min: 1, max: TIME }),
    seed: fc.integer({ min: 0, max: 1_000_000 }),
  });
  const property = fc.asyncProperty(arbitrary, async ({ probe: name, number, batch, time, seed: masks }) => {
    const found = readCalls([await makeCall(subject, name, number, batch, time, masks)], hypothesis);
    if ('possible' in found) throw new Error(describeFailure(found));
  });
  const result = await fc.check(property, { seed, numRuns: 100 });
  if (!result.failed) return describeFailure(known);
  const says = (result.errorInstance as Error | undefined)?.message ?? '';
  return `${says}: ${JSON.stringify(result.counterexample?.[0])} (fast-check seed ${seed}, path ${result.counterexamplePath})`;
}

/** The first hypothesis that explains every call: the one that the claims do not, then a few samples of others, then all. */
function explain(
  calls: readonly Call[],
  contradicting: Call,
  subject: Subject,
  claims: readonly Claim[],
): Explanation | null {
  const others = PROBES.flatMap((name) => calls.filter((call) => call.probe.name === name).slice(0, 8)).map(
    firstSamples,
  );
  const few = [contradicting, ...others];
  for (const hypothesis of alternatives(claims, kindOf(subject), sitesOf(subject))) {
    if (!findingsUnder(hypothesis, few, claims)) continue;
    const findings = findingsUnder(hypothesis, calls, claims);
    if (findings) return { hypothesis, findings };
  }
  return null;
}

/** More units than this that nothing can be said of are no explanation. */
const MOST_UNREAD = 0.2;

/** The masks under a hypothesis, or null if it does not explain the calls. */
function findingsUnder(hypothesis: Hypothesis, calls: readonly Call[], claims: readonly Claim[]): Finding[] | null {
  const found = readCalls(calls, hypothesis);
  if ('possible' in found || found.unread > MOST_UNREAD) return null;
  const findings = findingsOf(found, claims);
  // A free value explains much: only what takes one value, or is dropped, is a mask; and of a unit, not of a weight.
  const isMask = ({ site, oneKeptValue, twoValued, readers }: Finding): boolean =>
    (oneKeptValue || !twoValued) && (site === 'weight' || !('difference' in readers));
  return findings.every(isMask) ? findings : null;
}

function firstSamples(call: Call): Call {
  return { ...call, y: call.y.slice(0, 6) };
}

function findingsOf({ entries }: Readings, claims: readonly Claim[]): Finding[] {
  // What acts where no site is has no mask to describe: the structure says so.
  return [...entries].flatMap(([place, own]) => {
    const claim = claims.find(({ site }) => site === place);
    return isSite(place) ? [findingOf(place, own, claim)] : [];
  });
}

/** @throws DataError or OptionError unless every field is of the right kind */
export function expectSubject(subject: Subject): void {
  const wrong = Object.entries(FIELDS).find(([name, fits]) => !fits(Object(subject)[name]));
  if (wrong) {
    throw new DataError(
      `verify: a subject with a right '${wrong[0]}' was expected, but ${show(Object(subject)[wrong[0]])} came; see the interface Subject`,
    );
  }
  if (typeof (subject.bidirectional ?? false) !== 'boolean') {
    throw new OptionError(
      `verify: true or false was expected as bidirectional, but ${show(subject.bidirectional)} came; leave it out for one direction`,
    );
  }
  if (subject.resetAfter !== undefined && subject.cell !== 'gru') {
    throw new OptionError(`verify: resetAfter was expected with a GRU only, but the cell is ${show(subject.cell)}`);
  }
}

const isSize = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: (value) => typeof value === 'string',
  cell: (value) => value === 'lstm' || value === 'gru' || value === 'rnn',
  inputSize: isSize,
  hiddenSize: isSize,
  claims: Array.isArray,
  setWeights: (value) => typeof value === 'function',
  forward: (value) => typeof value === 'function',
};
