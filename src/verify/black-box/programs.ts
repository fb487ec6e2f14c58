import { type CellKind, GATES } from './cell-step.ts';

/**
 * What one unit is set to compute: biases that hold its gates open, shut or half open, and entries of W or U
 * through which other values come in. In this regime what the unit hands on shows the masks that acted on it.
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
  const input = { lstm: [OPEN, -OPEN, value, OPEN], rnn: [value] };
  return program(kind === 'lstm' || kind === 'rnn' ? input[kind] : [OPEN, -OPEN, value]);
}

/** A unit that adds to its memory at each step; a tanh RNN has none and says the same. */
export function accumulator(kind: CellKind, value: number): Program {
  if (kind === 'lstm') return program([OPEN, OPEN, value / 6, OPEN]);
  return program(kind === 'rnn' ? [value] : [OPEN, 0, value]);
}

/** How strongly a reader takes what it reads: a candidate would saturate where a gate does not. */
const CANDIDATE_WEIGHT = 0.45;
const GATE_WEIGHT = 0.9;

/**
 * A unit that shows values as they come in through one gate.
 * @param sources what it reads: a second one less strongly, so that it can be told which of them is dropped
 * @param self the unit's own number
 */
export function reader(
  kind: CellKind,
  from: Route['from'],
  gate: number,
  sources: readonly number[],
  self: number,
): Program {
  const name = GATES[kind][gate] as string;
  const candidate = name === 'g' || name === 'n';
  const weight = candidate ? CANDIDATE_WEIGHT : GATE_WEIGHT;
  const routes = sources.map((source, n): Route => ({ from, gate, source, weight: weight / (1 + 0.8 * n) }));
  const { input, hidden, memory } = READERS[kind][name] as ReaderBiases;
  // Where only the old state passes through a gate, the unit reads itself too.
  const own: Route[] = memory ? [{ from: 'hidden', gate: 2, source: self, weight: 0.9 }] : [];
  return { input, hidden: hidden ?? input.map(() => 0), routes: [...routes, ...own] };
}

interface ReaderBiases {
  readonly input: readonly number[];
  readonly hidden?: readonly number[];
  readonly memory?: boolean;
}

const GRU_READERS: Readonly<Record<string, ReaderBiases>> = {
  r: { input: [-0.4, -OPEN, 0.2], hidden: [0, 0, 0.8] },
  z: { input: [OPEN, -0.4, 0.9] },
  n: { input: [OPEN, -OPEN, 0.35] },
};

const READERS: Readonly<Record<CellKind, Readonly<Record<string, ReaderBiases>>>> = {
  lstm: {
    i: { input: [-0.4, -OPEN, 0.9, OPEN] },
    f: { input: [OPEN, -0.4, 0.5, OPEN] },
    g: { input: [OPEN, -OPEN, 0.35, OPEN] },
    o: { input: [OPEN, -OPEN, 0.9, -0.4] },
  },
  gru: GRU_READERS,
  gruResetBefore: { ...GRU_READERS, r: { input: [-0.4, -OPEN, 0.5], memory: true } },
  rnn: { n: { input: [0.35] } },
};

function program(input: readonly number[]): Program {
  return { input, hidden: input.map(() => 0), routes: [] };
}
