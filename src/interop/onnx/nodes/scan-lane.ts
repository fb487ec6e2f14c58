import type { CellActivations } from '../../../cells/activations.ts';
import type { Cell } from '../../../cells/cell.ts';
import { LSTM_GATES, RNN_GATES } from '../../../cells/gates.ts';
import { hasTimesteps } from '../../../masks/fixed-in-time.ts';
import type { LaneWeights } from '../../../sequence/lanes.ts';
import type { CellWeights } from '../../../sequence/unroll.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Factor } from '../written/mask-factors.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { type Lengths, sizeAt } from './sequences.ts';
import { StepBody, type StepFactor } from './step-body.ts';

/** One layer in one direction, whose steps are nodes. */
export interface ScanLane {
  readonly cell: Cell;
  /** H */
  readonly units: number;
  readonly weights: LaneWeights<Tensor>;
  readonly activations: CellActivations;
  /** The name that a weight has in the file. */
  nameOf(weight: keyof CellWeights): string;
  readonly factors: Readonly<Record<string, Factor>>;
}

/**
 * A lane over x [T,B,I], in the order of its work: what the operators of ONNX have no input for acts in the steps of a Scan.
 * @returns y [T,B,H], zero past a sample's length
 */
export function scanLane(graph: GraphBuilder, lane: ScanLane, x: string, lengths: Lengths): string {
  const { cell, units } = lane;
  const gates = cell.gates.length;
  const weight = (name: keyof CellWeights): string | undefined => {
    const value = lane.weights[name];
    return value && graph.weight(lane.nameOf(name), value);
  };
  const factors = new LaneFactors(graph, lane.factors, gates);
  const wT = graph.node('Transpose', [weight('weight_ih') as string], { perm: [1, 0] });
  const u = factors.times('weight', weight('weight_hh') as string);
  const uT = graph.node('Transpose', [u], { perm: [1, 0] });
  const bias = weight('bias_hh');
  const product = projected(graph, x, wT, factors, gates);
  const inputBias = weight('bias_ih');
  const input = inputBias === undefined ? product : graph.node('Add', [product, inputBias]);
  const zeros = graph.node('Expand', [
    graph.number(0),
    graph.node('Concat', [sizeAt(graph, x, 1), graph.wholes(units)], { axis: 0 }),
  ]);

  const body = graph.inner();
  const live = lengths.live(x);
  const scanned = [input, ...(live === undefined ? [] : [live]), ...factors.scanned()];
  const state = Object.fromEntries(cell.carries.map((part) => [part, body.input(body.fresh(part), graph.float, null)]));
  const [inputAt = '', ...more] = scanned.map(() => body.input(body.fresh('at'), graph.float, null));
  const liveAt = live === undefined ? undefined : more.shift();
  const byGate = (value: string): readonly string[] =>
    gates === 1 ? [value] : graph.nodeOf('Split', [value], gates, { axis: -1 });
  const step = {
    input: inputAt,
    state,
    recurrent: uT,
    recurrentOf: byGate(uT),
    bias,
    biasOf: bias === undefined ? [] : byGate(bias),
    factors: factors.inStep(body, more),
    live: liveAt,
  };
  const result = stepOf(cell, new StepBody(body, step, lane.activations, gates));
  for (const part of cell.carries) body.output(result.state[part] as string, graph.float, null);
  // Two results of one name share their memory in onnxruntime, and one of them is not written.
  body.output(body.node('Identity', [result.y]), graph.float, null);
  const outputs = graph.nodeOf('Scan', [...cell.carries.map(() => zeros), ...scanned], cell.carries.length + 1, {
    num_scan_inputs: scanned.length,
    body: { graph: body },
  });
  return outputs.at(-1) as string;
}

function stepOf({ gates, products }: Cell, body: StepBody): ReturnType<StepBody['lstm']> {
  if (gates.length === LSTM_GATES.length) return body.lstm();
  if (gates.length === RNN_GATES.length) return body.rnn();
  return products.length === 2 ? body.gruResetBefore() : body.gru();
}

/** x Wᵀ under the site `input`, [T,B,G*H]. */
function projected(graph: GraphBuilder, x: string, wT: string, factors: LaneFactors, gates: number): string {
  const masks = factors.overTime('input');
  if (!masks) return graph.node('MatMul', [x, wT]);
  if (masks.length === 1) return graph.node('MatMul', [graph.node('Mul', [x, masks[0] as string]), wT]);
  const parts = graph
    .nodeOf('Split', [wT], gates, { axis: 1 })
    .map((part, gate) => graph.node('MatMul', [graph.node('Mul', [x, masks[gate] as string]), part]));
  return graph.node('Concat', parts, { axis: 2 });
}

/** The factors of a lane as values of its graph. */
class LaneFactors {
  readonly #graph: GraphBuilder;
  readonly #factors: Readonly<Record<string, Factor>>;
  readonly #gates: number;

  constructor(graph: GraphBuilder, factors: Readonly<Record<string, Factor>>, gates: number) {
    this.#graph = graph;
    this.#factors = factors;
    this.#gates = gates;
  }

  /** A value times a factor that knows no step. */
  times(site: string, value: string): string {
    const factor = this.#factors[site];
    return factor ? this.#graph.node('Mul', [value, this.#valueOf(factor)]) : value;
  }

  /** A factor for all steps at once, for x [T,B,N]: one, or one for each gate. */
  overTime(site: string): readonly string[] | undefined {
    const factor = this.#factors[site];
    if (!factor) return undefined;
    const gates = this.#byGate(factor, this.#valueOf(factor));
    const isSteps = factor.input !== undefined && hasTimesteps(factor.rule);
    return isSteps ? gates.map((gate) => this.#graph.node('Transpose', [gate], { perm: [1, 0, 2] })) : gates;
  }

  /** What a Scan hands on step by step: [T,B,N] for each gate. */
  scanned(): readonly string[] {
    return this.#stepwise().flatMap((site) => this.overTime(site) as readonly string[]);
  }

  /** The factors as they are in a step. @param steps what the Scan handed on, in the order of {@link scanned} */
  inStep(body: GraphBuilder, steps: readonly string[]): Readonly<Record<string, StepFactor>> {
    const left = [...steps];
    const stepwise = this.#stepwise();
    return Object.fromEntries(
      Object.entries(this.#factors)
        .filter(([site]) => site !== 'input' && site !== 'weight')
        .sort(([a], [b]) => stepwise.indexOf(a) - stepwise.indexOf(b))
        .map(([site, factor]) => {
          const isUntied = factor.input !== undefined && !factor.rule.tied;
          const names = stepwise.includes(site)
            ? left.splice(0, isUntied ? this.#gates : 1)
            : factor.input === undefined
              ? [body.number(factor.number)]
              : this.#byGate(factor, factor.input);
          return [site, isUntied ? { gates: names } : { tied: names[0] as string }];
        }),
    );
  }

  #stepwise(): readonly string[] {
    return Object.entries(this.#factors).flatMap(([site, factor]) =>
      site !== 'input' && factor.input !== undefined && hasTimesteps(factor.rule) ? [site] : [],
    );
  }

  #valueOf(factor: Factor): string {
    return factor.input === undefined ? this.#graph.number(factor.number) : factor.input;
  }

  #byGate(factor: Factor, value: string): readonly string[] {
    if (factor.input === undefined || factor.rule.tied) return [value];
    const gates = Array.from({ length: this.#gates }, (_, gate) => this.#graph.wholeNumber(gate));
    return gates.map((gate) => this.#graph.node('Gather', [value, gate], { axis: 0 }));
  }
}
