import type { Cell, State } from '../../cells/cell.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { isPlain, readable } from '../../checks.ts';
import { ShapeError, show } from '../../errors.ts';
import { expectShape, sizeOf, Tensor, type TensorLike, tensor } from '../../tensor/tensor.ts';
import type { StateShape } from '../layer.ts';
import type { RecurrentShape } from './recurrent-shape.ts';

/** The parts of a state by name. */
export type StateLike = Readonly<Record<string, TensorLike>>;

/** A state, or its gradient, by part: h always, c for the LSTM. */
export type RecurrentState = Readonly<Record<string, Tensor>> & { readonly h: Tensor };

/** The shape of each part: [B,H] where there is one lane, or [lanes,B,H]. */
function partShape({ lanes, units }: RecurrentShape, batch: number): number[] {
  return [...(lanes.length === 1 ? [] : [lanes.length]), batch, units];
}

/** A state of the right parts and shapes; missing parts are zeros. @throws ShapeError when it has others */
export function expectState(
  who: string,
  shape: RecurrentShape,
  state: StateLike,
  batch: number,
): Readonly<Record<string, Tensor>> {
  const { carries } = shape.cell;
  const wanted = partShape(shape, batch);
  if (!isPlain(state)) {
    throw new ShapeError(`${who}: an object of ${carries.join(' and ')} was expected, but ${show(state)} came`);
  }
  const stray = readable(who, () => Object.keys(state).find((part) => !carries.includes(part)));
  if (stray !== undefined) {
    throw new ShapeError(`${who}: the parts ${carries.join(', ')} were expected, but '${stray}' came`);
  }
  return Object.fromEntries(
    carries.map((part) => {
      const given = state[part];
      const value = given === undefined ? new Tensor(new Float64Array(sizeOf(wanted)), wanted) : tensor(given);
      expectShape(`${who}.${part}`, value, wanted, wanted.length === 2 ? '[B,H]' : '[lanes,B,H]');
      return [part, value];
    }),
  );
}

/** What layers without a reverse direction carry, by part. */
export function stateShapes({ carries }: Cell, units: number, layers: number): Record<string, StateShape> {
  return Object.fromEntries(carries.map((part) => [part, [...(layers === 1 ? [] : [layers]), 'B', units]]));
}

/** The state of one lane out of that of all; undefined where there is none. */
export function laneState(
  ops: Ops,
  state: Readonly<Record<string, Handle>> | undefined,
  { lanes }: RecurrentShape,
  lane: number,
): State | undefined {
  if (!state || lanes.length === 1) return state;
  return Object.fromEntries(Object.entries(state).map(([part, handle]) => [part, ops.at(handle, lane)]));
}

/** The other way: each part of all lanes, of the shape that {@link stateShapes} says. */
export function joinedState(
  ops: Ops,
  { cell, lanes }: RecurrentShape,
  states: readonly State[],
): Record<string, Handle> {
  return Object.fromEntries(
    cell.carries.map((part) => {
      const parts = states.map((state) => state[part] as Handle);
      const [first] = parts as [Handle];
      return [part, lanes.length === 1 ? first : ops.reshape(ops.concat(parts), [lanes.length, ...first.shape])];
    }),
  );
}

/** The state of each lane, as the engine has it. */
export function uploadState(
  ops: Ops,
  { lanes, units }: RecurrentShape,
  state: Readonly<Record<string, Tensor>>,
  batch: number,
): State[] {
  const parts = Object.entries(state).map(
    ([part, value]) => [part, ops.upload(value.toFlat(), [lanes.length, batch, units])] as const,
  );
  return lanes.map((_, lane) => Object.fromEntries(parts.map(([part, handle]) => [part, ops.at(handle, lane)])));
}

/** The other way. */
export async function readState(
  ops: Ops,
  shape: RecurrentShape,
  lanes: readonly State[],
  batch: number,
): Promise<RecurrentState> {
  const parts = shape.cell.carries.map(async (part) => {
    const values = await Promise.all(lanes.map((lane) => ops.read(lane[part] as Handle)));
    const joined = Float64Array.from(values.flatMap((value) => [...value]));
    return [part, new Tensor(joined, partShape(shape, batch))] as const;
  });
  // Every cell carries an h.
  return Object.fromEntries(await Promise.all(parts)) as RecurrentState;
}
