import { CANDIDATE_GATE, type CellKind, GATES } from '../decoding/cell-step.ts';

/**
 * What one unit is set to compute: biases that hold its gates open, shut or half open, and entries of W or U
 * through which other values come in. So set, the output of the unit shows the masks that acted on it.
 */
export interface Program {
  /** b_ih, by gate */
  readonly input: readonly number[];
  /** b_hh, by gate */
  readonly hidden: readonly number[];
  readonly routes: readonly Route[];
}

/** An entry of W or U that is not 0. */
export interface Route {
  readonly from: 'input' | 'hidden';
  readonly gate: number;
  /** The input, or the hidden unit, that is read. */
  readonly source: number;
  readonly weight: number;
}

/** A bias that holds a gate open; its negative holds it shut. sigmoid(-30) is below 10^-13. */
const OPEN = 30;

/** A unit without memory that says the same at each step. Its reset gate is open for those that read it. */
export function writer(kind: CellKind, value: number): Program {
  if (kind === 'lstm') return program(kind, { i: OPEN, f: -OPEN, g: value, o: OPEN });
  return program(kind, kind === 'rnn' ? { n: value } : { r: OPEN, z: -OPEN, n: value });
}

/** A unit that adds to its memory at each step; a tanh RNN has none and says the same. */
export function accumulator(kind: CellKind, value: number): Program {
  if (kind === 'lstm') return program(kind, { i: OPEN, f: OPEN, g: value / 6, o: OPEN });
  return program(kind, kind === 'rnn' ? { n: value } : { r: OPEN, z: 0, n: value });
}

/** The weight of what a reader reads: a candidate would saturate where a gate does not. */
const CANDIDATE_WEIGHT = 0.45;
const GATE_WEIGHT = 0.9;

/**
 * A unit that shows values as they come in through one gate.
 * @param sources what it reads: a second one with a smaller weight, so that it can be told which of them is dropped
 * @param self the unit's number
 */
export function reader(
  kind: CellKind,
  from: Route['from'],
  gate: number,
  sources: readonly number[],
  self: number,
): Program {
  const weight = gate === CANDIDATE_GATE[kind] ? CANDIDATE_WEIGHT : GATE_WEIGHT;
  const routes = sources.map((source, n): Route => ({ from, gate, source, weight: weight / (1 + 0.8 * n) }));
  const { input, hidden = {}, memory } = READERS[kind][GATES[kind][gate] as string] as ReaderBiases;
  // Where only the old state passes through a gate, the unit reads itself too.
  const itself: Route[] = memory ? [{ from: 'hidden', gate: CANDIDATE_GATE[kind], source: self, weight: 0.9 }] : [];
  return { input: byGate(kind, input), hidden: byGate(kind, hidden), routes: [...routes, ...itself] };
}

interface ReaderBiases {
  readonly input: Biases;
  readonly hidden?: Biases;
  readonly memory?: boolean;
}

const GRU_READERS: Readonly<Record<string, ReaderBiases>> = {
  r: { input: { r: -0.4, z: -OPEN, n: 0.2 }, hidden: { n: 0.8 } },
  z: { input: { r: OPEN, z: -0.4, n: 0.9 } },
  n: { input: { r: OPEN, z: -OPEN, n: 0.35 } },
};

const READERS: Readonly<Record<CellKind, Readonly<Record<string, ReaderBiases>>>> = {
  lstm: {
    i: { input: { i: -0.4, f: -OPEN, g: 0.9, o: OPEN } },
    f: { input: { i: OPEN, f: -0.4, g: 0.5, o: OPEN } },
    g: { input: { i: OPEN, f: -OPEN, g: 0.35, o: OPEN } },
    o: { input: { i: OPEN, f: -OPEN, g: 0.9, o: -0.4 } },
  },
  gru: GRU_READERS,
  gruResetBefore: { ...GRU_READERS, r: { input: { r: -0.4, z: -OPEN, n: 0.5 }, memory: true } },
  rnn: { n: { input: { n: 0.35 } } },
};

/** Biases by the names of gates; those that are left out are 0. */
type Biases = Readonly<Partial<Record<string, number>>>;

function byGate(kind: CellKind, biases: Biases): number[] {
  return GATES[kind].map((gate) => biases[gate] ?? 0);
}

function program(kind: CellKind, input: Biases): Program {
  return { input: byGate(kind, input), hidden: byGate(kind, {}), routes: [] };
}
