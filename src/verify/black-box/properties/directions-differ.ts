import type { PropertyResult } from '../../report.ts';
import type { Subject } from '../../subject.ts';
import { claimsOf } from '../claims.ts';
import { formOf } from '../decoding/cell-step.ts';
import { oneMaskOrTwo, sharedAxes } from '../decoding/findings.ts';
import { asClaimed } from '../decoding/hypothesis.ts';
import { type Direction, directionOf } from '../probes/directions.ts';
import { makeCall } from '../probes/forward-calls.ts';
import { PROBES } from '../probes/layouts.ts';
import { type Call, type Entry, readCalls } from '../probes/readings.ts';
import { pairsBetween } from '../statistics/agreement.ts';
import { FALSE_ALARM } from '../statistics/false-alarms.ts';
import { collapse } from '../statistics/groups.ts';

/** Whether the two directions draw masks of their own: their masks of one call, next to each other. */
export async function directionsDiffer(subject: Subject, seed: number, runs: number): Promise<PropertyResult | null> {
  const claims = claimsOf(subject);
  const form = formOf(subject);
  // One after the other: they share the subject's weights.
  const ahead = readCalls(await callsOf(subject, 'forward', seed, runs), asClaimed(claims, form));
  const back = readCalls(await callsOf(subject, 'reverse', seed, runs), asClaimed(claims, form));
  // What contradicts the claims has been reported already.
  if (ahead.kind === 'contradiction' || back.kind === 'contradiction') return null;
  const name = 'directions-differ';
  const verdicts = claims.flatMap((claim) => {
    const [ours, theirs] = [ahead, back].map(({ entries }) =>
      collapse(entries.get(claim.site) ?? [], sharedAxes(claim)),
    );
    const gates = [...new Set(ours?.map(({ gate }) => gate))];
    const at = (entries: readonly Entry[] = [], gate: number): Entry[] =>
      entries.filter((entry) => entry.gate === gate);
    const pairs = gates.flatMap((gate) => pairsBetween(at(ours, gate), at(theirs, gate)));
    const seen = oneMaskOrTwo(pairs, claim.rate);
    return seen === 'unseen' ? [] : [{ site: claim.site, passed: seen === 'two masks' }];
  });
  if (verdicts.length === 0) return null;
  const wrong = verdicts.filter(({ passed }) => !passed);
  const sites = (wrong.length > 0 ? wrong : verdicts).map(({ site }) => `'${site}'`).join(', ');
  const says = wrong.length > 0 ? 'one mask for both directions, where each was to have its own' : 'a mask for each';
  return { name, passed: wrong.length === 0, detail: `${sites}: ${says} (false alarm below ${FALSE_ALARM})` };
}

/** The same probes and seeds for a direction. A mask that is drawn for each timestep is compared at equal numbers of timesteps. */
async function callsOf(subject: Subject, direction: Direction, seed: number, runs: number): Promise<Call[]> {
  const one = directionOf(subject, direction);
  const calls: Call[] = [];
  for (const name of PROBES) {
    for (let number = 0; number < runs; number++) {
      calls.push(await makeCall(one, { probe: name, number, batch: 8, time: 3, seed: seed + calls.length }));
    }
  }
  return calls;
}
