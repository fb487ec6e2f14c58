import fc from 'fast-check';
import { messageOf } from '../../errors.ts';
import { isSite } from '../../masks/sites.ts';
import type { PropertyResult, Report } from '../report.ts';
import type { Subject } from '../subject.ts';
import { tryExamples } from '../try-examples.ts';
import { type Claim, sitesOf } from './claims.ts';
import { alternatives } from './decoding/alternatives.ts';
import { type CellForm, kindOf } from './decoding/cell-step.ts';
import { type Finding, findingOf, isOneMask, observedScheme } from './decoding/findings.ts';
import { asClaimed, type Hypothesis } from './decoding/hypothesis.ts';
import { maskProperties } from './mask-properties.ts';
import { makeCall, makeCalls, TIME } from './probes/forward-calls.ts';
import { PROBES } from './probes/layouts.ts';
import { type Call, type Failure, type Readings, readCalls } from './probes/readings.ts';
import { whereContradicted } from './probes/where-contradicted.ts';
import { paddedAlone } from './properties/padding-changes-nothing.ts';
import { dropsEntriesOfWeights } from './properties/sites-as-claimed.ts';
import { showNumber } from './show-number.ts';
import { structureProperties } from './structure-properties.ts';
import type { Explanation } from './structure-property.ts';
import { unseenNotes } from './unseen-notes.ts';

/** What the masks turned out to be. */
export interface MaskReport extends Pick<Report, 'observed' | 'notes'> {
  readonly properties: readonly PropertyResult[];
  /** Whether what is done was found, be it what is claimed or not. */
  readonly explained: boolean;
}

/** How it is looked, and the form of the cell, where it is known not to be ours. */
export interface LookOptions {
  readonly form: CellForm;
  readonly seed: number;
  readonly runs: number;
}

export async function lookAtMasks(
  subject: Subject,
  claims: readonly Claim[],
  { form, seed, runs }: LookOptions,
): Promise<MaskReport> {
  const all = await makeCalls(subject, claims, seed, runs);
  const whole = all.filter(({ padded }) => !padded);
  const claimed = asClaimed(claims, form);
  const inWhole = readCalls(whole, claimed);
  const inAll = inWhole.kind === 'contradiction' ? inWhole : readCalls(all, claimed);
  // What only padded calls contradict is no other mask: it is what padding does.
  const found = inAll.kind === 'contradiction' ? inWhole : inAll;
  const padding =
    inAll.kind === 'contradiction' && inWhole.kind !== 'contradiction' ? [paddedAlone(describeFailure(inAll))] : [];
  const contradicted = found.kind === 'contradiction';
  const example = contradicted ? await smallestFailure(subject, claimed, seed, found) : null;
  const explanation = contradicted
    ? explain(whole, found.call, subject, claimed, claims)
    : { hypothesis: claimed, findings: findingsOf(found, claimed, claims) };
  const findings = explanation?.findings ?? [];
  const seen = contradicted && !explanation ? whereContradicted(whole, claimed) : null;
  return {
    properties: [
      ...structureProperties(explanation, claims, example, seen),
      ...maskProperties(findings, claims),
      ...padding,
    ],
    observed: observedScheme(findings, claims),
    notes: explanation ? unseenNotes(findings, claims) : [],
    explained: explanation !== null,
  };
}

/** The smallest call that contradicts a hypothesis, by fast-check, or the one that is known. */
async function smallestFailure(
  subject: Subject,
  hypothesis: Hypothesis,
  seed: number,
  known: Failure,
): Promise<string> {
  const calls = fc.record({
    probe: fc.constantFrom(...PROBES),
    number: fc.integer({ min: 0, max: 15 }),
    batch: fc.integer({ min: 1, max: 3 }),
    time: fc.integer({ min: 1, max: TIME }),
    seed: fc.integer({ min: 0, max: 1_000_000 }),
  });
  const tried = await tryExamples(calls, { seed, runs: 100 }, async (call) => {
    const found = readCalls([await makeCall(subject, call)], hypothesis);
    if (found.kind === 'contradiction') throw new Error(describeFailure(found));
  });
  if (tried.kind !== 'failed') return describeFailure(known);
  return `${messageOf(tried.error)}: ${JSON.stringify(tried.example)} (${tried.again})`;
}

/**
 * The first hypothesis that explains every call. It is tried on the call that contradicts the claims and on a few samples
 * of others, and on all calls only if it explains these.
 */
function explain(
  calls: readonly Call[],
  contradicting: Call,
  subject: Subject,
  claimed: Hypothesis,
  claims: readonly Claim[],
): Explanation | null {
  const others = PROBES.flatMap((name) => calls.filter((call) => call.probe.name === name).slice(0, FEW_CALLS)).map(
    firstSamples,
  );
  const few = [contradicting, ...others];
  for (const hypothesis of alternatives(claimed, claims, kindOf(subject), sitesOf(subject))) {
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
  // A factor that may be any number explains much. It is a mask only where it takes one value besides 0, for all readers.
  for (const [place, entries] of found.entries) if (!isSite(place) && !isOneMask(entries)) return null;
  const findings = findingsOf(found, hypothesis, claims);
  const isMask = (finding: Finding): boolean =>
    (finding.oneKeptValue || !finding.twoValued) && !dropsEntriesOfWeights(finding);
  return findings.every(isMask) ? findings : null;
}

function firstSamples(call: Call): Call {
  return { ...call, y: call.y.slice(0, FEW_SAMPLES) };
}

function findingsOf({ entries }: Readings, hypothesis: Hypothesis, claims: readonly Claim[]): Finding[] {
  // A factor where no site is has no mask to describe: carry-is-clean reports it.
  return [...entries].flatMap(([place, ofPlace]) => {
    const claim = claims.find(({ site }) => site === place);
    return isSite(place) ? [findingOf(place, ofPlace, claim, hypothesis.inPart.includes(place))] : [];
  });
}

/** Where it is, what came, and what the claims allow. */
function describeFailure({ call, sample, unit, step, came, possible }: Failure): string {
  const values = possible.slice(0, 4).map(showNumber).join(' or ');
  return `y[${sample}][${step}][${unit}] was ${showNumber(came)}, but the claims allow ${values || 'nothing'} (probe '${call.probe.name}')`;
}
