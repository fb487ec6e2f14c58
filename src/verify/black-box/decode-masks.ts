import {
  type CellKind,
  FACTOR_OF,
  type Fault,
  GRU,
  sigmoid,
  stepUnit,
  UNIT_PLACES,
  type UnitPlace,
  type UnitResult,
  type UnitState,
} from './cell-step.ts';
import type { Hypothesis, Place, Values } from './hypothesis.ts';
import type { Program } from './programs.ts';

/** A factor of one unit's program that the hypothesis leaves open. */
export interface Slot {
  readonly place: Place;
  /** The route that it acts on, or -1 when it acts on the unit itself. */
  readonly route: number;
  readonly values: Values;
}

/** One unit under a hypothesis, ready to be decoded. */
export interface Decoder {
  readonly kind: CellKind;
  readonly unit: number;
  readonly program: Program;
  readonly slots: readonly Slot[];
  /** Pairs of slots, by number, that are dropped and kept together. */
  readonly linked: readonly (readonly number[])[];
  readonly fault: Fault | null;
  /** Every combination of the slots' values; NaN where a value is free. */
  readonly combinations: readonly (readonly number[])[];
  /** Written anew at every step: millions are made. */
  readonly scratch: {
    readonly own: Float64Array;
    readonly onRoute: Float64Array;
    readonly pre: { readonly input: Float64Array; readonly hidden: Float64Array };
  };
}

/** What was read from one step of one unit for one sample. */
export interface Reading {
  /** By slot: a way to make this output, the only one unless `unsure`. */
  readonly factors: readonly number[];
  /** By slot: whether another value makes the same outputs. */
  readonly unsure: readonly boolean[];
  /** h after the step, NaN where more than one is possible. */
  readonly h: number;
}

/** That no factors make these outputs. */
export interface Contradiction {
  readonly step: number;
  readonly came: number;
  /** What could have come. */
  readonly possible: readonly number[];
}

/**
 * How far a number may be from what it should be. float32 is within 10^-6 of these values, and what is told apart
 * differs by 10^-3 and more.
 */
export const TOLERANCE = 2e-5;

/** More ways than this to explain what came are not followed: nothing is said of that unit then. */
const WAYS = 32;

/** As many combinations in a step leave too many ways open. */
const COMBINATIONS = 48;

export function decoderOf(
  kind: CellKind,
  unit: number,
  program: Program,
  { places, linked, fault }: Hypothesis,
): Decoder {
  const slot = (place: Place, route: number): Slot[] => {
    const values = places.get(place);
    return values === undefined ? [] : [{ place, route, values }];
  };
  const own = UNIT_PLACES.filter((place) => kind === 'lstm' || !LSTM_ONLY.includes(place));
  const slots = [
    ...own.flatMap((place) => slot(place, -1)),
    ...program.routes.flatMap(({ from, source }, route) => {
      if (from === 'input') return slot('input', route);
      // A unit that reads itself reads what it carries.
      const carried = source === unit ? [] : slot('carriedHidden', route);
      return [...slot('recurrent', route), ...slot('weight', route), ...carried];
    }),
  ];
  const pairs = linked
    .map((pair) => pair.map((place) => slots.findIndex((one) => one.place === place)))
    .filter((pair) => pair.every((n) => n >= 0));
  const combinations = slots
    .reduce<number[][]>(
      (all, { values }) => all.flatMap((one) => (values ?? [Number.NaN]).map((value) => [...one, value])),
      [[]],
    )
    .filter((one) => pairs.every(([a = 0, b = 0]) => isDrop(one[a]) === isDrop(one[b])));
  const gates = program.input.length;
  const scratch = {
    own: new Float64Array(UNIT_PLACES.length),
    onRoute: new Float64Array(program.routes.length),
    pre: { input: new Float64Array(gates), hidden: new Float64Array(gates) },
  };
  return { kind, unit, program, slots, linked: pairs, fault, combinations, scratch };
}

function isDrop(value: number | undefined): boolean {
  return value === 0;
}

const LSTM_ONLY: readonly Place[] = ['memory', 'zoneCell', 'carriedCell'];

/** One way to explain the outputs so far. */
interface Way extends UnitState {
  readonly steps: readonly Reading[];
}

/**
 * Find the factors that make a unit hand on what it did. All ways that explain the steps so far are followed, so what
 * is found is certain: where two ways remain, their difference is marked as unsure.
 * @param entering by step, the value that each route reads; decoding ends at the first that is NaN
 * @returns by step; or null when there are too many ways
 */
export function decode(
  decoder: Decoder,
  entering: readonly (readonly number[])[],
  y: readonly number[],
): readonly Reading[] | Contradiction | null {
  // Two numbers cannot be read from one.
  if (decoder.slots.filter(({ values }) => values === null).length > 1) return null;
  if (decoder.combinations.length > COMBINATIONS) return null;
  const [sure = [], ...blind] = unsureMarks(decoder);
  let ways: Way[] = [{ h: 0, c: 0, steps: [] }];
  for (const [t, values] of entering.entries()) {
    if (values.some(Number.isNaN)) break;
    const came = y[t] as number;
    const next: Way[] = [];
    for (const way of ways) {
      for (const combination of decoder.combinations) {
        const free = combination.findIndex(Number.isNaN);
        const factors = free < 0 ? combination : withFree(decoder, values, combination, free, way, came);
        if (!factors) continue;
        const { y: wouldCome, h, c } = runStep(decoder, values, factors, way);
        if (Math.abs(wouldCome - came) > TOLERANCE) continue;
        const isBlind = free >= 0 && hardlyMatters(decoder, values, factors, free, way);
        if (isBlind && changesState(decoder, values, factors, free, way)) return null;
        const unsure = isBlind ? (blind[free] as readonly boolean[]) : sure;
        next.push({ h, c, steps: [...way.steps, { factors, unsure, h }] });
      }
    }
    if (next.length === 0) {
      const known = decoder.combinations.filter((one) => !one.some(Number.isNaN));
      const possible = known.map((one) => runStep(decoder, values, one, ways[0] as Way).y);
      return { step: t, came, possible: [...new Set(possible)] };
    }
    ways = merge(next, (a, b) => Math.abs(a.h - b.h) < 1e-9 && Math.abs(a.c - b.c) < 1e-9);
    if (ways.length > WAYS) return null;
  }
  return (merge(ways, () => true) as [Way])[0].steps;
}

