import type { PropertyResult, Report } from '../report.ts';
import type { Subject, SubjectWeights } from '../subject.ts';
import { collapse, pairsBetween } from './agreement.ts';
import { run } from './behaviour.ts';
import { claimsOf } from './claims.ts';
import { oneMaskOrTwo, sharedAxes } from './findings.ts';
import { makeCall } from './forward-calls.ts';
import { asClaimed } from './hypothesis.ts';
import { PROBES } from './layouts.ts';
import { type Call, type Entry, readCalls } from './readings.ts';
import { FALSE_ALARM } from './statistics.ts';

type Direction = 'forward' | 'reverse';

/** One direction of a layer that has two, as a layer that has one. */
export function directionOf(subject: Subject, direction: Direction): Subject {
  const { bidirectional: _, ...one } = subject;
  const { hiddenSize } = subject;
  return {
    ...one,
    setWeights: (weights: SubjectWeights) => subject.setWeights(weights, weights),
    async forward(x, call) {
      const turn = <R>(samples: readonly (readonly R[])[]): R[][] =>
        direction === 'forward' ? samples.map((rows) => [...rows]) : reversed(samples, call.lengths);
      const y = await run({ hiddenSize: 2 * hiddenSize, forward: subject.forward.bind(subject) }, turn(x), call);
      const from = direction === 'forward' ? 0 : hiddenSize;
      return turn(y.map((rows) => rows.map((row) => row.slice(from, from + hiddenSize))));
    },
  };
}

/** Each sample backwards over its valid part; what is past it stays. */
function reversed<R>(samples: readonly (readonly R[])[], lengths?: readonly number[]): R[][] {
  return samples.map((rows, b) => {
    const valid = lengths?.[b] ?? rows.length;
    return [...rows.slice(0, valid).reverse(), ...rows.slice(valid)];
  });
}

/** The properties of both directions as one list: a property holds when it holds in both. */
export function joinReports(forward: Report, reverse: Report, differ: PropertyResult | null): Report {
  const properties = forward.properties.map((one): PropertyResult => {
    const other = reverse.properties.find(({ name }) => name === one.name);
    return one.passed && other && !other.passed ? { ...other, detail: `in reverse, ${other.detail}` } : one;
  });
  const all = differ ? [...properties, differ] : properties;
  return { ...forward, properties: all, passed: all.every(({ passed }) => passed) && reverse.passed };
}

/** Whether the two directions draw masks of their own: their masks of one call, next to each other. */
export async function directionsDiffer(subject: Subject, seed: number, runs: number): Promise<PropertyResult | null> {
  const claims = claimsOf(subject);
  // One after the other: they share the subject's weights.
  const ahead = readCalls(await callsOf(subject, 'forward', seed, runs), asClaimed(claims));
  const back = readCalls(await callsOf(subject, 'reverse', seed, runs), asClaimed(claims));
  // What contradicts the claims has been reported already.
  if ('possible' in ahead || 'possible' in back) return null;
  const name = 'directions-differ';
  const verdicts = claims.flatMap((claim) => {
    const [own, other] = [ahead, back].map(({ entries }) =>
      sharedAxes(claim).reduce<readonly Entry[]>(collapse, entries.get(claim.site) ?? []),
    );
    const gates = [...new Set(own?.map(({ gate }) => gate))];
    const at = (entries: readonly Entry[] = [], gate: number): Entry[] =>
      entries.filter((entry) => entry.gate === gate);
    const pairs = gates.flatMap((gate) => pairsBetween(at(own, gate), at(other, gate)));
    const seen = oneMaskOrTwo(pairs, claim.rate);
    return seen === 'unseen' ? [] : [{ site: claim.site, passed: seen === 'two masks' }];
  });
  if (verdicts.length === 0) return null;
  const wrong = verdicts.filter(({ passed }) => !passed);
  const sites = (wrong.length > 0 ? wrong : verdicts).map(({ site }) => `'${site}'`).join(', ');
  const says = wrong.length > 0 ? 'one mask for both directions, where each was to have its own' : 'a mask for each';
  return { name, passed: wrong.length === 0, detail: `${sites}: ${says} (false alarm below ${FALSE_ALARM})` };
}

/** The same probes and seeds for a direction. A mask that is drawn for each step is met where both count steps alike. */
async function callsOf(subject: Subject, direction: Direction, seed: number, runs: number): Promise<Call[]> {
  const one = directionOf(subject, direction);
  const calls: Call[] = [];
  for (const name of PROBES) {
    for (let number = 0; number < runs; number++) {
      calls.push(await makeCall(one, name, number, 8, 3, seed + calls.length));
    }
  }
  return calls;
}
