import { uniform } from '../../../random/draws.ts';
import { key } from '../../../random/key.ts';
import type { Subject, SubjectWeights } from '../../subject.ts';
import { CANDIDATE_GATE, type CellKind, GATES, kindOf } from '../decoding/cell-step.ts';
import { accumulator, type Program, reader, writer } from './programs.ts';

/** What a probe shows: the sites of a unit itself, the masks of its input, or those of what it reads of the state. */
export const PROBES = ['unit', 'input', 'hidden'] as const;
export type ProbeName = (typeof PROBES)[number];

/** One call of a subject: a program for each unit, and what goes in. */
export interface Probe {
  readonly name: ProbeName;
  readonly kind: CellKind;
  /** By unit. A unit reads inputs, itself, or units that read no other. */
  readonly programs: readonly Program[];
  /** [B][T][I] */
  readonly x: number[][][];
}

/** Probes of this many numbers in a row differ in who reads what: see {@link probe}. */
const ROLES = 4;
const DISTINCT_VALUES = 1;

/** The nth number of a probe in which each unit reads another value. */
export function distinctValuesNumber(n: number): number {
  return n * ROLES + DISTINCT_VALUES;
}

/** The nth number of a probe in which units read one value through different gates. */
export function manyGatesNumber(n: number): number {
  return n * ROLES;
}

type Sizes = Pick<Subject, 'cell' | 'resetAfter' | 'inputSize' | 'hiddenSize'>;

/**
 * The probe of a name and a number. The number turns the roles round, so that over several every unit is read, every
 * gate reads, and two units of one probe read the same value through two gates, two values, the same value through the
 * same gate, or each of them two values.
 */
export function probe(name: ProbeName, subject: Sizes, number: number, batch: number, time: number): Probe {
  const kind = kindOf(subject);
  const { inputSize, hiddenSize } = subject;
  const gates = GATES[kind].length;
  const round = Math.floor(number / ROLES);
  // Not in step with the roles, whatever H is.
  const shift = number + round;
  const order = unitOrder(hiddenSize, round);
  const unitAt = (n: number): number => order[(n + shift) % hiddenSize] as number;
  /** The gate of the nth unit that reads, and which of `count` sources it reads. */
  const role = (n: number, count: number): { readonly gate: number; readonly read: readonly number[] } => {
    const steps = 1 + (Math.floor(round / gates) % Math.max(1, gates - 1));
    if (number % ROLES === 0) return { gate: (round + n * steps) % gates, read: [round % count] };
    const first = (round + (number % ROLES === DISTINCT_VALUES ? n : 0)) % count;
    const second = (first + 1 + (n % Math.max(1, count - 1))) % count;
    return { gate: round % gates, read: number % ROLES === 3 && second !== first ? [first, second] : [first] };
  };
  const value = (unit: number): number => 0.45 + 0.04 * ((unit * 3 + number) % 7);

  const programs: Program[] = new Array(hiddenSize);
  const sources = name === 'hidden' ? Math.floor(hiddenSize / 2) : 0;
  for (let n = 0; n < hiddenSize; n++) {
    const unit = unitAt(n);
    if (name === 'unit') {
      programs[unit] = (n % 2 === 0 ? accumulator : writer)(kind, value(unit));
    } else if (name === 'input') {
      const { gate, read } = role(n, inputSize);
      programs[unit] = reader(kind, 'input', gate, read, unit);
    } else if (n < sources) {
      // What is read comes in through the same mask that the sites of the input have.
      const from = reader(kind, 'input', CANDIDATE_GATE[kind], [unit % inputSize], unit);
      programs[unit] = { ...writer(kind, value(unit)), routes: from.routes };
    } else if (sources === 0) {
      programs[unit] = reader(kind, 'hidden', round % gates, [unit], unit);
    } else {
      const { gate, read } = role(n - sources, sources);
      const units = read.map(unitAt);
      programs[unit] = reader(kind, 'hidden', gate, units, unit);
    }
  }
  return { name, kind, programs, x: inputs(batch, time, inputSize) };
}

/** Units in their order, and in every third round those that are half of all apart, so that each two are read in one call. */
function unitOrder(hiddenSize: number, round: number): number[] {
  const half = Math.ceil(hiddenSize / 2);
  return Array.from({ length: hiddenSize }, (_, n) => (round % 3 === 2 ? (n % 2) * half + (n >> 1) : n));
}

/** Inputs between 0.5 and 1, all different: [B][T][I]. */
function inputs(batch: number, time: number, inputSize: number): number[][][] {
  const numbers = uniform(key(1), batch * time * inputSize, 0.5, 1);
  return Array.from({ length: batch }, (_, b) =>
    Array.from({ length: time }, (_, t) =>
      Array.from({ length: inputSize }, (_, i) => numbers[(b * time + t) * inputSize + i] as number),
    ),
  );
}

/** The weights that make a subject run the programs of a probe. */
export function weightsOf({ kind, programs }: Probe, inputSize: number): SubjectWeights {
  const hiddenSize = programs.length;
  const rows = GATES[kind].flatMap((_, gate) => programs.map((program) => ({ gate, program })));
  const matrix = (from: 'input' | 'hidden', width: number): number[][] =>
    rows.map(({ gate, program }) => {
      const row = new Array<number>(width).fill(0);
      for (const route of program.routes) {
        if (route.from === from && route.gate === gate) row[route.source] = (row[route.source] ?? 0) + route.weight;
      }
      return row;
    });
  return {
    weight_ih: matrix('input', inputSize),
    weight_hh: matrix('hidden', hiddenSize),
    bias_ih: rows.map(({ gate, program }) => program.input[gate] as number),
    bias_hh: rows.map(({ gate, program }) => program.hidden[gate] as number),
  };
}

/** Units in an order in which what a unit reads comes before it; a unit may read itself. */
export function readingOrder(programs: readonly Program[]): readonly number[] {
  const reads = (unit: number): boolean =>
    (programs[unit] as Program).routes.some(({ from, source }) => from === 'hidden' && source !== unit);
  const units = programs.map((_, unit) => unit);
  return [...units.filter((unit) => !reads(unit)), ...units.filter(reads)];
}
