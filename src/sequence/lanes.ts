import type { Cell } from '../cells/cell.ts';
import { expectWhole } from '../checks.ts';
import { OptionError } from '../errors.ts';

/** Layers on top of each other: hundreds were never trained, and each takes memory before there are weights. */
const MOST_LAYERS = 1000;

/**
 * The lanes of a stack, with PyTorch's suffixes: `_l0`, `_l0_reverse`, `_l1`, ... A lane is one layer in one direction.
 * A lane's input is I wide in the first layer, and directions * H above it.
 */
export interface LaneName {
  readonly suffix: string;
  readonly inputSize: number;
}

/** @throws OptionError unless so many layers can stand on top of each other */
export function expectLayerCount(who: string, layers: number): void {
  expectWhole(who, 'layers', layers, 1);
  if (layers > MOST_LAYERS)
    throw new OptionError(`${who}: at most ${MOST_LAYERS} layers were expected, but ${layers} came; take fewer`);
}

export function laneNames(layers: number, directions: 1 | 2, inputSize: number, hiddenSize: number): LaneName[] {
  return Array.from({ length: layers * directions }, (_, lane) => {
    const layer = Math.floor(lane / directions);
    const suffix = `_l${layer}${lane % directions === 1 ? '_reverse' : ''}`;
    return { suffix, inputSize: layer === 0 ? inputSize : directions * hiddenSize };
  });
}

/** The names of weights that all cells have; but for a bias that is left out. */
export type WeightName = 'weight_ih' | 'weight_hh' | BiasName;

export const WEIGHT_NAMES: readonly WeightName[] = ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'];

/** The shape of a weight of one lane: [G*H,I], [G*H,H] or [G*H]. */
export function weightShape(name: WeightName, gates: number, inputSize: number, hiddenSize: number): number[] {
  const rows = gates * hiddenSize;
  if (name === 'weight_ih') return [rows, inputSize];
  return name === 'weight_hh' ? [rows, hiddenSize] : [rows];
}

/** A value for each weight of a lane: both biases or none, and the vectors of its cell. */
export type LaneWeights<V> = { readonly [N in 'weight_ih' | 'weight_hh']: V } & { readonly [N in BiasName]?: V } & {
  readonly [vector: string]: V;
};

type BiasName = 'bias_ih' | 'bias_hh';

/** The weights of a lane that has biases or none. */
export function weightNames(bias: boolean): readonly WeightName[] {
  return bias ? WEIGHT_NAMES : WEIGHT_NAMES.filter((name) => !name.startsWith('bias'));
}

/** The weights of a lane out of a record with suffixed names. @param cell whose vectors are among them */
export function laneWeights<V>(
  weights: Readonly<Record<string, V>>,
  suffix: string,
  { vectors = {} }: Pick<Cell, 'vectors'> = {},
): LaneWeights<V> {
  const names = [...WEIGHT_NAMES, ...Object.keys(vectors)].filter((name) => weights[name + suffix] !== undefined);
  return Object.fromEntries(names.map((name) => [name, weights[name + suffix]])) as LaneWeights<V>;
}

/** The other way: one record with suffixed names out of the lanes. */
export function suffixed<V>(
  lanes: readonly Readonly<Record<string, V>>[],
  names: readonly LaneName[],
): Record<string, V> {
  return Object.fromEntries(
    lanes.flatMap((lane, i) =>
      Object.entries(lane).map(([name, value]) => [name + (names[i] as LaneName).suffix, value] as const),
    ),
  );
}
