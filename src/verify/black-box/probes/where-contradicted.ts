import { GATES } from '../decoding/cell-step.ts';
import type { Hypothesis } from '../decoding/hypothesis.ts';
import { type Call, type Failure, readCalls } from './readings.ts';

/** So many calls are looked at again, of each probe and size. */
const FEW_CALLS = 12;

/**
 * What was seen where no hypothesis explains it: at which steps, gates, units and samples outputs contradict the claims,
 * of those at which they could have. In words.
 */
export function whereContradicted(calls: readonly Call[], hypothesis: Hypothesis): string {
  const failures: Failure[] = [];
  let samples = 0;
  for (const call of someOfEach(calls)) {
    for (const [sample, rows] of call.y.entries()) {
      samples++;
      const found = readCalls([{ ...call, y: [rows], first: sample }], hypothesis);
      if (found.kind === 'contradiction') failures.push({ ...found, call, sample });
    }
  }
  const list = (of: string, values: readonly (number | string)[], all: number): string[] => {
    const different = [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
    return different.length === 0 || different.length === all
      ? []
      : [`${of} ${different.slice(0, 8).join(', ')} of ${all}`];
  };
  const most = (size: (call: Call) => number): number => Math.max(...calls.map(size));
  const where = [
    ...list(
      'first at steps',
      failures.map(({ step }) => step),
      most(({ time }) => time),
    ),
    ...list(
      'at units',
      failures.map(({ unit }) => unit),
      most(({ probe }) => probe.programs.length),
    ),
    ...list('where a unit reads through gates', failures.flatMap(gateOf), GATES[calls[0]?.probe.kind ?? 'rnn'].length),
    ...list(
      'in samples',
      failures.map(({ sample }) => sample),
      most(({ y }) => y.length),
    ),
    ...list(
      'in batches of',
      failures.map(({ call }) => call.y.length),
      new Set(calls.map(({ y }) => y.length)).size,
    ),
  ];
  return `${failures.length} of ${samples} samples contradict the claims${where.length > 0 ? `, ${where.join('; ')}` : ''}`;
}

function someOfEach(calls: readonly Call[]): Call[] {
  const taken = new Map<string, number>();
  return calls.filter(({ probe, y, time }) => {
    const kind = `${probe.name} ${y.length} ${time}`;
    const count = taken.get(kind) ?? 0;
    taken.set(kind, count + 1);
    return count < FEW_CALLS;
  });
}

/** The gate through which the unit reads, if it reads. */
function gateOf({ call, unit }: Failure): string[] {
  const { kind, programs } = call.probe;
  const gate = programs[unit]?.routes[0]?.gate;
  return gate === undefined ? [] : [GATES[kind][gate] as string];
}
