import fc from 'fast-check';
import { DataError, OptionError, show } from '../../errors.ts';
import { resolveScheme } from '../../masks/scheme.ts';
import { isSite } from '../../masks/sites.ts';
import type { PropertyResult, Report } from '../report.ts';
import type { Subject } from '../subject.ts';
import { type BehaviourLaw, checkLaw } from './behaviour-law.ts';
import { type Claim, claimsOf, sitesOf } from './claims.ts';
import { alternatives } from './decoding/alternatives.ts';
import { kindOf } from './decoding/cell-step.ts';
import { type Finding, findingOf, observedScheme } from './decoding/findings.ts';
import { asClaimed, type Hypothesis } from './decoding/hypothesis.ts';
import { maskProperties } from './mask-properties.ts';
import { directionOf, joinReports } from './probes/directions.ts';
import { makeCall, makeCalls, TIME } from './probes/forward-calls.ts';
import { PROBES } from './probes/layouts.ts';
import { type Call, type Failure, type Readings, readCalls } from './probes/readings.ts';
import { callsLeaveNoTrace } from './properties/calls-leave-no-trace.ts';
import { directionsDiffer } from './properties/directions-differ.ts';
import { evaluationDrawsNothing } from './properties/evaluation-draws-nothing.ts';
import { evaluationIsTheMean } from './properties/evaluation-is-the-mean.ts';
import { repeatedCalls, withRepeats } from './properties/masks-are-fresh.ts';
import { outputFits, SubjectFailure } from './properties/output-fits.ts';
import { paddingChangesNothing } from './properties/padding-changes-nothing.ts';
import { samplesAreIndependent } from './properties/samples-are-independent.ts';
import { seedReproduces } from './properties/seed-reproduces.ts';
import { dropsEntriesOfWeights } from './properties/sites-as-claimed.ts';
import { showNumber } from './show-number.ts';
import { structureProperties } from './structure-properties.ts';
import type { Explanation } from './structure-property.ts';

/** What `verify` is told. */
export interface VerifyOptions {
  /** The same seed gives the same report; 1 when left out. */
  readonly seed?: number;
  /** How often fast-check tries each law, and in proportion how many masks are looked at; 20 when left out. */
  readonly runs?: number;
}

/** The laws about outputs, in the order in which they are tried. */
const LAWS: readonly BehaviourLaw[] = [
  evaluationDrawsNothing,
  evaluationIsTheMean,
  callsLeaveNoTrace,
  seedReproduces,
  samplesAreIndependent,
  paddingChangesNothing,
];

/**
 * Find out what a layer drops, from its outputs alone, and compare that with what it claims. Weights are chosen so
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
    await makeCall(subject, 'unit', 0, 2, 2, seed);
    for (const law of LAWS) {
      const reproduces = properties.every(({ name, passed }) => name !== seedReproduces.name || passed);
      if (!law.needsSeed || reproduces) properties.push(await checkLaw(law, subject, seed, runs));
    }
    const masks = await lookAtMasks(subject, claims, seed, runs);
    properties.push(...withRepeats(masks.properties, await repeatedCalls(subject, claims, seed)));
    observed = masks.observed;
  } catch (error) {
    if (!(error instanceof SubjectFailure)) throw error;
    properties.push(outputFits(error));
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
  const contradicted = found.kind === 'contradiction';
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
    if (found.kind === 'contradiction') throw new Error(describeFailure(found));
  });
  const result = await fc.check(property, { seed, numRuns: 100 });
  if (!result.failed) return describeFailure(known);
  const says = (result.errorInstance as Error | undefined)?.message ?? '';
  return `${says}: ${JSON.stringify(result.counterexample?.[0])} (fast-check seed ${seed}, path ${result.counterexamplePath})`;
}

/**
 * The first hypothesis that explains every call. It is tried on the call that contradicts the claims and on a few samples
 * of others, and on all calls only if it explains these.
 */
function explain(
  calls: readonly Call[],
  contradicting: Call,
  subject: Subject,
  claims: readonly Claim[],
): Explanation | null {
  const others = PROBES.flatMap((name) => calls.filter((call) => call.probe.name === name).slice(0, FEW_CALLS)).map(
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

/** How many calls of a probe, and samples of a call, a hypothesis is tried on before it is tried on all. */
const FEW_CALLS = 8;
const FEW_SAMPLES = 6;

/** Where nothing can be said of a larger share of the units, nothing is explained. */
const MOST_UNREAD = 0.2;

/** The masks under a hypothesis, or null if it does not explain the calls. */
function findingsUnder(hypothesis: Hypothesis, calls: readonly Call[], claims: readonly Claim[]): Finding[] | null {
  const found = readCalls(calls, hypothesis);
  if (found.kind === 'contradiction' || found.unread > MOST_UNREAD) return null;
  const findings = findingsOf(found, claims);
  // A factor that may be any number explains much. It is a mask only where it takes one value besides 0, for all readers.
  const isMask = (finding: Finding): boolean =>
    (finding.oneKeptValue || !finding.twoValued) && !dropsEntriesOfWeights(finding);
  return findings.every(isMask) ? findings : null;
}

function firstSamples(call: Call): Call {
  return { ...call, y: call.y.slice(0, FEW_SAMPLES) };
}

function findingsOf({ entries }: Readings, claims: readonly Claim[]): Finding[] {
  // A factor where no site is has no mask to describe: carry-is-clean reports it.
  return [...entries].flatMap(([place, ofPlace]) => {
    const claim = claims.find(({ site }) => site === place);
    return isSite(place) ? [findingOf(place, ofPlace, claim)] : [];
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

/** Where it is, what came, and what the claims allow. */
function describeFailure({ call, sample, unit, step, came, possible }: Failure): string {
  const values = possible.slice(0, 4).map(showNumber).join(' or ');
  return `y[${sample}][${step}][${unit}] was ${showNumber(came)}, but the claims allow ${values || 'nothing'} (probe '${call.probe.name}')`;
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
