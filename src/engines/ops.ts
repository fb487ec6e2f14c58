import type { Kernel, Segments } from './kernel.ts';

/**
 * What an engine can do: the few operations against which every cell, layer and optimizer is written.
 *
 * Rules that make one definition serve engines as unlike as plain loops, WASM SIMD and a GPU (docs/decisions/001):
 * - Operations are pure: they return new handles at once and never write into their arguments.
 * - `read` is the only operation that waits.
 * - Tensors over time are time-major, [T,B,N], so that one step is contiguous and `at` copies nothing.
 * - Matrix operations see a tensor as rows: [T,B,N] is T*B rows of N.
 * - Elementwise maths is a {@link Kernel}, written once and executed by every engine in its own way.
 * - In float32 nothing that decays becomes a subnormal number: it is flushed, to 0 (docs/decisions/011).
 */
export interface Ops {
  /** What runs: 'reference', and other engines' own names. */
  readonly name: string;
  /** The number format of the results. */
  readonly dtype: 'float64' | 'float32';

  /** What really runs, for people, and why it is not another engine where {@link warnings} say so. */
  describe(): string;
  /** What may not be wanted, such as why 'auto' is not the fastest engine: `history.warnings` has it too. None when left out. */
  readonly warnings?: readonly string[];

  /** False after `dispose`, and once a thread or a device was lost: then nothing can be computed on it any more. */
  readonly usable: boolean;

  /** Give back what the engine holds outside of JavaScript's memory. Nothing of it is to be used afterwards. */
  dispose(): Promise<void>;

  // --- memory ---

  /** Copy numbers to the engine. */
  upload(values: ArrayLike<number>, shape: Shape): Handle;
  /** Copy whole numbers (token ids, lengths, labels) to the engine. */
  uploadIndices(values: ArrayLike<number>, shape: Shape): Indices;
  /** Copy the dropout factors of one layer to the engine, in one transfer. */
  uploadFactors(factors: Readonly<Record<string, Factor>>): Factors;
  /** Zeros of a shape. */
  zeros(shape: Shape): Handle;
  /** Copy the numbers back, in row-major order. */
  read(handle: Handle): Promise<Float64Array>;
  /** An owner for the handles, indices and factors that are made in it, which frees them all at once: one training step. */
  openScope(): MemoryScope;
  /** Free buffers that no scope owns; a view stands for all of its base. Using a freed handle is an EngineError. */
  release(handles: Iterable<Handle>): void;

  // --- views and order ---

  /** The step x[t] of x [T,...]: a view. */
  at(x: Handle, t: number): Handle;
  /** Rows from (inclusive) to (exclusive) of w [R,N]: a view. */
  rows(w: Handle, from: number, to: number): Handle;
  /** The same numbers in another shape: a view. */
  reshape(x: Handle, shape: Shape): Handle;
  /** Parts joined along the first axis. An engine that laid them side by side need not copy: the result is a view then. */
  concat(parts: readonly Handle[]): Handle;
  /** Each sample of x [T,B,N] reversed in time over its valid part; the padding stays in place. Its own inverse. */
  reverse(x: Handle, lengths: Indices | null): Handle;

  // --- products ---

  /** y [R,M] = (x ⊙ factor) wᵀ + bias + plus, for x [R,N] and w [M,N]. A factor per gate splits M evenly. */
  project(x: Handle, w: Handle, terms?: ProductTerms & { readonly bias?: Handle | undefined }): Handle;
  /** The gradient by x of `project`: dx [R,N] = (dy w) ⊙ factor + plus, summed over the gates. */
  projectInputGrad(dy: Handle, w: Handle, terms?: ProductTerms): Handle;
  /** The gradient by w of `project`: dw [M,N] = dyᵀ (x ⊙ factor), over all rows at once. */
  projectWeightGrad(dy: Handle, x: Handle, terms?: Pick<ProductTerms, 'factor'>): Handle;
  /** The sum over all rows of x [R,N], as [N]: the gradient of a bias. */
  sumRows(x: Handle): Handle;
  /** The sum of all entries, as [1]. */
  sum(x: Handle): Handle;

  // --- elementwise ---

  /** Execute a kernel on every row: see {@link Kernel}. */
  run<I extends Segments, O extends Segments, F extends string, S extends string>(
    kernel: Kernel<I, O, F, S>,
    args: KernelArgs<keyof I & string, S>,
  ): Record<keyof O & string, Handle>;

  // --- rows ---

