import type {
  BackwardStep,
  Cell,
  ForwardStep,
  RecurrentProduct,
  State,
  StepContext,
  StepGrads,
  StepResult,
} from '../cells/cell.ts';
import { firstGateOf, recurrentFactor } from '../cells/recurrent-product.ts';
import { kernel } from '../engines/kernel.ts';
import type { Factors, FactorUse, Handle, Indices, Loop, Ops } from '../engines/ops.ts';
import { productSum, sumOf } from './arithmetic.ts';
import { inputShare, type InputGrads, type InputShare } from './input-share.ts';

/** The weights of one layer in one direction, with PyTorch's names and layout. It has both biases or none, and the vectors of its cell. */
export interface CellWeights {
  /** W [G*H, I] */
  readonly weight_ih: Handle;
  /** U [G*H, H] */
  readonly weight_hh: Handle;
  /** `bias_ih` and `bias_hh` [G*H], both or none, and those of `Cell.vectors`. */
  readonly [vector: string]: Handle;
}

/** The input of a run over a sequence, whatever the number of layers and directions. */
export interface SequenceInput {
  /** [T,B,I] */
  readonly x: Handle;
  /** Valid steps of each sample, [B], or null when all are. */
  readonly lengths: Indices | null;
}

/** The results of a run, and its gradients for whoever asks. */
export interface Unrolled<W, S> {
  /** [T,B,H], zero past a sample's length. */
  readonly y: Handle;
  /** The state after each sample's last valid step. */
  readonly state: S;
  /** What the run adds to the loss, [1] each, for whoever asks. `backward` includes their gradients. */
  readonly penalties: readonly (() => Handle)[];
  /**
   * Backpropagation through time: gradients of the weights, of the initial state, and of x [T,B,I] for whoever asks.
   * @param dy the gradient by y, [T,B,H]
   * @param dstate the gradient by the final state; zeros when left out
   */
  backward(dy: Handle, dstate?: S): { readonly weights: W; readonly x: () => Handle; readonly state: S };
}

/** A run of one lane, which can also give gradients by what its factors are made from. */
export interface UnrolledCell extends Pick<Unrolled<CellWeights, State>, 'y' | 'state'> {
  backward(
    dy: Handle,
    dstate?: State,
  ): ReturnType<Unrolled<CellWeights, State>['backward']> & {
    /**
     * The gradient by a number that the factors f of a site are made from, [1].
     * @param slopes by the site's name how f changes with that number. For a cell that applies the site `recurrent`
     *   within its kernels, so that only the masked values are known: as `recurrentRelative` the same over f
     */
    slopeGrad(site: 'input' | 'recurrent', slopes: Factors): Handle;
  };
}

/** Run a cell over a sequence, from a state (zeros when left out). The factors are those of one plan. */
export function unroll(
  ops: Ops,
  cell: Cell,
  weights: CellWeights,
  { x, lengths }: SequenceInput,
  factors: Factors,
  initial?: State,
): UnrolledCell {
  const [time = 0, batch = 0] = x.shape;
  const recurrent = recurrentWeights(ops, cell, weights, factors);
  const vectors = cell.vectors && vectorsOf(cell, weights);
  const run: Run = { ops, cell, weights, x, lengths, factors, recurrent, vectors, time, batch };
  const share = inputShare(ops, run);
  const { states, results } = runForward(run, share, initial ?? zeroState(run));
  return {
    y: overTime(
      ops,
      results.map(({ y }) => y),
    ),
    state: states[time] as State,

    backward(dy, dstate = zeroState(run)) {
      const stepwise = runBackward(run, states, results, dy, dstate);
      const da = overTime(ops, stepwise.dInput);
      const daSum = weights.bias_ih && ops.sumRows(da);
      const products = productGrads(run, results, stepwise, da, daSum);
      const input = share.backward(da);
      return {
        x: input.x,
        state: stepwise.dinitial,
        weights: { ...weightGrads(run, input, daSum, products), ...vectorGrads(run, stepwise, daSum) },
        slopeGrad: (site, slopes) =>
          site === 'input' ? input.slope(slopes) : recurrentSlopeGrad(run, products, slopes),
      };
    },
  };
}

/** What all parts of a run share. */
interface Run {
  readonly ops: Ops;
  readonly cell: Cell;
  readonly weights: CellWeights;
  /** [T,B,I] */
  readonly x: Handle;
  readonly lengths: Indices | null;
  readonly factors: Factors;
  readonly recurrent: StepContext['recurrent'];
  readonly vectors: StepContext['vectors'];
  readonly time: number;
  readonly batch: number;
}

