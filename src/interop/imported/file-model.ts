import type { SignatureLike } from '../../layers/signature.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { ImportedDense, ImportedEmbedding, ImportedRecurrent, RefusedLayer } from './imported-layer.ts';

/** A whole model, as far as a file tells of it. What makes a model of it stands where models are. */
export interface FileModel {
  /** One behind the other. */
  readonly stages: readonly Stage[];
  /** What cannot be had, in place of a stage or of their order: whoever wants a model ends with the first. */
  readonly refused: readonly RefusedLayer[];
  /** What somebody who uses the model should know, a line each. */
  readonly notes: readonly string[];
  /** Whether numbers go in at each step, and not once for a sample, where the file says it. */
  readonly overTime?: boolean;
  /** How many updates made the weights, where the file says it: schedules of rates count in them. 0 when left out. */
  readonly updates?: number;
  /** What goes in, where the file says all of it. */
  readonly input?: SignatureLike;
  /** How texts become ids, where the file says it. */
  readonly vocabulary?: FileVocabulary;
}

/** A stage with weights. */
interface Frozen {
  /** Whether no training moves its weights; false when left out. */
  readonly frozen?: boolean;
}

/** A step of a chain of layers. */
export type Stage =
  | (Frozen & { readonly kind: 'embedding'; readonly layer: ImportedEmbedding })
  | RecurrentStage
  | (Frozen & { readonly kind: 'dense'; readonly layer: ImportedDense; readonly activation: string })
  /** A function on what comes, by the name that the file has for it. */
  | { readonly kind: 'activation'; readonly name: string; readonly activation: string }
  | DropoutStage
  | { readonly kind: 'pooling'; readonly name: string; readonly over: 'mean' | 'max' | 'last' }
  /** To one row for each sample: nothing, where it is one already. */
  | { readonly kind: 'flatten'; readonly name: string }
  | ConfiguredStage;

/** A layer of this package, as its config says, with its weights. */
export interface ConfiguredStage extends Frozen {
  readonly kind: 'configured';
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** What it is only right for, where that matters: one row for each sample, or rows at each step. */
  readonly over?: 'batch' | 'time';
  readonly weights: Readonly<Record<string, Tensor>>;
}

/** A recurrent layer, and what it hands on. */
export interface RecurrentStage extends Frozen {
  readonly kind: 'recurrent';
  readonly layer: ImportedRecurrent;
  readonly returnSequences: boolean;
  /** Whether it reads from the last step on, and hands on its steps in that order; false when left out. */
  readonly backwards?: boolean;
  /** What it hands on at steps that a mask leaves out, where it does not leave them out: the step before once more, or zeros. */
  readonly maskedSteps: 'repeat' | 'zero';
}

/** What is dropped between layers: for all steps alike, or at each step anew. */
export interface DropoutStage {
  readonly kind: 'dropout';
  readonly name: string;
  readonly rate: number;
  readonly scope: 'sequence' | 'step';
  readonly distribution: 'bernoulli' | 'gaussian';
}

/** What a file says of its texts. */
export interface FileVocabulary {
  /** The tokens by id, padding and unknown among them. */
  readonly tokens: readonly string[];
  readonly level: 'words' | 'characters';
  /** What is done to a text before: lower case, and without ASCII punctuation. */
  readonly lowercase: boolean;
  readonly stripped: boolean;
  /** How many ids a text has at most. */
  readonly maxLength?: number;
}
