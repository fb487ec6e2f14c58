import type { Cell, State } from '../cells/cell.ts';
import type { Factors, Handle, Ops } from '../engines/ops.ts';
import { type ActivationPenalty, type LaneOutput, penalised } from './activation-penalty.ts';
import { productSum } from './arithmetic.ts';
import { applyOutput } from './output-site.ts';
import { type CellWeights, type SequenceInput, type Unrolled, unroll } from './unroll.ts';

/** One layer in one direction, ready to be run; its initial state is zeros when there is none. */
export interface Lane {
  readonly weights: CellWeights;
  readonly factors: Factors;
  readonly state?: State | undefined;
  readonly slopes?: Slopes | undefined;
  readonly activations?: ActivationPenalty | undefined;
}

/**
 * How the factors f of some sites change with a number θ that they are made from, one θ a site. As factors: `input` and
 * `recurrent` are df/dθ; `recurrentRelative` and `output` are (df/dθ) / f, for values that f has multiplied already.
 */
export interface Slopes {
  readonly sites: readonly SlopeSite[];
  readonly factors: Factors;
}

export type SlopeSite = 'input' | 'recurrent' | 'output';

/** Run a cell over a sequence, with the penalties and slopes that its lane asks for. The gradient by a site's θ, [1], is named `input_theta`. */
export function unrollLane(
  ops: Ops,
  cell: Cell,
  { weights, factors, state, slopes, activations }: Lane,
  input: SequenceInput,
): Unrolled<CellWeights, State> {
  const run = unroll(ops, cell, weights, input, factors, state);
  const output = activations ? penalised(ops, run.y, input.lengths, activations) : untouched(run.y);
  return {
    y: output.y,
    state: run.state,
    penalties: output.penalties,
    backward(dy, dstate) {
      const d = output.backward(dy);
      const { slopeGrad, ...grads } = run.backward(d.h, dstate);
      const bySite = slopes?.sites.map((site) => {
        const grad =
          site === 'output'
            ? productSum(ops, output.y, applyOutput(ops, d.y, slopes.factors))
            : slopeGrad(site, slopes.factors);
        return [`${site}_theta`, grad] as const;
      });
      return { ...grads, weights: { ...grads.weights, ...Object.fromEntries(bySite ?? []) } };
    },
  };
}

function untouched(y: Handle): LaneOutput {
  return { y, penalties: [], backward: (dy) => ({ y: dy, h: dy }) };
}