  /**
   * Each row of x [R,N] with its mean taken away, over its deviation d = sqrt(variance + epsilon), where the variance is a
   * mean over N: what layer normalisation scales and shifts (Ba et al. 2016, arXiv:1607.06450).
   * @returns y [R,N], and 1 / d of each row, [R]
   */
  normalise(x: Handle, epsilon: number): { readonly y: Handle; readonly inverseDeviation: Handle };
  /** The gradient by x of `normalise`, from its results: (dy - mean(dy) - y mean(dy y)) / d, with means over a row. */
  normaliseGrad(y: Handle, inverseDeviation: Handle, dy: Handle): Handle;

  // --- tables and classes ---

  /** y [..., N] = table[ids], for a table [V,N]. An id of -1 gives zeros. */
  gather(table: Handle, ids: Indices): Handle;
  /** The gradient by the table of `gather`: rows of dy added up by id, [V,N]. */
  scatterAdd(dy: Handle, ids: Indices, rows: number): Handle;
  /** Softmax of each row of x [R,N]. */
  softmax(x: Handle): Handle;
  /** The gradient by x of `softmax`, from its result y. */
  softmaxGrad(y: Handle, dy: Handle): Handle;
  /**
   * Mean cross-entropy of softmax(logits [R,N]) with the labels [R], as [1], and its gradient [R,N].
   * A row labelled -1 does not count.
   */
  softmaxCrossEntropy(logits: Handle, labels: Indices): { readonly loss: Handle; readonly grad: Handle };
  /**
   * How many entries of each row of x [R,N] come before that of its label [R] when they are sorted, the largest first and
   * equal ones as they stand: 0 where the label is the argmax, below k where it is among the top k. As [R]; -1 for a row
   * labelled -1. What is no number comes before all numbers, so that a broken row is not right.
   */
  ranks(x: Handle, labels: Indices): Handle;
}

/** The number of entries along each axis; [] is a single one. */
export type Shape = readonly number[];

/** Numbers that live on an engine. Only the engine that made a handle can use it. */
export interface Handle {
  readonly shape: Shape;
}

/** Whole numbers that live on an engine: token ids, lengths, labels. */
export interface Indices extends Handle {
  readonly indices: true;
}

/** Dropout factors that live on an engine. */
export interface Factors {
  readonly names: readonly string[];
}

/** See {@link Ops.openScope}. */
export interface MemoryScope {
  /** Run `work`; the scope owns every buffer that is made in it. */
  run<R>(work: () => R): R;
  /** Let go of these buffers: they outlive the scope, until `release`. A view stands for all of its base. */
  keep(handles: Iterable<Handle>): void;
  /** Free what the scope owns. A second call does nothing. */
  dispose(): void;
}

/**
 * A factor per (gate, step, row, unit): `scale * values[gate * strides.gate + t * strides.time + ...]`. A stride of 0
 * shares the values along that axis. A row is a sample of the batch, or a row of a weight matrix.
 */
export interface Factor {
  /** Bytes of 0 or 1, or any numbers. */
  readonly values: Uint8Array | Float32Array;
  readonly scale: number;
  readonly strides: FactorStrides;
}

/** How far apart in its values the entries of a {@link Factor} are along each axis; 0 shares them. */
export interface FactorStrides {
  readonly gate: number;
  readonly time: number;
  readonly row: number;
  readonly unit: number;
}

/** Which uploaded factor a product applies, and to which steps. A name that was not uploaded is the factor 1. */
export interface FactorUse extends Steps {
  readonly factors: Factors;
  readonly name: string;
  /** How many gates split the M columns, and the first of them (0 when left out). */
  readonly gates: number;
  readonly firstGate?: number;
}

/** Where rows stand in time: row r is sample `r % batch` at step `t + floor(r / batch)`. */
export interface Steps {
  /** 0 when left out */
  readonly t?: number;
  /** When left out: as many as there are lengths, or else all rows are one step. */
  readonly batch?: number;
}

/** What is applied to a product, or added to it. */
export interface ProductTerms {
  readonly factor?: FactorUse;
  /** Added to the result. */
  readonly plus?: Handle | undefined;
}

/** What a kernel is run on. */
export interface KernelArgs<I extends string, S extends string> extends Steps {
  readonly inputs: Readonly<Record<I, Handle>>;
  readonly factors?: Factors | undefined;
  /** Valid steps of each sample, [B]: a row is live while its step is below. All rows are live when left out. */
  readonly lengths?: Indices | null;
  /** A value for each of the kernel's scalars. */
  readonly scalars?: Readonly<Record<S, number>>;
  /** The loop over time that this is step `t` of, if it is one. */
  readonly loop?: Loop;
}

/**
 * A loop over time, known by identity: an engine may lay what a kernel gives at each step side by side, so that `concat`
 * need not copy. What a kernel gives at a step may then be a view of all steps.
 */
export interface Loop {
  /** T */
  readonly steps: number;
}
