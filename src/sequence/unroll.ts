import type { BackwardStep, Cell, ForwardStep, State, StepContext, StepResult } from '../cells/cell.ts';
import { recurrentFactor } from '../cells/recurrent-product.ts';
import { kernel } from '../engines/kernel.ts';
import type { Factors, FactorUse, Handle, Indices, Loop, Ops } from '../engines/ops.ts';
import { productSum, sumOf } from './arithmetic.ts';

/** The weights of one layer in one direction, with PyTorch's names and layout. */
export interface CellWeights {
  /** W [G*H, I] */
  readonly weight_ih: Handle;
  /** U [G*H, H] */
  readonly weight_hh: Handle;
  /** [G*H] */
  readonly bias_ih: Handle;
  /** [G*H] */
  readonly bias_hh: Handle;
}

/** What goes into a run over a sequence, whatever the number of layers and directions. */
export interface SequenceInput {
  /** [T,B,I] */
  readonly x: Handle;
  /** Valid steps of each sample, [B], or null when all are. */
  readonly lengths: Indices | null;
}

/** What comes out: results at once, and gradients for whoever asks. */
export interface Unrolled<W, S> {
  /** [T,B,H], zero past a sample's length. */
  readonly y: Handle;
  /** The state after each sample's last valid step. */
  readonly state: S;
  /** What the run adds to the loss, [1] each, for whoever asks. Their gradients are among those of `backward`. */
  readonly penalties: readonly (() => Handle)[];
  /**
   * Backpropagation through time: gradients of the weights, of the initial state, and of x [T,B,I] for whoever asks.
   * @param dy the gradient by y, [T,B,H]
   * @param dstate the gradient by the final state; zeros when left out
   */
  backward(dy: Handle, dstate?: S): { readonly weights: W; readonly x: () => Handle; readonly state: S };
}

/** A run of one lane, which can also tell what it would have been under slightly other factors. */
export interface UnrolledCell extends Pick<Unrolled<CellWeights, State>, 'y' | 'state'> {
  backward(
    dy: Handle,
    dstate?: State,
  ): ReturnType<Unrolled<CellWeights, State>['backward']> & {
    /**
     * The gradient by a number that the factors f of a site are made from, [1].
     * @param slopes by the site's name how f changes with that number. For a cell that applies the site `recurrent`
     *   within its kernels, so that only what comes out of it is known: as `recurrentRelative` the same over f
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
  const hidden = weights.weight_hh.shape[1] ?? 0;
  const zeros = (): State => Object.fromEntries(cell.carries.map((part) => [part, ops.zeros([batch, hidden])]));
  const forward: Loop = { steps: time };
  const recurrent = recurrentWeights(ops, cell, weights, factors);
  const inputFactor: { factor: FactorUse } = { factor: { factors, name: 'input', gates: cell.gates, batch } };

  const input = ops.project(x, weights.weight_ih, { bias: weights.bias_ih, ...inputFactor });
  const states: State[] = [initial ?? zeros()];
  const steps: StepResult[] = [];
  for (let t = 0; t < time; t++) {
    const [at, state] = [ops.at(input, t), states[t] as State];
    // Property by property: to spread an object costs as much as several operations on handles.
    const step: ForwardStep = { recurrent, factors, lengths, batch, loop: forward, t, input: at, state };
    const result = cell.forward(ops, step);
    steps.push(result);
    states.push(result.state);
  }

  return {
    y: overTime(
      ops,
      steps.map(({ y }) => y),
    ),
    state: states[time] as State,

    backward(dy, dstate = zeros()) {
      const dInput: Handle[] = [];
      const dProducts: Handle[][] = cell.products.map(() => []);
      const loop: Loop = { steps: time };
      for (let t = time - 1; t >= 0; t--) {
        const { saved } = steps[t] as StepResult;
        const state = states[t] as State;
        const at = ops.at(dy, t);
        const step: BackwardStep = { recurrent, factors, lengths, batch, loop, t, state, saved, dy: at, dstate };
        const grads = cell.backward(ops, step);
        dInput[t] = grads.input;
        for (const [k, product] of grads.products.entries()) (dProducts[k] as Handle[])[t] = product;
        dstate = grads.state;
      }

      // One product over all steps and samples for each weight.
      const da = overTime(ops, dInput);
      const daSum = ops.sumRows(da);
      const blocks = cell.products.map((_, k) => {
        const entered = overTime(
          ops,
          steps.map(({ products }) => products[k] as Handle),
        );
        const products = dProducts[k] as Handle[];
        // Where the gates read the sum of both shares, as in the LSTM, their gradients are the same.
        const db = products.every((product, t) => product === dInput[t]) ? da : overTime(ops, products);
        const weight = ops.projectWeightGrad(db, entered, recurrentFactor(cell, k, { factors, batch }, 0));
        return { weight, bias: db === da ? daSum : ops.sumRows(db), entered, db };
      });
      const dU = joined(
        ops,
        blocks.map(({ weight }) => weight),
      );
      return {
        x: () => ops.projectInputGrad(da, weights.weight_ih, inputFactor),
        state: dstate,
        weights: {
          weight_ih: ops.projectWeightGrad(da, x, inputFactor),
          weight_hh: dropWeights(ops, dU, factors),
          bias_ih: daSum,
          bias_hh: joined(
            ops,
            blocks.map(({ bias }) => bias),
          ),
        },

        slopeGrad(site, slopes) {
          const use = { factors: slopes, batch };
          if (site === 'input') {
            const factor: FactorUse = { ...use, name: 'input', gates: cell.gates };
            return productSum(ops, x, ops.projectInputGrad(da, weights.weight_ih, { factor }));
          }
          return blocks
            .map(({ entered, db }, k) => {
              const { firstGate, gates, masked } = cell.products[k] as Cell['products'][number];
              const factor: FactorUse = {
                ...{ ...use, firstGate, gates },
                name: masked ? 'recurrent' : 'recurrentRelative',
              };
              const { weight } = recurrent[k] as StepContext['recurrent'][number];
              return productSum(ops, entered, ops.projectInputGrad(db, weight, { factor }));
            })
            .reduce((a, b) => sumOf(ops, a, b));
        },
      };
    },
  };
}

/** The rows of U and of its bias that belong to each product of the cell: cut once, used at every step. */
function recurrentWeights(ops: Ops, cell: Cell, weights: CellWeights, factors: Factors): StepContext['recurrent'] {
  const hidden = weights.weight_hh.shape[1] ?? 0;
  const dropped = dropWeights(ops, weights.weight_hh, factors);
  return cell.products.map(({ firstGate, gates }) => {
    const [from, to] = [firstGate * hidden, (firstGate + gates) * hidden];
    return { weight: ops.rows(dropped, from, to), bias: ops.rows(weights.bias_hh, from, to) };
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
