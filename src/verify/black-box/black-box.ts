import { resolveScheme } from '../../masks/scheme.ts';
import type { PropertyResult, Report } from '../report.ts';
import type { Subject } from '../subject.ts';
import { type BehaviourLaw, checkLaw } from './behaviour-law.ts';
import { claimsOf } from './claims.ts';
import { expectSubject } from './expect-subject.ts';
import { lookAtMasks } from './look-at-masks.ts';
import { directionOf, joinReports } from './probes/directions.ts';
import { makeCall } from './probes/forward-calls.ts';
import { callsLeaveNoTrace } from './properties/calls-leave-no-trace.ts';
import { judgeCell } from './properties/cell-as-claimed.ts';
import { directionsDiffer } from './properties/directions-differ.ts';
import { evaluationDrawsNothing } from './properties/evaluation-draws-nothing.ts';
import { evaluationIsTheMean } from './properties/evaluation-is-the-mean.ts';
import { repeatedCalls, withRepeats } from './properties/masks-are-fresh.ts';
import { outputFits, SubjectFailure } from './properties/output-fits.ts';
import { paddingChangesNothing } from './properties/padding-changes-nothing.ts';
import { samplesAreIndependent } from './properties/samples-are-independent.ts';
import { seedReproduces } from './properties/seed-reproduces.ts';
import { PROPERTY_NAMES } from './property-names.ts';

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
export async function blackBox(given: Subject, { seed = 1, runs = 20 }: VerifyOptions = {}): Promise<Report> {
  const { subject, notes } = expectSubject(given);
  const look = subject.bidirectional ? bothDirections : oneDirection;
  const report = await look(subject, { seed, runs });
  return { ...report, notes: [...notes, ...report.notes] };
}

async function oneDirection(subject: Subject, { seed, runs }: Required<VerifyOptions>): Promise<Report> {
  const properties: PropertyResult[] = [];
  let seen: Pick<Report, 'observed' | 'notes'> = { observed: [], notes: [] };
  try {
    // A layer that cannot be run has no other properties; and one that keeps what its first call drew shows it below.
    await makeCall(subject, { probe: 'unit', number: 0, batch: 2, time: 2, seed });
    for (const law of LAWS) {
      const reproduces = properties.every(({ name, passed }) => name !== seedReproduces.name || passed);
      if (!law.needsSeed || reproduces) properties.push(await checkLaw(law, subject, seed, runs));
    }
    seen = await judgeMasks(subject, { seed, runs }, properties);
  } catch (error) {
    if (!(error instanceof SubjectFailure)) throw error;
    properties.push(outputFits(error));
  }
  const order = (name: string): number => (PROPERTY_NAMES as readonly string[]).indexOf(name);
  return {
    subject: subject.name,
    passed: properties.every(({ passed }) => passed),
    properties: properties.sort((a, b) => order(a.name) - order(b.name)),
    claims: resolveScheme(subject.claims),
    ...seen,
    seed,
  };
}

/** @param properties those of the laws, to which what is found is added, and which the cell that is found may change */
async function judgeMasks(
  subject: Subject,
  { seed, runs }: Required<VerifyOptions>,
  properties: PropertyResult[],
): Promise<Pick<Report, 'observed' | 'notes'>> {
  const claims = claimsOf(subject);
  const cell = await judgeCell(subject, claims, seed, properties);
  const masks = await lookAtMasks(cell.subject, claims, { form: cell.form, seed, runs });
  const found = [
    ...cell.evaluation,
    ...cell.result(masks.explained),
    ...withRepeats(masks.properties, await repeatedCalls(subject, claims, seed)),
  ];
  // What is known better now takes the place of what a law has said.
  const before = properties.filter(({ name }) => found.every((one) => one.name !== name));
  properties.splice(0, properties.length, ...before, ...found);
  const { observed, notes } = masks;
  return { observed, notes };
}

async function bothDirections(subject: Subject, options: Required<VerifyOptions>): Promise<Report> {
  const forward = await oneDirection(directionOf(subject, 'forward'), options);
  const reverse = await oneDirection(directionOf(subject, 'reverse'), options);
  const ran = [forward, reverse].every(({ properties }) => properties.every(({ name }) => name !== 'output-fits'));
  return joinReports(forward, reverse, ran ? await directionsDiffer(subject, options.seed, options.runs) : null);
}
