import type { ElementwiseActivation } from '../../../cells/activations.ts';
import { type CellActivations, USUAL } from '../../../cells/activations.ts';
import { GRU_GATES, LSTM_GATES, numberByName, RNN_GATES } from '../../../cells/gates.ts';
import type { CellClaim, Subject } from '../../subject.ts';

/**
 * One unit of a cell, stepped in plain numbers: the equations of cells/*.ts written a second time, so that what a subject
 * does can be read back from its outputs.
 */
export type CellKind = 'lstm' | 'gru' | 'gruResetBefore' | 'rnn';

export function kindOf({ cell, resetAfter = true }: Pick<Subject, 'cell' | 'resetAfter'>): CellKind {
  return cell === 'gru' && !resetAfter ? 'gruResetBefore' : cell;
}

/** The names of the gates, in the order of their rows. */
export const GATES: Readonly<Record<CellKind, readonly string[]>> = {
  lstm: LSTM_GATES,
  gru: GRU_GATES,
  gruResetBefore: GRU_GATES,
  rnn: RNN_GATES,
};

/** The numbers of the gates. */
export const LSTM: Readonly<Record<(typeof LSTM_GATES)[number], number>> = numberByName(LSTM_GATES);
export const GRU: Readonly<Record<(typeof GRU_GATES)[number], number>> = numberByName(GRU_GATES);
export const RNN: Readonly<Record<(typeof RNN_GATES)[number], number>> = numberByName(RNN_GATES);

/** The number of the gate that computes what is new, before the sites that drop it. */
export const CANDIDATE_GATE: Readonly<Record<CellKind, number>> = {
  lstm: LSTM.g,
  gru: GRU.n,
  gruResetBefore: GRU.n,
  rnn: RNN.n,
};

/** What a unit carries; c stays 0 but for the LSTM. */
export interface UnitState {
  readonly h: number;
  readonly c: number;
}

/** The places of a unit where a factor may act; besides its sites, the places where wrong ones do. */
export const UNIT_PLACES = [
  'update',
  'memory',
  'zoneCell',
  'zoneHidden',
  'output',
  /** On all of h': on what is carried, and not only on what enters the product with U. */
  'carriedHidden',
  /** On c' before the step. */
  'carriedCell',
] as const;
export type UnitPlace = (typeof UNIT_PLACES)[number];

/** Where the factor of each place stands in a list of factors. */
export const FACTOR_OF: Readonly<Record<UnitPlace, number>> = numberByName(UNIT_PLACES);

/** Structural faults: what a step may do with its results instead of what the equations say. */
export type Fault =
  | 'reads the zoned cell'
  | 'hands on the state before its zone'
  | 'carries the state before its zone'
  | 'carries what it hands on'
  | 'keeps h in place of c'
  | 'forgets what it does not take';

/** What a cell squashes its gates with, and what it hands on. */
export interface Activations {
  readonly gate: (x: number) => number;
  readonly value: (x: number) => number;
}

const clipped = (x: number): number => Math.min(1, Math.max(0, x));

/** Activations in plain numbers. */
export const PLAIN_ACTIVATIONS: Readonly<Record<ElementwiseActivation, (x: number) => number>> = {
  linear: (x) => x,
  relu: (x) => Math.max(0, x),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  hardSigmoid: (x) => clipped(x / 6 + 0.5),
  'hardSigmoid0.2': (x) => clipped(0.2 * x + 0.5),
};

/** What a subject says that it squashes with. */
export function activationNames({ activation, recurrentActivation }: CellClaim): CellActivations {
  return {
    activation: activation ?? USUAL.activation,
    recurrentActivation: recurrentActivation ?? USUAL.recurrentActivation,
  };
}

/** The pre-activations of one unit, gate by gate, in the two shares that a GRU tells apart. */
export interface PreActivations {
  /** W x + b_ih */
  readonly input: ArrayLike<number>;
  /** U h' + b_hh */
  readonly hidden: ArrayLike<number>;
}

export interface UnitResult extends UnitState {
  readonly y: number;
}

/** What sets a cell of a kind apart from ours. */
export interface CellForm {
  readonly activations: Activations;
  /** What it does wrong, or null. */
  readonly fault: Fault | null;
}

/** The form of our cell that a subject says it has. */
export function formOf(subject: CellClaim): CellForm {
  const { activation, recurrentActivation } = activationNames(subject);
  const activations = { gate: PLAIN_ACTIVATIONS[recurrentActivation], value: PLAIN_ACTIVATIONS[activation] };
  return { activations, fault: null };
}

/** @param factors of each place, where {@link FACTOR_OF} says */
export function stepUnit(
  kind: CellKind,
  { input, hidden }: PreActivations,
  factors: ArrayLike<number>,
  old: UnitState,
  { activations: { gate, value }, fault }: CellForm,
): UnitResult {
  const update = factors[FACTOR_OF.update] as number;
  const h = old.h * (factors[FACTOR_OF.carriedHidden] as number);
  const at = (gate: number): number => (input[gate] as number) + (hidden[gate] as number);

  let c = 0;
  let fresh: number;
  if (kind === 'lstm') {
    const cOld = old.c * (factors[FACTOR_OF.carriedCell] as number);
    const taken = gate(at(LSTM.i)) * value(at(LSTM.g)) * update;
    const forget = fault === 'forgets what it does not take' ? 1 - gate(at(LSTM.i)) : gate(at(LSTM.f));
    const kept = forget * (fault === 'keeps h in place of c' ? h : cOld);
    const cNew = (kept + taken) * (factors[FACTOR_OF.memory] as number);
    c = blend(factors[FACTOR_OF.zoneCell] as number, cNew, cOld);
    fresh = gate(at(LSTM.o)) * value(fault === 'reads the zoned cell' ? c : cNew);
  } else if (kind === 'rnn') {
    fresh = value(at(RNN.n)) * update;
  } else {
    const z = gate(at(GRU.z));
    // With the reset gate before the product, r is in what enters it already.
    const r = kind === 'gru' ? gate(at(GRU.r)) : 1;
    const n = value((input[GRU.n] as number) + r * (hidden[GRU.n] as number)) * update;
    fresh = (1 - z) * n + z * h;
  }
  const zoned = blend(factors[FACTOR_OF.zoneHidden] as number, fresh, h);
  const y = (fault === 'hands on the state before its zone' ? fresh : zoned) * (factors[FACTOR_OF.output] as number);
  const carried = fault === 'carries the state before its zone' ? fresh : zoned;
  return { y, h: fault === 'carries what it hands on' ? y : carried, c };
}

function blend(keep: number, fresh: number, old: number): number {
  return keep * fresh + (1 - keep) * old;
}
