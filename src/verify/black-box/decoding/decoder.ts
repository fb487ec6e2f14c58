import type { Program } from '../probes/programs.ts';
import {
  type CellForm,
  type CellKind,
  FACTOR_OF,
  GRU,
  stepUnit,
  UNIT_PLACES,
  type UnitPlace,
  type UnitResult,
  type UnitState,
} from './cell-step.ts';
import type { Hypothesis, Place, Values } from './hypothesis.ts';

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
  readonly form: CellForm;
  /** Every combination of the slots' values; NaN where a value is free. */
  readonly combinations: readonly (readonly number[])[];
  readonly scratch: Scratch;
}

/** Written anew at every step: millions are made. */
interface Scratch {
  /** The factors on the unit itself, where {@link FACTOR_OF} says. */
  readonly onUnit: Float64Array;
  /** The factor on each route. */
  readonly onRoute: Float64Array;
  readonly pre: { readonly input: Float64Array; readonly hidden: Float64Array };
}

export function decoderOf(kind: CellKind, unit: number, program: Program, hypothesis: Hypothesis): Decoder {
  const slots = slotsOf(kind, unit, program, hypothesis);
  const linked = hypothesis.linked
    .map((pair) => pair.map((place) => slots.findIndex((one) => one.place === place)))
    .filter((pair) => pair.every((n) => n >= 0));
  const combinations = slots
    .reduce<number[][]>(
      (all, { values }) => all.flatMap((one) => (values ?? [Number.NaN]).map((value) => [...one, value])),
      [[]],
    )
    .filter((one) => linked.every(([a = 0, b = 0]) => (one[a] === 0) === (one[b] === 0)));
  const gates = program.input.length;
  const scratch: Scratch = {
    onUnit: new Float64Array(UNIT_PLACES.length),
    onRoute: new Float64Array(program.routes.length),
    pre: { input: new Float64Array(gates), hidden: new Float64Array(gates) },
  };
  return { kind, unit, program, slots, linked, form: hypothesis, combinations, scratch };
}

function slotsOf(kind: CellKind, unit: number, { routes }: Program, { places }: Hypothesis): Slot[] {
  const slot = (place: Place, route: number): Slot[] => {
    const values = places.get(place);
    return values === undefined ? [] : [{ place, route, values }];
  };
  const ofUnit = UNIT_PLACES.filter((place) => kind === 'lstm' || !LSTM_ONLY.includes(place));
  return [
    ...ofUnit.flatMap((place) => slot(place, -1)),
    ...routes.flatMap(({ from, source }, route) => {
      if (from === 'input') return slot('input', route);
      // A unit that reads itself reads what it carries.
      const carried = source === unit ? [] : slot('carriedHidden', route);
      return [...slot('recurrent', route), ...slot('weight', route), ...carried];
    }),
  ];
}

const LSTM_ONLY: readonly Place[] = ['memory', 'zoneCell', 'carriedCell'];

/**
 * One step of a unit.
 * @param entering the value that each route reads
 * @param factors by slot
 */
export function runStep(
  { kind, unit, program, slots, form, scratch }: Decoder,
  entering: readonly number[],
  factors: readonly number[],
  old: UnitState,
): UnitResult {
  const { onUnit, onRoute, pre } = scratch;
  onUnit.fill(1);
  onRoute.fill(1);
  for (let n = 0; n < slots.length; n++) {
    const { place, route } = slots[n] as Slot;
    const factor = factors[n] as number;
    if (route < 0) onUnit[FACTOR_OF[place as UnitPlace]] = factor;
    else onRoute[route] = (onRoute[route] as number) * factor;
  }
  // Lists are copied number by number: `set` of a typed array takes four times as long for so few.
  for (let gate = 0; gate < program.input.length; gate++) {
    pre.input[gate] = program.input[gate] as number;
    pre.hidden[gate] = program.hidden[gate] as number;
  }
  for (let n = 0; n < program.routes.length; n++) {
    const { from, gate, source, weight } = program.routes[n] as Program['routes'][number];
    let value = entering[n] as number;
    if (from === 'hidden' && source === unit) {
      value = old.h * (onUnit[FACTOR_OF.carriedHidden] as number);
      // With the reset gate before the product; the routes that open it come before those that it acts on.
      if (kind === 'gruResetBefore' && gate === GRU.n)
        value *= form.activations.gate((pre.input[GRU.r] as number) + (pre.hidden[GRU.r] as number));
    }
    pre[from][gate] = (pre[from][gate] as number) + weight * value * (onRoute[n] as number);
  }
  return stepUnit(kind, pre, onUnit, old, form);
}

/** The outputs of a unit under given factors, by step. */
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
