import type { Factors, Handle, Indices, Loop, Ops } from '../engines/ops.ts';
import type { Site } from '../masks/sites.ts';

/**
 * One timestep of a recurrent network, forward and backward: pure, and without any knowledge of schemes, loops or
 * layers. It is given the input's share of the pre-activations, which is one product over all timesteps, and adds the
 * recurrent share. A cell of your own implements this interface.
 *
 * Shapes: B batch, H hidden, G gates; pre-activations are [B, G*H], gate by gate.
 */
export interface Cell {
  readonly name: string;
  /** The names of its G gates, in the order in which their rows stand in W, U and the biases: i, f, g, o for the LSTM. */
  readonly gates: readonly string[];
  /** Where dropout can act; `input`, `weight` and their gradients are the loop's work. */
  readonly sites: readonly Site[];
  /** The parts of the state that are carried from step to step. `h` comes first. */
  readonly carries: readonly string[];
  /** The gate whose bias starts at 1, so that memory is kept until training says otherwise (Jozefowicz et al. 2015). */
  readonly forgetGate?: string;
  /** The products with U, in the order of the gates; together they have each gate once. */
  readonly products: readonly RecurrentProduct[];

  /** One timestep: the state after it, and what `backward` needs of it. */
  forward(ops: Ops, step: ForwardStep): StepResult;
  /** The gradients of that step, from those by the state after it. */
  backward(ops: Ops, step: BackwardStep): StepGrads;
}

/** A product of a step with the rows of U that belong to some gates, one after the other. */
export interface RecurrentProduct {
  readonly gates: readonly string[];
  /** Whether the site `recurrent` acts on what enters this product. */
  readonly masked: boolean;
}

/** A part of the state, or of its gradient, by name: [B,H] each. */
export type State = Readonly<Record<string, Handle>>;

/** What a step shares with all others of its sequence. */
export interface StepContext {
  /** For each product: its rows of U [gates*H, H], dropped where the site `weight` says so, and its bias [gates*H], if there is one. */
  readonly recurrent: readonly { readonly weight: Handle; readonly bias?: Handle | undefined }[];
  readonly factors: Factors;
  /** Valid steps of each sample, [B], or null when all are. */
  readonly lengths: Indices | null;
  readonly batch: number;
}

/** What a cell is given of one timestep. */
export interface ForwardStep extends StepContext {
  readonly t: number;
  /** The loop that this is a timestep of: a cell passes it to its kernels. */
  readonly loop: Loop;
  /** x_t Wᵀ + b_ih, [B, G*H]; without b_ih where there are no biases. */
  readonly input: Handle;
  readonly state: State;
}

/** What a cell makes of one timestep. */
export interface StepResult {
  /** The output, [B,H]: zero past a sample's length. */
  readonly y: Handle;
  /** The carried state: held past a sample's length. */
  readonly state: State;
  /** What entered each product with U, before the site `recurrent`: [B,H] each. */
  readonly products: readonly Handle[];
  /** Whatever `backward` needs again. */
  readonly saved: Handle;
}

/** What a cell is given to go back through one timestep. */
export interface BackwardStep extends StepContext {
  readonly t: number;
  readonly loop: Loop;
  /** The state before the step. */
  readonly state: State;
  readonly saved: Handle;
  /** The gradient by y, [B,H]. */
  readonly dy: Handle;
  /** The gradient by the carried state after the step. */
  readonly dstate: State;
}

/** The gradients of one timestep. */
export interface StepGrads {
  /** By `input`, [B, G*H]. */
  readonly input: Handle;
  /** By the result of each product with U, [B, gates*H] each. */
  readonly products: readonly Handle[];
  /** By the state before the step. */
  readonly state: State;
}
