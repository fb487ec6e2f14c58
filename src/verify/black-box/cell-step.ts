import type { Subject } from '../subject.ts';

/**
 * One unit of a cell, stepped in plain numbers: the verifier's own account of the equations in cells/*.ts, so that what
 * a subject does can be read back from what it hands on.
 */
export type CellKind = 'lstm' | 'gru' | 'gruResetBefore' | 'rnn';

export function kindOf({ cell, resetAfter = true }: Pick<Subject, 'cell' | 'resetAfter'>): CellKind {
  return cell === 'gru' && !resetAfter ? 'gruResetBefore' : cell;
}

/** G. The order of the gates is PyTorch's: i, f, g, o; r, z, n. */
export const GATES: Readonly<Record<CellKind, readonly string[]>> = {
  lstm: ['i', 'f', 'g', 'o'],
  gru: ['r', 'z', 'n'],
  gruResetBefore: ['r', 'z', 'n'],
  rnn: ['n'],
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
  /** On h' as a whole: what is carried, and not only what enters the product with U. */
  'carriedHidden',
  /** On c' before the step. */
  'carriedCell',
] as const;
export type UnitPlace = (typeof UNIT_PLACES)[number];

/** Structural faults: what a step may do with its results instead of what the equations say. */
export type Fault =
  | 'reads the zoned cell'
  | 'hands on the state before its zone'
  | 'carries the state before its zone'
  | 'carries what it hands on';

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

/**
 * @param factors in the order of {@link UNIT_PLACES}
 * @param fault what it does wrong, or null
 */
export function stepUnit(
  kind: CellKind,
  { input, hidden }: PreActivations,
  factors: ArrayLike<number>,
  old: UnitState,
  fault: Fault | null,
): UnitResult {
  const update = factors[0] as number;
  const h = old.h * (factors[5] as number);
  const at = (gate: number): number => (input[gate] as number) + (hidden[gate] as number);

  let c = 0;
  let fresh: number;
  if (kind === 'lstm') {
    const cOld = old.c * (factors[6] as number);
    const g = Math.tanh(at(2)) * update;
    const cNew = (sigmoid(at(1)) * cOld + sigmoid(at(0)) * g) * (factors[1] as number);
    c = blend(factors[2] as number, cNew, cOld);
    fresh = sigmoid(at(3)) * Math.tanh(fault === 'reads the zoned cell' ? c : cNew);
  } else if (kind === 'rnn') {
    fresh = Math.tanh(at(0)) * update;
  } else {
    const z = sigmoid(at(1));
    // With the reset gate before the product, r is in what enters it already.
    const r = kind === 'gru' ? sigmoid(at(0)) : 1;
    const n = Math.tanh((input[2] as number) + r * (hidden[2] as number)) * update;
    fresh = (1 - z) * n + z * h;
  }
  const zoned = blend(factors[3] as number, fresh, h);
  const y = (fault === 'hands on the state before its zone' ? fresh : zoned) * (factors[4] as number);
  const carried = fault === 'carries the state before its zone' ? fresh : zoned;
  return { y, h: fault === 'carries what it hands on' ? y : carried, c };
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function blend(keep: number, fresh: number, old: number): number {
  return keep * fresh + (1 - keep) * old;
}
