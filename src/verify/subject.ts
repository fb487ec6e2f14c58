import type { ElementwiseActivation } from '../cells/activations.ts';
import type { Cell } from '../cells/cell.ts';
import type { CellName } from '../cells/cells.ts';
import type { SchemeLike } from '../masks/scheme.ts';

/** Weights in PyTorch's names, layout and order of gates: i, f, g, o for the LSTM, r, z, n for the GRU. */
export interface SubjectWeights {
  /** [G*H,I] */
  readonly weight_ih: number[][];
  /** [G*H,H] */
  readonly weight_hh: number[][];
  /** [G*H] */
  readonly bias_ih: number[];
  /** [G*H] */
  readonly bias_hh: number[];
}

/**
 * A recurrent layer from anywhere, as the black-box verifier sees it: plain arrays, so that any library can be
 * wrapped. It runs from a state of zeros.
 */
export interface Subject {
  /** What the report calls it. */
  readonly name: string;
  /** Whose equations it follows: see cells/*.ts. */
  readonly cell: CellName;
  /** GRU only: the reset gate after the product, as in PyTorch (the default), or before it. */
  readonly resetAfter?: boolean;
  /** Of what is new in a step, and of what an LSTM lets out of c; 'tanh' when left out. */
  readonly activation?: ElementwiseActivation;
  /** Of the gates of an LSTM or a GRU: 'sigmoid', which it is when left out, 'hardSigmoid' or 'hardSigmoid0.2'. */
  readonly recurrentActivation?: ElementwiseActivation;
  /** I */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  /** Both directions, joined: y is [B][T][2H], forward then reverse, each with weights and masks of its own. */
  readonly bidirectional?: boolean;
  /** What it says it does. */
  readonly claims: SchemeLike;
  /**
   * Takes weights: what the calls after it run with.
   * @param reverse the weights of the other direction, if there are two
   */
  setWeights(weights: SubjectWeights, reverse: SubjectWeights): void | Promise<void>;
  /** x [B][T][I] to y [B][T][H]. */
  forward(x: number[][][], options: SubjectCall): number[][][] | Promise<number[][][]>;
}

/** Which of our cells a subject says that it has. */
export type CellClaim = Pick<Subject, 'cell' | 'resetAfter' | 'activation' | 'recurrentActivation'>;

/** How `forward` of a subject is called. */
export interface SubjectCall {
  /** Whether masks are drawn, or it is evaluated. */
  readonly training: boolean;
  /** A call with the same seed draws the same masks. */
  readonly seed: number;
  /** Valid steps of each sample, [B]; all are valid when left out. */
  readonly lengths?: number[];
}

/** A cell and a scheme written with keepgate, as the white-box verifier sees them. */
export interface CellSubject {
  /** What the report calls it. */
  readonly name: string;
  /** The cell, ours or one of your own. */
  readonly cell: Cell;
  /** The scheme whose masks the cell is to apply. */
  readonly claims: SchemeLike;
}
