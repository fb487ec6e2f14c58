import type { ElementwiseActivation } from '../../cells/activations.ts';
import type { Cell } from '../../cells/cell.ts';
import { type CellConfig, type CellName, cellConfigOf, cellOf, type Normalization } from '../../cells/cells.ts';
import { expectBoolean, expectWhole, optionsOf } from '../../checks.ts';
import { GiveWay } from '../../engines/give-way.ts';
import type { EngineOption } from '../../engines/select.ts';
import { whenCollected } from '../../engines/when-collected.ts';
import { ShapeError } from '../../errors.ts';
import { sampleLane } from '../../masks/lane-plan.ts';
import type { Extents } from '../../masks/mask.ts';
import { none, type Plan } from '../../masks/plan.ts';
import type { SchemeLike } from '../../masks/scheme.ts';
import { type Key, key as seedKey, wordsOf } from '../../random/key.ts';
import { expectLayerCount, laneWeights } from '../../sequence/lanes.ts';
import { unrollStack } from '../../sequence/stack.ts';
import { expectShape, Tensor, type TensorLike, tensor } from '../../tensor/tensor.ts';
import { initInTurns } from '../weight-spec.ts';
import { LayerOnEngine, type RunMemory } from './layer-on-engine.ts';
import { checkLengths, type LengthsLike } from './lengths.ts';
import { plansByLane } from './plans-by-lane.ts';
import { finishRun, type RecurrentRun, type Stack, uploadSequence } from './recurrent-run.ts';
import { extentsOf, type RecurrentShape, shapeOf } from './recurrent-shape.ts';
import { expectState, type StateLike, uploadState } from './recurrent-state.ts';
import { expectWeights, namedByLane, recurrentWeights, type WeightsLike } from './recurrent-weights.ts';

/** What `recurrent` is told. */
export interface RecurrentOptions {
  /** 'lstm', 'gru', 'rnn', or a cell of your own. */
  readonly cell: CellName | Cell;
  /** I */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  /** GRU only: the reset gate after the product, as in PyTorch (the default), or before it. */
  readonly resetAfter?: boolean;
  /** How many layers stand on top of each other; 1 when left out. */
  readonly layers?: number;
  /** Both directions, joined: y is [B,T,2H]. */
  readonly bidirectional?: boolean;
  /** Whether it has biases, as it has when this is left out. */
  readonly bias?: boolean;
  /** Of what is new in a step, and of what an LSTM lets out of c; 'tanh' when left out. Not with a cell of your own. */
  readonly activation?: ElementwiseActivation;
  /** Of the gates of an LSTM or a GRU; 'sigmoid' when left out. */
  readonly recurrentActivation?: ElementwiseActivation;
  /** 'layer' for an LSTM or a GRU whose pre-activations, and new c, are layer-normalised; none when left out. */
  readonly normalization?: Normalization;
  /** What the sums run on; an engine or its name, 'auto' when left out. */
  readonly engine?: EngineOption;
  /** The fresh weights that it starts from are drawn with this key; key(0) when left out. */
  readonly key?: Key;
}

/** What makes a layer of the same kind, whatever its weights and its engine are; activations only where they are not the usual ones. */
export interface RecurrentConfig extends CellConfig {
  readonly cell: CellName | Cell;
  /** I */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly bias: boolean;
}

/** What `forward` of a recurrent layer can be told. */
export interface ForwardOptions {
  /** none() when left out. With several layers or directions a list, one plan each: see {@link Recurrent.sample}. */
  readonly plan?: Plan | readonly Plan[];
  /** The initial state: h, and c for the LSTM, [B,H], or [lanes,B,H]; zeros when left out. */
  readonly state?: StateLike;
  /** Valid steps of each sample, 0 to T; all are valid when left out. */
  readonly lengths?: LengthsLike;
}

/**
 * A recurrent layer on its own, for your own code: arrays in, arrays out, batch-first.
 * @throws OptionError when an option is not what it can be
 * @example
 * ```ts
 * import { key, recurrent, sample, variational } from 'keepgate';
 *
 * const layer = recurrent({ cell: 'gru', inputSize: 2, hiddenSize: 3, key: key(1) });
 * const plan = sample(variational({ recurrent: 0.25 }), key(2), layer.extents(1, 4));
 * const { y, state, dispose } = await layer.forward([[[1, 0], [0, 1], [1, 1], [0, 0]]], { plan });
 * console.log(y.shape, state.h.shape); // prints: [ 1, 4, 3 ] [ 1, 3 ]
 * dispose();
 * await layer.dispose();
 * ```
 */
