import type { UnitState } from './cell-step.ts';
import { type Decoder, runStep } from './decoder.ts';

/** What became of the outputs of one unit for one sample. */
export type Decoded = Decoding | Contradiction | Unreadable;

/** Factors that make these outputs. */
export interface Decoding {
  readonly kind: 'decoded';
  /** By step. */
  readonly steps: readonly Reading[];
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
  readonly kind: 'contradiction';
  readonly step: number;
  readonly came: number;
  /** What could have come. */
  readonly possible: readonly number[];
}

/** That nothing can be said of these outputs, as too much could explain them. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly why:
    | 'two factors may be any number, and one output cannot tell them apart'
    | 'the factors of a step have too many combinations'
    | 'a factor that may be any number does not show in the output, but changes the state'
    | 'too many ways explain the steps so far';
}

/**
 * How far a number may be from what it should be. float32 is within 10^-6 of these values, and what is told apart
 * differs by 10^-3 and more.
 */
const TOLERANCE = 2e-5;

/** More ways than this to explain what came are not followed. */
const MOST_WAYS = 32;

/** More combinations of factors than this in a step leave too many ways open. */
const MOST_COMBINATIONS = 48;

/** A factor that may be any number is looked for between plus and minus this: 1 / (1 - p) is 10 at a rate of 0.9. */
const LARGEST_FACTOR = 12;

/** How often the range of such a factor is halved: what is left of it is below 10^-13. */
const HALVINGS = 50;

/** What such a factor is moved by, up and down, to see whether it matters. */
const NUDGE = 0.1;

/** A nudged factor that changes the output by less does not show: TOLERANCE would leave it open by 0.04 to either side. */
const SHOWS = 1e-4;

/** States that differ by less are one: they are computed in float64 from the same numbers. */
const SAME_STATE = 1e-9;

/** Factors that differ by less are one, but for rounding: those that are told apart differ by 10^-3 and more. */
export const SAME_FACTOR = 1e-6;

/** One way to explain the outputs so far. */
interface Way extends UnitState {
  readonly steps: readonly Reading[];
}

/**
 * Find the factors that give the outputs of a unit. All ways that explain the steps so far are followed, so what
 * is found is certain: where two ways remain, their difference is marked as unsure.
 * @param entering by step, the value that each route reads; decoding ends at the first that is NaN
 * @param y by step, the output of the unit
 */
export function decode(decoder: Decoder, entering: readonly (readonly number[])[], y: readonly number[]): Decoded {
  if (decoder.slots.filter(({ values }) => values === null).length > 1)
    return unreadable('two factors may be any number, and one output cannot tell them apart');
  if (decoder.combinations.length > MOST_COMBINATIONS)
    return unreadable('the factors of a step have too many combinations');
  const marks = unsureMarks(decoder);
  let ways: readonly Way[] = [{ h: 0, c: 0, steps: [] }];
  for (const [t, values] of entering.entries()) {
    if (values.some(Number.isNaN)) break;
    const came = y[t] as number;
    const next = continued(decoder, marks, ways, values, came);
    if (!Array.isArray(next)) return next;
    if (next.length === 0) {
      return { kind: 'contradiction', step: t, came, possible: possibleOutputs(decoder, values, ways[0] as Way) };
    }
    ways = merge(next, (a, b) => Math.abs(a.h - b.h) < SAME_STATE && Math.abs(a.c - b.c) < SAME_STATE);
    if (ways.length > MOST_WAYS) return unreadable('too many ways explain the steps so far');
  }
  const [all] = merge(ways, () => true) as [Way];
  return { kind: 'decoded', steps: all.steps };
}

function unreadable(why: Unreadable['why']): Unreadable {
  return { kind: 'unreadable', why };
}

/** The ways that explain one more step. */
function continued(
  decoder: Decoder,
  { sure, blind }: UnsureMarks,
  ways: readonly Way[],
  values: readonly number[],
  came: number,
): Way[] | Unreadable {
  const next: Way[] = [];
  for (const way of ways) {
    for (const combination of decoder.combinations) {
      const free = combination.findIndex(Number.isNaN);
      const factors = free < 0 ? combination : withFree(decoder, values, combination, free, way, came);
      if (!factors) continue;
      const { y: wouldCome, h, c } = runStep(decoder, values, factors, way);
      if (Math.abs(wouldCome - came) > TOLERANCE) continue;
      const isBlind = free >= 0 && hardlyShows(decoder, values, factors, free, way);
      if (isBlind && changesState(decoder, values, factors, free, way))
        return unreadable('a factor that may be any number does not show in the output, but changes the state');
      const unsure = isBlind ? (blind[free] as readonly boolean[]) : sure;
      next.push({ h, c, steps: [...way.steps, { factors, unsure, h }] });
    }
  }
  return next;
}

/** The outputs that a step could have, as far as its factors have known values. */
function possibleOutputs(decoder: Decoder, values: readonly number[], state: UnitState): number[] {
  const known = decoder.combinations.filter((one) => !one.some(Number.isNaN));
  return [...new Set(known.map((one) => runStep(decoder, values, one, state).y))];
}

/** Marks of unsure slots, made once: of none, and of each slot alone. */
interface UnsureMarks {
  readonly sure: readonly boolean[];
  readonly blind: readonly (readonly boolean[])[];
}

function unsureMarks({ slots }: Decoder): UnsureMarks {
  return { sure: slots.map(() => false), blind: slots.map((_, marked) => slots.map((_slot, n) => n === marked)) };
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
  // In these programs the output is a monotone function of the factor, so that halving finds the one that fits.
  let [low, high] = [-LARGEST_FACTOR, LARGEST_FACTOR];
  const atLow = miss(low);
  if (atLow * miss(high) > 0) return null;
  for (let n = 0; n < HALVINGS; n++) {
    const middle = (low + high) / 2;
    if (miss(middle) * atLow > 0) low = middle;
    else high = middle;
  }
  return combination.with(free, (low + high) / 2);
}

function hardlyShows(
  decoder: Decoder,
  entering: readonly number[],
  factors: readonly number[],
  free: number,
  state: UnitState,
): boolean {
  const value = factors[free] as number;
  const y = (change: number): number => runStep(decoder, entering, factors.with(free, value + change), state).y;
  return Math.abs(y(NUDGE) - y(-NUDGE)) < SHOWS;
}

/** Whether a value that does not show now will show later: then what comes after it cannot be told. */
function changesState(
  decoder: Decoder,
  entering: readonly number[],
  factors: readonly number[],
  free: number,
  state: UnitState,
): boolean {
  const value = factors[free] as number;
  const a = runStep(decoder, entering, factors.with(free, value + NUDGE), state);
  const b = runStep(decoder, entering, factors.with(free, value - NUDGE), state);
  return Math.abs(a.h - b.h) + Math.abs(a.c - b.c) > SAME_STATE;
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
    const differ = (n: number): boolean =>
      Math.abs((ours.factors[n] as number) - (theirs.factors[n] as number)) > SAME_FACTOR;
    return {
      factors: ours.factors,
      unsure: ours.unsure.map((unsure, n) => unsure || (theirs.unsure[n] as boolean) || differ(n)),
      h: Math.abs(ours.h - theirs.h) < SAME_STATE ? ours.h : Number.NaN,
    };
  });
  return { ...a, steps };
}