function zeroState({ ops, cell, weights, batch }: Run): State {
  const hidden = weights.weight_hh.shape[1] ?? 0;
  return Object.fromEntries(cell.carries.map((part) => [part, ops.zeros([batch, hidden])]));
}

/** All timesteps, first to last: what each gave, and the state before each and after the last. */
function runForward(
  { ops, cell, lengths, factors, recurrent, vectors, time, batch }: Run,
  share: InputShare,
  initial: State,
): { readonly states: State[]; readonly results: StepResult[] } {
  const loop: Loop = { steps: time };
  const states: State[] = [initial];
  const results: StepResult[] = [];
  for (let t = 0; t < time; t++) {
    const input = ops.at(share.y, t);
    const state = states[t] as State;
    // Property by property: to spread an object costs as much as several operations on handles.
    const step: ForwardStep = { recurrent, vectors, factors, lengths, batch, loop, t, input, state };
    const result = cell.forward(ops, step);
    results.push(result);
    states.push(result.state);
  }
  return { states, results };
}

/** The gradients of each timestep, by what entered it. */
interface StepwiseGrads {
  /** By the input's share of the pre-activations, at each timestep: [B, G*H]. */
  readonly dInput: readonly Handle[];
  /** By the result of each product with U, at each timestep: [B, gates*H]. */
  readonly dProducts: readonly (readonly Handle[])[];
  /** See `StepGrads.vectors`, at each timestep. */
  readonly dVectors: readonly StepGrads['vectors'][];
  readonly dinitial: State;
}

/** All timesteps, last to first. */
function runBackward(
  { ops, cell, lengths, factors, recurrent, vectors, time, batch }: Run,
  states: readonly State[],
  results: readonly StepResult[],
  dy: Handle,
  dfinal: State,
): StepwiseGrads {
  const loop: Loop = { steps: time };
  const dInput: Handle[] = [];
  const dProducts: Handle[][] = cell.products.map(() => []);
  const dVectors: StepGrads['vectors'][] = [];
  let dstate = dfinal;
  for (let t = time - 1; t >= 0; t--) {
    const { saved, kept } = results[t] as StepResult;
    const state = states[t] as State;
    const at = ops.at(dy, t);
    const step: BackwardStep = {
      recurrent,
      vectors,
      factors,
      lengths,
      batch,
      loop,
      t,
      state,
      saved,
      kept,
      dy: at,
      dstate,
    };
    const grads = cell.backward(ops, step);
    dInput[t] = grads.input;
    dVectors[t] = grads.vectors;
    for (const [k, product] of grads.products.entries()) (dProducts[k] as Handle[])[t] = product;
    dstate = grads.state;
  }
  return { dInput, dProducts, dVectors, dinitial: dstate };
}

/** A product with U over all timesteps: what entered it, and the gradients by its result, its rows of U and its bias, if there is one. */
interface ProductGrads {
  readonly entered: Handle;
  readonly db: Handle;
  readonly weight: Handle;
  readonly bias: Handle | undefined;
}

/**
 * @param da the gradients by the input's share of the pre-activations, [T,B,G*H]
 * @param daSum their sum over timesteps and samples, [G*H], where there are biases
 */
function productGrads(
  { ops, cell, factors, batch }: Run,
  results: readonly StepResult[],
  { dInput, dProducts, dVectors }: StepwiseGrads,
  da: Handle,
  daSum: Handle | undefined,
): readonly ProductGrads[] {
  return cell.products.map((_, k) => {
    const entered = overTime(
      ops,
      results.map(({ products }) => products[k] as Handle),
    );
    const products = dProducts[k] as readonly Handle[];
    // Where the gates read the sum of both shares, as in the LSTM, their gradients are the same.
    const db = products.every((product, t) => product === dInput[t]) ? da : overTime(ops, products);
    const weight = ops.projectWeightGrad(db, entered, recurrentFactor(cell, k, { factors, batch }, 0));
    // Where the cell normalises the product, what the bias is added to is not its result: see `StepGrads.vectors`.
    const biasGrad = dVectors[0]?.bias_hh ? undefined : daSum;
    return { entered, db, weight, bias: biasGrad && (db === da ? biasGrad : ops.sumRows(db)) };
  });
}