export function recurrent(options: RecurrentOptions): Recurrent {
  return new Recurrent(options);
}

/**
 * A recurrent layer on its own: see {@link recurrent}. It has weights and sizes, and nothing else: no hidden state, no
 * mask, no training mode.
 * @example
 * ```ts
 * import { Recurrent } from 'keepgate';
 *
 * const layer = new Recurrent({ cell: 'lstm', inputSize: 2, hiddenSize: 3, layers: 2 });
 * const run = await layer.forward([[[1, 0], [0, 1]]]);
 * const { weights, x } = await run.backward({ y: run.y });
 * console.log(Object.keys(weights).length, x.shape); // prints: 8 [ 1, 2, 2 ]
 * run.dispose();
 * await layer.dispose();
 * ```
 */
export class Recurrent {
  /** What is done at each timestep. */
  readonly cell: Cell;
  /** I */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  /** What `recurrent` was told of it. */
  readonly config: RecurrentConfig;
  readonly #shape: RecurrentShape;
  readonly #key: Key;
  readonly #onEngine: LayerOnEngine;
  #weights: Readonly<Record<string, Tensor>> | null = null;
  #drawing: Promise<Readonly<Record<string, Tensor>>> | null = null;

  constructor(options: RecurrentOptions) {
    const {
      cell,
      inputSize,
      hiddenSize,
      resetAfter,
      layers = 1,
      bidirectional = false,
      bias = true,
      activation,
      recurrentActivation,
      normalization,
      engine,
      key,
    } = optionsOf('recurrent', options, {
      cell: true,
      inputSize: true,
      hiddenSize: true,
      resetAfter: true,
      layers: true,
      bidirectional: true,
      bias: true,
      activation: true,
      recurrentActivation: true,
      normalization: true,
      engine: true,
      key: true,
    });
    expectWhole('recurrent', 'inputSize', inputSize, 1);
    expectWhole('recurrent', 'hiddenSize', hiddenSize, 1);
    expectLayerCount('recurrent', layers);
    expectBoolean('recurrent', 'bidirectional', bidirectional);
    expectBoolean('recurrent', 'bias', bias);
    const ofCell = { resetAfter, activation, recurrentActivation, normalization };
    this.cell = cellOf(cell, ofCell);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    const sizes = { cell, inputSize, hiddenSize, layers, bidirectional, bias };
    this.config = Object.freeze({ ...sizes, ...cellConfigOf(ofCell) });
    const directions = bidirectional ? 2 : 1;
    this.#shape = shapeOf({ cell: this.cell, units: hiddenSize, layers, directions, bias }, inputSize);
    this.#key = key === undefined ? seedKey(0) : { words: wordsOf('recurrent', key) };
    // More than an array holds is told here, and not when they are first needed.
    recurrentWeights(this.#shape);
    this.#onEngine = new LayerOnEngine(engine);
    whenCollected(this, this.#onEngine.dispose.bind(this.#onEngine));
  }

  /**
   * Set all weights, with PyTorch's names and layout: weight_ih [G*H,I], weight_hh [G*H,H], bias_ih and bias_hh [G*H], if it has biases;
   * of layer-normalised ones gain_ih and gain_hh [G*H] besides, and of an LSTM gain_c and bias_c [H].
   * With several layers or directions the names end in _l0, _l0_reverse, _l1, ...; with one, `_l0` may be left out.
   * Runs that are not disposed of keep the weights that they ran with.
   * @throws ShapeError, ModelError or DataError when a weight has another shape, is missing, or is not finite
   */
  setWeights(weights: WeightsLike): void {
    this.#weights = expectWeights(this.#shape, weights);
    this.#onEngine.dropWeights();
  }

  /** Copies of the weights, with the names of `setWeights`. */
  getWeights(): Readonly<Record<string, Tensor>> {
    const copies = Object.entries(this.#currentWeights()).map(
      ([name, value]) => [name, new Tensor(value.toFlat(), value.shape)] as const,
    );
    return namedByLane(Object.fromEntries(copies), this.#shape);
  }

  /** Fresh weights are drawn when they are first needed: setWeights() is likely to come before. */
  #currentWeights(): Readonly<Record<string, Tensor>> {
    this.#weights ??= Object.fromEntries(
      Object.entries(recurrentWeights(this.#shape)).map(([name, { init }]) => [name, init(this.#key)]),
    );
    return this.#weights;
  }

  /** Fresh weights while others have their turn: once for all runs that wait. What is set meanwhile is for later ones. */
  async #freshInTurns(): Promise<Readonly<Record<string, Tensor>>> {
    this.#drawing ??= drawInTurns(this.#shape, this.#key);
    try {
      const fresh = await this.#drawing;
      this.#weights ??= fresh;
      return fresh;
    } finally {
      this.#drawing = null;
    }
  }

  /**
   * The sizes that `sample(scheme, key, extents)` wants, for a layer with one direction.
   * @throws OptionError for what is no whole number from 1
   */
  extents(batch: number, time: number): Extents {
    expectWhole('extents', 'batch', batch, 1);
    expectWhole('extents', 'time', time, 1);
    return extentsOf(this.cell, this.hiddenSize, this.inputSize, { batch, time });
  }

  /**
   * A plan for each layer and direction, all different, from one key: what `forward` takes as its plan.
   * @throws OptionError for a key, a scheme or sizes that are none
   */
  sample(scheme: SchemeLike, key: Key, sizes: Pick<Extents, 'batch' | 'time' | 'first' | 'update'>): readonly Plan[] {
    const { cell, units, lanes } = this.#shape;
    wordsOf('sample', key);
    const given = optionsOf('sample', sizes, { batch: true, time: true, first: true, update: true });
    return lanes.map(({ suffix, inputSize }) =>
      sampleLane(scheme, key, suffix, extentsOf(cell, units, inputSize, given)),
    );
  }

  /** Run over x [B,T,I] with the weights of now. @throws ShapeError, SiteError or DataError when the input or the plan does not fit */
  async forward(x: TensorLike, options: ForwardOptions = {}): Promise<RecurrentRun> {
    const work = checkForward(this.#shape, this.inputSize, x, options);
    const memory = await this.#onEngine.open(this.#weights ?? this.#freshInTurns());
    try {
      const stack = memory.scope.run(() => unrollOn(memory, this.#shape, work));
      return await finishRun(this.#shape, memory, stack, [work.batch, work.time]);
    } catch (error) {
      memory.close();
      throw error;
    }
  }

  /**
   * Free what the engine holds for the layer, and let go of the engine: one that no other layer or model uses ends, unless
   * you made it. Runs that are not disposed of stay as they are. The layer keeps its weights and can be used again.
   */
  async dispose(): Promise<void> {
    await this.#onEngine.dispose();
  }
}

async function drawInTurns(shape: RecurrentShape, key: Key): Promise<Readonly<Record<string, Tensor>>> {
  const giveWay = new GiveWay('forward');
  const fresh: Record<string, Tensor> = {};
  for (const [name, spec] of Object.entries(recurrentWeights(shape))) {
    fresh[name] = await initInTurns(spec, key, giveWay);
  }
  return fresh;
}

/** What goes into a run, checked. */
interface Work {
  readonly batch: number;
  readonly time: number;
  readonly x: Tensor;
  readonly lengths: Int32Array | null;
  readonly plans: readonly Plan[];
  readonly state: Readonly<Record<string, Tensor>> | undefined;
}

function checkForward(shape: RecurrentShape, inputSize: number, given: TensorLike, options: ForwardOptions): Work {
  const { plan = none(), state, lengths } = optionsOf('forward', options, { plan: true, state: true, lengths: true });
  const x = tensor(given);
  expectShape('forward: x', x, [-1, -1, inputSize], '[B,T,I]');
  const [batch = 0, time = 0] = x.shape;
  if (batch * time === 0) {
    throw new ShapeError(
      `forward: x [B,T,I] of at least one sample and one step was expected, but shape [${x.shape}] came`,
    );
  }
  return {
    batch,
    time,
    x,
    lengths:
      lengths === undefined || lengths === null ? null : checkLengths('forward', lengths, new Array(batch).fill(time)),
    plans: plansByLane(shape, plan, { batch, time }),
    state: state === undefined || state === null ? undefined : expectState('forward: state', shape, state, batch),
  };
}

function unrollOn({ ops, weights }: RunMemory, shape: RecurrentShape, work: Work): Stack {
  const { batch, x, lengths, plans, state } = work;
  const states = state && uploadState(ops, shape, state, batch);
  const lanes = shape.lanes.map(({ suffix }, i) => ({
    weights: laneWeights(weights, suffix, shape.cell),
    factors: ops.uploadFactors((plans[i] as Plan).masks),
    state: states?.[i],
  }));
  const sequence = { x: uploadSequence(ops, x), lengths: lengths && ops.uploadIndices(lengths, [batch]) };
  return unrollStack(ops, shape.cell, lanes, shape.directions, sequence);
}
