import type { Handle, Indices, Ops } from '../engines/ops.ts';
import type { Extents } from '../masks/mask.ts';
import type { Plan } from '../masks/plan.ts';
import type { SchemeLike, SiteRule } from '../masks/scheme.ts';
import type { Key } from '../random/key.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What flows between layers: token ids [T,B], a sequence [T,B,size], or a vector [B,size]. */
export type Signature =
  | { readonly kind: 'tokens'; readonly vocabulary: number }
  | { readonly kind: 'sequence'; readonly size: number }
  | { readonly kind: 'vector'; readonly size: number };

/** What a layer is given besides its input: the engine, the batch's sizes, and where its masks come from. */
export interface LayerContext {
  readonly ops: Ops;
  /** B */
  readonly batch: number;
  /** T; 1 for vectors */
  readonly time: number;
  /** Valid steps of each sample, [B], or null when all are. */
  readonly lengths: Indices | null;
  /** The same on the host. */
  readonly validSteps: Int32Array;
  /** The token ids on the host, [T,B], for a model that takes them. */
  readonly tokens?: Int32Array;
  /** The rates that the layer has learned so far, by the name of their weight; those that are missing are where they began. */
  readonly learned: Readonly<Record<string, number>>;
  /** The plan of a scheme in this pass: drawn in training, the expectation in evaluation. Labels tell streams apart. */
  plan(scheme: SchemeLike, label: string, extents: Extents): Plan;
}

/** Weights, or their gradients, by name. */
export type LayerWeights<W extends string = string> = Readonly<Record<W, Handle>>;

export interface LayerRun {
  readonly y: Handle;
  /** What the layer adds to the loss in training, [1] each, for whoever asks. `backward` has their gradients too. */
  readonly penalties?: readonly (() => Handle)[];
  /** Gradients of the weights, and of the input for whoever asks; a layer over token ids has none by its input. */
  backward(dy: Handle): { readonly weights: LayerWeights; readonly x: (() => Handle) | null };
}

/**
 * A layer of a model: a description and pure functions. The weights belong to the model, which hands them in.
 */
export interface Layer<W extends string = string> {
  /** What made it, and what saves and restores it. */
  readonly config: LayerConfig;
  /** The kinds of input that it can stand behind. */
  readonly takes: readonly Signature['kind'][];
  /** V, for a layer that takes token ids: they are below. */
  readonly vocabulary?: number;
  /** @throws ModelError when it cannot stand behind such an input */
  output(input: Signature): Signature;
  /** The shape of each weight. */
  weightShapes(input: Signature): Readonly<Record<W, readonly number[]>>;
  /** Fresh weights, of these shapes. */
  initialise(input: Signature, key: Key): Readonly<Record<W, Tensor>>;
  run(context: LayerContext, weights: LayerWeights<W>, x: Handle): LayerRun;
  /** What it asks plans for; a layer that never does has none. */
  readonly scheme?: readonly SiteRule[];
  /** What its scheme will do that may not be wanted. */
  warnings?(): readonly string[];
  /** For a layer that ends in an activation: its name, and the same layer without it. See `Loss.link`. */
  readonly activation?: { readonly name: string; readonly linear: Layer };
}

/** JSON: the name of the function that makes the layer, and its options. */
export interface LayerConfig {
  readonly type: string;
  readonly [option: string]: unknown;
}
