import type { SubjectWeights } from '../../subject.ts';
import {
  type CellForm,
  type CellKind,
  FACTOR_OF,
  GATES,
  GRU,
  stepUnit,
  UNIT_PLACES,
  type UnitState,
} from '../decoding/cell-step.ts';
import type { Place } from '../decoding/hypothesis.ts';

/** A layer in plain numbers, whose factors are the same for all units and steps, as in evaluation. */
export interface PlainLayer {
  readonly kind: CellKind;
  readonly form: CellForm;
  readonly weights: SubjectWeights;
  /** By place; 1 where there is none. */
  readonly factors: ReadonlyMap<Place, number>;
}

/** One sample, x [T][I] to y [T][H], step by step from a state of zeros. */
export function* plainOutputs(
  { kind, form, weights, factors }: PlainLayer,
  x: readonly number[][],
): Generator<number[]> {
  const { weight_ih, weight_hh, bias_ih, bias_hh } = weights;
  const gates = GATES[kind];
  const hiddenSize = weight_hh.length / gates.length;
  const ofInput = factors.get('input') ?? 1;
  const ofState = (factors.get('recurrent') ?? 1) * (factors.get('weight') ?? 1);
  const onUnit = new Float64Array(UNIT_PLACES.length).fill(1);
  for (const [place, factor] of factors)
    if (Object.hasOwn(FACTOR_OF, place)) onUnit[FACTOR_OF[place as 'update']] = factor;
  let states: readonly UnitState[] = Array.from({ length: hiddenSize }, () => ({ h: 0, c: 0 }));
  for (const now of x) {
    const h = states.map((state) => state.h);
    const row = (gate: number, unit: number): number => gate * hiddenSize + unit;
    const fromInput = (gate: number, unit: number): number =>
      ofInput * dot(weight_ih[row(gate, unit)], now) + (bias_ih[row(gate, unit)] as number);
    const fromState = (gate: number, unit: number, read: readonly number[]): number =>
      ofState * dot(weight_hh[row(gate, unit)], read) + (bias_hh[row(gate, unit)] as number);
    const { gate: squash } = form.activations;
    const reset =
      kind === 'gruResetBefore'
        ? h.map((value, unit) => value * squash(fromInput(GRU.r, unit) + fromState(GRU.r, unit, h)))
        : h;
    const stepped = states.map((old, unit) => {
      const input = gates.map((_, gate) => fromInput(gate, unit));
      const hidden = gates.map((name, gate) => fromState(gate, unit, name === 'n' ? reset : h));
      return stepUnit(kind, { input, hidden }, onUnit, old, form);
    });
    states = stepped;
    yield stepped.map(({ y }) => y);
  }
}

function dot(row: readonly number[] | undefined, values: readonly number[]): number {
  return values.reduce((sum, value, i) => sum + value * (row?.[i] as number), 0);
}
