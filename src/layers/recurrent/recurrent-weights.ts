import { expectObject, readable } from '../../checks.ts';
import type { Cell } from '../../cells/cell.ts';
import { ModelError, show } from '../../errors.ts';
import { fold, type Key } from '../../random/key.ts';
import { suffixed } from '../../sequence/lanes.ts';
import { expectShape, Tensor, type TensorLike, tensor } from '../../tensor/tensor.ts';
import { bias, orthogonal, xavier } from '../initialise.ts';
import { trained, trainedInParts, type WeightSpec } from '../weight-spec.ts';
import type { RecurrentShape } from './recurrent-shape.ts';

/** Weights by name, or what becomes of them. */
export type WeightsLike = Readonly<Record<string, TensorLike>>;

/**
 * The weights of a stack with PyTorch's names and layout. Fresh ones: Xavier for W, orthogonal for U, zero biases but for
 * a forget gate's, which is 1.
 */
export function recurrentWeights({ cell, units, bias: biased, lanes }: RecurrentShape): Record<string, WeightSpec> {
  const gates = cell.gates.length;
  const rows = gates * units;
  const forgetGate = cell.forgetGate === undefined ? -1 : cell.gates.indexOf(cell.forgetGate);
  const forget = forgetGate < 0 ? [] : [forgetGate * units, (forgetGate + 1) * units];
  return suffixed(
    lanes.map(({ suffix, inputSize }) => {
      const keyOf = (layer: Key, name: string): Key => fold(fold(layer, suffix), name);
      return {
        weight_ih: trainedInParts([rows, inputSize], (key) => xavier(keyOf(key, 'weight_ih'), rows, inputSize, units)),
        weight_hh: trainedInParts(
          [rows, units],
          (key) => orthogonal(keyOf(key, 'weight_hh'), gates, units),
          'recurrent',
        ),
        ...(biased && {
          bias_ih: trained([rows], () => bias(rows, ...forget)),
          bias_hh: trained([rows], () => bias(rows)),
        }),
        ...vectorWeights(cell, units, biased),
      };
    }),
    lanes,
  );
}

/** The vectors of a cell: see `Cell.vectors`. */
function vectorWeights({ vectors = {}, gates }: Cell, units: number, biased: boolean): Record<string, WeightSpec> {
  const present = Object.entries(vectors).filter(([, { isBias }]) => biased || !isBias);
  return Object.fromEntries(
    present.map(([name, { per, starts, isBias }]) => {
      const size = per === 'gate' ? gates.length * units : units;
      const init = (): Tensor => new Tensor(new Float64Array(size).fill(starts), [size]);
      return [name, { ...trained([size], init), decays: isBias }];
    }),
  );
}

/** Weights given by a user, checked, all with their suffix; `_l0` may be left out where there is one lane. */
export function expectWeights(shape: RecurrentShape, given: WeightsLike): Record<string, Tensor> {
  expectObject('setWeights', given);
  const { lanes, units } = shape;
  const wanted = Object.entries(recurrentWeights(shape));
  const shown = (full: string): string => (lanes.length === 1 ? full.replace(/_l0$/, '') : full);
  const known = new Set(wanted.flatMap(([full]) => [full, shown(full)]));
  const stray = readable('setWeights', () => Object.keys(given).find((name) => !known.has(name)));
  if (stray !== undefined) {
    const names = wanted.map(([full]) => shown(full));
    throw new ModelError(`setWeights: ${names.join(', ')} were expected, but ${show(stray)} came; see PyTorch's names`);
  }
  return Object.fromEntries(
    wanted.map(([full, { shape: sizes }]) => [full, expectWeight(full, shown(full), sizes, units, given)]),
  );
}

function expectWeight(
  full: string,
  shown: string,
  shape: readonly number[],
  units: number,
  given: WeightsLike,
): Tensor {
  const value = readable('setWeights', () => given[full] ?? given[shown]);
  if (value === undefined) {
    throw new ModelError(`setWeights: ${shown} of shape [${shape}] was expected, but it is missing; set all weights`);
  }
  const checked = tensor(value);
  const letters = lettersOf(full, shape, units);
  expectShape(`setWeights: ${shown}`, checked, shape, letters);
  // A copy: what the caller does with the array later is not to change the layer.
  return new Tensor(checked.toFlat(), shape);
}

function lettersOf(name: string, shape: readonly number[], units: number): string {
  if (shape.length === 1) return shape[0] === units ? '[H]' : '[G*H]';
  return name.startsWith('weight_ih') ? '[G*H,I]' : '[G*H,H]';
}

/** Weights, or gradients, as a user names them: without `_l0` where there is one lane. */
export function namedByLane<V>(
  weights: Readonly<Record<string, V>>,
  { lanes }: Pick<RecurrentShape, 'lanes'>,
): Record<string, V> {
  if (lanes.length > 1) return { ...weights };
  return Object.fromEntries(Object.entries(weights).map(([name, value]) => [name.replace(/_l0$/, ''), value]));
}
