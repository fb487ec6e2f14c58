import type { ElementwiseActivation } from '../../cells/activations.ts';
import type { CellName } from '../../cells/cells.ts';
import type { EngineOption } from '../../engines/select.ts';
import type { Recurrent } from '../../layers/recurrent/recurrent.ts';
import type { Scheme } from '../../masks/scheme.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/** A layer of a file: what it is, and its weights with the names and layouts of this package. */
export type ImportedLayer = ImportedRecurrent | ImportedEmbedding | ImportedDense;

interface Imported {
  /** As the file has it, without what training programs put in front; '' where the file is of one layer. */
  readonly name: string;
  /** What somebody who uses it should know, a line each. */
  readonly notes: readonly string[];
}

/** A recurrent layer, or a stack of them, in one direction or both. */
export interface ImportedRecurrent extends Imported {
  readonly kind: 'recurrent';
  readonly facts: RecurrentFacts;
  /** weight_ih [G*H,I], weight_hh [G*H,H] and, if it has biases, bias_ih and bias_hh [G*H], of each lane: weight_ih_l0, weight_ih_l0_reverse, ... */
  readonly weights: Readonly<Record<string, Tensor>>;
  /**
   * The layer with its weights in it, to be run and trained.
   * @throws DataError when a weight is not finite
   */
  toRecurrent(options?: ToRecurrentOptions): Recurrent;
}

/** What `toRecurrent` can be told. */
export interface ToRecurrentOptions {
  /** What the sums run on; an engine or its name, 'auto' when left out. */
  readonly engine?: EngineOption;
}

/** What a recurrent layer of a file is. */
export interface RecurrentFacts {
  readonly cell: CellName;
  /** Of a GRU: whether its reset gate acts after the product. */
  readonly resetAfter?: boolean;
  /** Of what is new in a step, and of what an LSTM lets out of c. */
  readonly activation: ElementwiseActivation;
  /** Of the gates of an LSTM or a GRU. */
  readonly recurrentActivation?: ElementwiseActivation;
  /** I */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  readonly layers: number;
  readonly bidirectional: boolean;
  /** Whether it has biases. */
  readonly bias: boolean;
  /** The rate of PyTorch's dropout between layers of a stack, where the file says it. */
  readonly dropout?: number;
  /** What Keras drops in training, or a layer that this package wrote as a Scan of ONNX, as a scheme: hand it to `sample` of the layer, or `mean`. Left out where it drops nothing. */
  readonly scheme?: Scheme;
  /** Whether all steps were handed on, and not the last alone, where the file says it. */
  readonly returnSequences?: boolean;
  /** The order of gates in the file, if it is another than here: 'i,f,c,o' or 'z,r,h'. */
  readonly gateOrder?: string;
  /** How Keras joined both directions: side by side, as here. */
  readonly mergeMode?: 'concat';
}

/** A table of vectors: weight [V, units]. */
export interface ImportedEmbedding extends Imported {
  readonly kind: 'embedding';
  readonly facts: {
    /** V */
    readonly vocabulary: number;
    readonly units: number;
    /** The id of padding, whose steps are none: Keras' mask_zero, or that of this package. */
    readonly padding?: number;
    /** The id whose vector is never trained, PyTorch's padding_idx: its steps count as others do. */
    readonly untrained?: number;
  };
  readonly weights: Readonly<Record<'weight', Tensor>>;
}

/** x weightᵀ + bias: weight [units, inputSize], bias [units]. */
export interface ImportedDense extends Imported {
  readonly kind: 'dense';
  readonly facts: {
    readonly inputSize: number;
    readonly units: number;
    /** Whether the file has a bias; it is zeros where it has none. */
    readonly bias: boolean;
    /** What is applied to the result, by its name, where the file says it: 'linear', 'softmax', ... */
    readonly activation?: string;
  };
  readonly weights: Readonly<Record<'weight' | 'bias', Tensor>>;
}

/** A layer that cannot be had exactly, and why not: what was expected, and what came. */
export interface RefusedLayer {
  readonly name: string;
  readonly reason: string;
}

/** What a file has, in its order. */
export interface FileLayers {
  readonly layers: readonly ImportedLayer[];
  readonly refused: readonly RefusedLayer[];
  /** The names of tensors that are of none of these. */
  readonly others: readonly string[];
}
