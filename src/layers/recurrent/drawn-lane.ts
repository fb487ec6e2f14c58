import type { Handle, Ops } from '../../engines/ops.ts';
import type { SiteRule } from '../../masks/scheme.ts';
import type { Lane, SlopeSite } from '../../sequence/lane.ts';
import { type LaneName, laneWeights } from '../../sequence/lanes.ts';
import {
  atLearnedRates,
  type ConcreteMask,
  concreteMasks,
  rateCost,
  rateLogitName,
  relativeSlopeOf,
  slopeOf,
} from '../dropout/learned-dropout-rate.ts';
import type { Batch, LayerContext } from '../layer.ts';
import { extentsOf, type RecurrentShape } from './recurrent-shape.ts';

/** What the lanes of a recurrent layer have in common. */
export interface LaneOptions extends Pick<RecurrentShape, 'cell' | 'units'> {
  readonly rules: readonly SiteRule[];
  readonly at: Pick<Batch, 'batch' | 'time'>;
}

/** A lane with its masks drawn, and what its learned rates cost. */
export interface DrawnLane {
  readonly lane: Lane;
  /** [1] each */
  readonly penalties: readonly (() => Handle)[];
  /** The gradients of the lane's weights, from those that the run over the sequence gives. */
  weightGrads(grads: Readonly<Record<string, Handle>>): Record<string, Handle>;
}

/**
 * @param weights of all lanes, by their names
 * @param activations the factors of AR and TAR (see `ActivationPenalty`), for a lane that has them
 */
export function drawLane(
  context: LayerContext,
  { suffix, inputSize }: LaneName,
  { cell, rules, units, at: { batch, time } }: LaneOptions,
  weights: Readonly<Record<string, Handle>>,
  activations: { readonly ar: number; readonly tar: number } | null,
): DrawnLane {
  const { ops, plan, learned } = context;
  const extents = extentsOf(cell, units, inputSize, { batch, time });
  const { masks } = plan(atLearnedRates(rules, learned, suffix), suffix, extents);
  const { output, ...inside } = masks;
  const ofLane = laneWeights(weights, suffix, cell);
  const concrete = concreteMasks(masks);
  const costs = concrete.map(({ rule }) => {
    const matrix = MATRICES[rule.site as SlopeSite];
    const width = rule.site === 'input' ? inputSize : units;
    return { site: rule.site, matrix, ...rateCost(ops, rule, width, matrix ? ofLane[matrix] : null) };
  });
  return {
    lane: {
      weights: ofLane,
      factors: ops.uploadFactors(activations ? inside : masks),
      slopes: concrete.length > 0 ? slopesOf(ops, concrete) : undefined,
      activations: activations ? { ...activations, output: ops.uploadFactors(output ? { output } : {}) } : undefined,
    },
    penalties: costs.map(({ penalty }) => penalty),
    weightGrads(grads) {
      const found = Object.fromEntries(Object.keys(ofLane).map((name) => [name, grads[name] as Handle]));
      for (const { site, matrix, addToLogit, addToWeight } of costs) {
        found[rateLogitName(site)] = addToLogit(grads[`${site}_theta`] as Handle);
        if (matrix) found[matrix] = addToWeight(found[matrix] as Handle);
      }
      return found;
    },
  };
}

/** The matrix behind a site, whose size a learned rate answers for. */
const MATRICES: Readonly<Record<SlopeSite, 'weight_ih' | 'weight_hh' | null>> = {
  input: 'weight_ih',
  recurrent: 'weight_hh',
  output: null,
};

function slopesOf(ops: Ops, masks: readonly ConcreteMask[]): Lane['slopes'] {
  const factors = masks.map((mask) => {
    const { site } = mask.rule;
    if (site === 'output') return { output: relativeSlopeOf(mask) };
    const slope = { [site]: slopeOf(mask) };
    return site === 'recurrent' ? { ...slope, recurrentRelative: relativeSlopeOf(mask) } : slope;
  });
  return {
    sites: masks.map(({ rule }) => rule.site as SlopeSite),
    factors: ops.uploadFactors(Object.assign({}, ...factors)),
  };
}