/** One product over all timesteps and samples for each matrix, and one sum for each bias. */
function weightGrads(
  { ops, factors }: Run,
  input: InputGrads,
  daSum: Handle | undefined,
  products: readonly ProductGrads[],
): CellWeights {
  const dU = joined(
    ops,
    products.map(({ weight }) => weight),
  );
  const { weight_ih, ...ofInput } = input.weights as Readonly<Record<'weight_ih', Handle>>;
  const matrices = { weight_ih, weight_hh: dropWeights(ops, dU, factors), ...ofInput };
  if (!daSum) return matrices;
  const biases = products.flatMap(({ bias }) => bias ?? []);
  return { ...matrices, bias_ih: daSum, ...(biases.length > 0 && { bias_hh: joined(ops, biases) }) };
}

/** What cells are given of their vectors. */
function vectorsOf({ vectors }: Cell, weights: CellWeights): Record<string, Handle> {
  const names = [...Object.keys(vectors ?? {}), 'bias_hh'];
  return Object.fromEntries(names.flatMap((name) => (weights[name] ? [[name, weights[name]]] : [])));
}

/** The sum over all timesteps and samples for each vector of the cell. */
function vectorGrads(
  { ops, weights }: Run,
  { dInput, dVectors }: StepwiseGrads,
  daSum: Handle | undefined,
): Record<string, Handle> {
  const [first = {}] = dVectors;
  const names = Object.keys(first).filter((name) => weights[name]);
  const sums = names.map((name) => {
    const parts = (first[name] as readonly Handle[]).map((_, i) => {
      const steps = dVectors.map((vectors) => vectors?.[name]?.[i] as Handle);
      const isInput = daSum && steps.every((step, t) => step === dInput[t]);
      return isInput ? daSum : ops.sumRows(overTime(ops, steps));
    });
    return [name, joined(ops, parts)] as const;
  });
  return Object.fromEntries(sums);
}

/** See {@link UnrolledCell}: the gradient by what the factors of the site `recurrent` are made from, over all products with U. */
function recurrentSlopeGrad(
  { ops, cell, recurrent, batch }: Run,
  products: readonly ProductGrads[],
  slopes: Factors,
): Handle {
  const grads = products.map(({ entered, db }, k) => {
    const { gates, masked } = cell.products[k] as RecurrentProduct;
    const factor: FactorUse = {
      factors: slopes,
      batch,
      gates: gates.length,
      firstGate: firstGateOf(cell, k),
      name: masked ? 'recurrent' : 'recurrentRelative',
    };
    const { weight } = recurrent[k] as StepContext['recurrent'][number];
    return productSum(ops, entered, ops.projectInputGrad(db, weight, { factor }));
  });
  return grads.reduce((a, b) => sumOf(ops, a, b));
}

/** The rows of U and of its bias that belong to each product of the cell: cut once, used at every timestep. */
function recurrentWeights(ops: Ops, cell: Cell, weights: CellWeights, factors: Factors): StepContext['recurrent'] {
  const hidden = weights.weight_hh.shape[1] ?? 0;
  const dropped = dropWeights(ops, weights.weight_hh, factors);
  return cell.products.map(({ gates }, k) => {
    const from = firstGateOf(cell, k) * hidden;
    const to = from + gates.length * hidden;
    return { weight: ops.rows(dropped, from, to), bias: weights.bias_hh && ops.rows(weights.bias_hh, from, to) };
  });
}

/** The site `weight`: U ⊙ mask, and by the same product its gradient. The raw weight is untouched. */
function dropWeights(ops: Ops, weight: Handle, factors: Factors): Handle {
  if (!factors.names.includes('weight')) return weight;
  return ops.run(weightDropKernel, { inputs: { weight }, factors }).dropped;
}

const weightDropKernel = kernel({
  name: 'weightDrop',
  inputs: { weight: ['w'] },
  factors: { weight: 0 },
  outputs: { dropped: ['dropped'] },
  body: ({ mul }, v) => ({ dropped: mul(v.w, v.weight) }),
});

function overTime(ops: Ops, steps: readonly Handle[]): Handle {
  return ops.reshape(ops.concat(steps), [steps.length, ...(steps[0]?.shape ?? [])]);
}

function joined(ops: Ops, blocks: readonly Handle[]): Handle {
  return blocks.length === 1 ? (blocks[0] as Handle) : ops.concat(blocks);
}