/** What a unit hands on under given factors, by step. */
export function simulate(
  decoder: Decoder,
  entering: readonly (readonly number[])[],
  factors: readonly (readonly number[])[],
): number[] {
  let state: UnitState = { h: 0, c: 0 };
  return factors.map((now, t) => {
    const { y, ...next } = runStep(decoder, entering[t] as readonly number[], now, state);
    state = next;
    return y;
  });
}

/** Marks for no slot, and for each slot alone. */
function unsureMarks({ slots }: Decoder): boolean[][] {
  return [-1, ...slots.keys()].map((marked) => slots.map((_, n) => n === marked));
}

/** A combination with its free value found, if there is one that gives what came: 0 first, as that is what a drop gives. */
function withFree(
  decoder: Decoder,
  entering: readonly number[],
  combination: readonly number[],
  free: number,
  state: UnitState,
  came: number,
): readonly number[] | null {
  const miss = (value: number): number => runStep(decoder, entering, combination.with(free, value), state).y - came;
  if (Math.abs(miss(0)) <= TOLERANCE) return combination.with(free, 0);
  // In these programs what comes rises or falls with the factor all along.
  let [low, high] = [-12, 12];
  const atLow = miss(low);
  if (atLow * miss(high) > 0) return null;
  for (let n = 0; n < 50; n++) {
    const middle = (low + high) / 2;
    if (miss(middle) * atLow > 0) low = middle;
    else high = middle;
  }
  return combination.with(free, (low + high) / 2);
}

function hardlyMatters(
  decoder: Decoder,
  entering: readonly number[],
  factors: readonly number[],
  free: number,
  state: UnitState,
): boolean {
  const value = factors[free] as number;
  const y = (change: number): number => runStep(decoder, entering, factors.with(free, value + change), state).y;
  return Math.abs(y(0.1) - y(-0.1)) < 1e-4;
}

/** A value that does not show now, but will: what comes after it cannot be told. */
function changesState(
  decoder: Decoder,
  entering: readonly number[],
  factors: readonly number[],
  free: number,
  state: UnitState,
): boolean {
  const value = factors[free] as number;
  const a = runStep(decoder, entering, factors.with(free, value + 0.1), state);
  const b = runStep(decoder, entering, factors.with(free, value - 0.1), state);
  return Math.abs(a.h - b.h) + Math.abs(a.c - b.c) > 1e-9;
}

function runStep(
  { kind, unit, program, slots, fault, scratch }: Decoder,
  entering: readonly number[],
  factors: readonly number[],
  old: UnitState,
): UnitResult {
  const { own, onRoute, pre } = scratch;
  own.fill(1);
  onRoute.fill(1);
  for (let n = 0; n < slots.length; n++) {
    const { place, route } = slots[n] as Slot;
    const factor = factors[n] as number;
    if (route < 0) own[FACTOR_OF[place as UnitPlace]] = factor;
    else onRoute[route] = (onRoute[route] as number) * factor;
  }
  pre.input.set(program.input);
  pre.hidden.set(program.hidden);
  for (let n = 0; n < program.routes.length; n++) {
    const { from, gate, source, weight } = program.routes[n] as Program['routes'][number];
    let value = entering[n] as number;
    if (from === 'hidden' && source === unit) {
      value = old.h * (own[FACTOR_OF.carriedHidden] as number);
      // With the reset gate before the product; the routes that open it come before those that it acts on.
      if (kind === 'gruResetBefore' && gate === GRU.n)
        value *= sigmoid((pre.input[GRU.r] as number) + (pre.hidden[GRU.r] as number));
    }
    pre[from][gate] = (pre[from][gate] as number) + weight * value * (onRoute[n] as number);
  }
  return stepUnit(kind, pre, own, old, fault);
}

/** One way for each group that is the same; what differs within a group is unsure. The first of a group speaks for it. */
function merge(ways: readonly Way[], same: (a: Way, b: Way) => boolean): Way[] {
  const merged: Way[] = [];
  for (const way of ways) {
    const n = merged.findIndex((other) => same(other, way));
    if (n < 0) merged.push(way);
    else merged[n] = join(merged[n] as Way, way);
  }
  return merged;
}

function join(a: Way, b: Way): Way {
  const steps = a.steps.map((ours, t) => {
    const theirs = b.steps[t] as Reading;
    if (ours === theirs) return ours;
    const differ = (n: number): boolean => Math.abs((ours.factors[n] as number) - (theirs.factors[n] as number)) > 1e-6;
    return {
      factors: ours.factors,
      unsure: ours.unsure.map((unsure, n) => unsure || (theirs.unsure[n] as boolean) || differ(n)),
      h: Math.abs(ours.h - theirs.h) < 1e-9 ? ours.h : Number.NaN,
    };
  });
  return { ...a, steps };
}
