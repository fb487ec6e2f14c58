import type { PropertyResult, Report } from '../../report.ts';
import type { Subject, SubjectWeights } from '../../subject.ts';
import { run } from './run-subject.ts';

export type Direction = 'forward' | 'reverse';

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
  const notes = [...forward.notes, ...reverse.notes.map((note) => `in reverse, ${note}`)];
  return { ...forward, notes, properties: all, passed: all.every(({ passed }) => passed) && reverse.passed };
}
