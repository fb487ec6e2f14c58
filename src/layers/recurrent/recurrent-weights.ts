import type { Cell } from '../../cells/cell.ts';
import { optionsOf } from '../../checks.ts';
import { ModelError, ShapeError, SiteError, show } from '../../errors.ts';
import type { Extents } from '../../masks/mask.ts';
import { Plan } from '../../masks/plan.ts';
import { expectSites } from '../../masks/scheme.ts';
import { fold, type Key } from '../../random/key.ts';
import { type LaneName, laneWeights, suffixed, WEIGHT_NAMES, weightShape } from '../../sequence/lanes.ts';
import { expectShape, Tensor, type TensorLike, tensor } from '../../tensor/tensor.ts';
import { bias, orthogonal, xavier } from '../initialise.ts';

/** Fresh weights of a stack: Xavier for W, orthogonal for U, zero biases but for a forget gate's, which is 1. */
export function initialiseRecurrent(
  { gates, forgetGate }: Cell,
  lanes: readonly LaneName[],
  hiddenSize: number,
  key: Key,
): Record<string, Tensor> {
  const rows = gates.length * hiddenSize;
  const first = forgetGate === undefined ? -1 : gates.indexOf(forgetGate);
  const forget = first < 0 ? [] : [first * hiddenSize, (first + 1) * hiddenSize];
  return suffixed(
    lanes.map(({ suffix, inputSize }) => {
      const laneKey = fold(key, suffix);
      return {
        weight_ih: xavier(fold(laneKey, 'weight_ih'), rows, inputSize, hiddenSize),
        weight_hh: orthogonal(fold(laneKey, 'weight_hh'), gates.length, hiddenSize),
        bias_ih: bias(rows, ...forget),
        bias_hh: bias(rows),
      };
    }),
    lanes,
  );
}

/** The shapes of the weights of a stack, with their suffixes. */
export function recurrentShapes(
  { gates }: Cell,
  lanes: readonly LaneName[],
  hiddenSize: number,
): Record<string, number[]> {
  return Object.fromEntries(
    lanes.flatMap(({ suffix, inputSize }) =>
      WEIGHT_NAMES.map((name) => [name + suffix, weightShape(name, gates.length, inputSize, hiddenSize)]),
    ),
  );
}

/**
 * One plan for each lane, checked against the cell and the batch.
 * @param plan a list by lane; or one plan, where there is one lane or where the plan is not drawn for a batch
 */
export function plansByLane(
  cell: Cell,
  lanes: readonly LaneName[],
  plan: Plan | readonly Plan[],
  sizes: Omit<Extents, 'inputSize' | 'gates'>,
): readonly Plan[] {
  const list: readonly Plan[] = plan instanceof Plan ? [plan] : Array.isArray(plan) ? plan : [];
  if (list.length === 0 || !list.every((one) => one instanceof Plan)) {
    throw new SiteError(
      `${cell.name}: a plan was expected, but something else came; make one with sample(), mean() or none()`,
    );
  }
  const plans = plan instanceof Plan ? lanes.map(() => plan) : list;
  const shared = plan instanceof Plan && plan.drawn && Object.keys(plan.masks).length > 0;
  if (plans.length !== lanes.length || (shared && lanes.length > 1)) {
    throw new ShapeError(
      `${cell.name}: ${lanes.length} plans were expected, one for each of ${show(lanes.map(({ suffix }) => suffix))}, but ${shared ? 1 : plans.length} came; use sample() of the layer`,
    );
  }
  for (const [lane, { masks, sites, drawn }] of plans.entries()) {
    expectSites(
      sites.map((site) => ({ site })),
      cell.name,
      cell.sites,
    );
    if (!drawn) continue;
    const { inputSize } = lanes[lane] as LaneName;
    for (const mask of Object.values(masks)) mask.expect({ ...sizes, inputSize, gates: cell.gates.length });
  }
  return plans;
}

/** Weights given by a user, checked, all with their suffix; `_l0` may be left out where there is one lane. */
export function expectWeights(
  cell: Cell,
  lanes: readonly LaneName[],
  hiddenSize: number,
  given: Readonly<Record<string, TensorLike>>,
): Record<string, Tensor> {
  optionsOf('setWeights', given);
  const wanted = Object.entries(recurrentShapes(cell, lanes, hiddenSize));
  const shown = (full: string): string => (lanes.length === 1 ? full.replace(/_l0$/, '') : full);
  const known = new Set(wanted.flatMap(([full]) => [full, shown(full)]));
  for (const stray of Object.keys(given)) {
    if (!known.has(stray)) {
      const names = wanted.map(([full]) => shown(full));
      throw new ModelError(
        `setWeights: ${names.join(', ')} were expected, but ${show(stray)} came; see PyTorch's names`,
      );
    }
  }
  return Object.fromEntries(
    wanted.map(([full, shape]) => {
      const name = shown(full);
      const value = given[full] ?? given[name];
      if (value === undefined) {
        throw new ModelError(
          `setWeights: ${name} of shape [${shape}] was expected, but it is missing; set all weights`,
        );
      }
      const checked = tensor(value);
      const letters = shape.length === 1 ? '[G*H]' : full.startsWith('weight_ih') ? '[G*H,I]' : '[G*H,H]';
      expectShape(`setWeights: ${name}`, checked, shape, letters);
      // A copy: what the caller does with the array later is not to change the layer.
      return [full, new Tensor(checked.toFlat(), shape)];
    }),
  );
}

/** Weights, or gradients, as a user names them: without `_l0` where there is one lane. */
export function namedByLane<V>(weights: Readonly<Record<string, V>>, lanes: readonly LaneName[]): Record<string, V> {
  return lanes.length === 1 ? laneWeights(weights, '_l0') : { ...weights };
}
