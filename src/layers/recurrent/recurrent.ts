import type { Cell, State } from '../../cells/cell.ts';
import { type CellName, cellOf } from '../../cells/cells.ts';
import { expectNoMore, expectWhole, optionsOf } from '../../checks.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { type EngineOption, lazyEngine } from '../../engines/select.ts';
import { ShapeError } from '../../errors.ts';
import type { Extents } from '../../masks/mask.ts';
import { none, type Plan, sample } from '../../masks/plan.ts';
import type { SchemeLike } from '../../masks/scheme.ts';
import { fold, type Key, key as seedKey } from '../../random/key.ts';
import { type LaneName, laneNames, laneWeights, suffixed } from '../../sequence/lanes.ts';
import { unrollStack } from '../../sequence/stack.ts';
import type { CellWeights, Unrolled } from '../../sequence/unroll.ts';
import { expectShape, sizeOf, Tensor, type TensorLike, tensor } from '../../tensor/tensor.ts';
import { checkLengths } from './lengths.ts';
import { expectWeights, initialiseRecurrent, namedByLane, plansByLane } from './recurrent-weights.ts';

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
  /** What the sums run on; an engine or its name, 'auto' when left out. */
  readonly engine?: EngineOption;
  /** The fresh weights that it starts from are drawn with this key; key(0) when left out. */
  readonly key?: Key;
}

export interface ForwardOptions {
  /** none() when left out. With several layers or directions a list, one plan each: see {@link Recurrent.sample}. */
  readonly plan?: Plan | readonly Plan[];
  /** The initial state: h, and c for the LSTM, [B,H], or [lanes,B,H]; zeros when left out. */
  readonly state?: StateLike;
  /** Valid steps of each sample, 0 to T; all are valid when left out. */
  readonly lengths?: readonly number[];
}

/** The parts of a state by name. */
export type StateLike = Readonly<Record<string, TensorLike>>;

/** A state, or its gradient, by part: h always, c for the LSTM. */
export type RecurrentState = Readonly<Record<string, Tensor>> & { readonly h: Tensor };

/** What a run gives; `backward` can be called until `dispose`. */
export interface RecurrentRun {
  /** [B,T,H]; [B,T,2H] when bidirectional. Zero past a sample's length. */
  readonly y: Tensor;
  /** The state after each sample's last valid step: h, and c for the LSTM; [B,H], or [lanes,B,H]. */
  readonly state: RecurrentState;
  /**
   * Backpropagation through time.
   * @param grads the loss's gradient by y, and by the final state where it matters; shapes as those of the run
   */
  backward(grads: { readonly y: TensorLike; readonly state?: StateLike }): Promise<RecurrentGrads>;
  /** Free what the engine holds for `backward`. */
  dispose(): void;
}

export interface RecurrentGrads {
  /** With the names of `setWeights`. */
  readonly weights: Readonly<Record<string, Tensor>>;
  /** [B,T,I] */
  readonly x: Tensor;
  /** By the initial state. */
  readonly state: RecurrentState;
}

/** A recurrent layer on its own, for your own code: arrays in, arrays out, batch-first. */
export function recurrent(options: RecurrentOptions): Recurrent {
  return new Recurrent(options);
}

export class Recurrent {
  readonly cell: Cell;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly #directions: 1 | 2;
  readonly #lanes: readonly LaneName[];
  readonly #engine: () => Promise<Ops>;
  readonly #key: Key;
  #weights: Readonly<Record<string, Tensor>> | null = null;

  constructor(options: RecurrentOptions) {
    const {
      cell,
      inputSize,
      hiddenSize,
      resetAfter,
      layers = 1,
      bidirectional = false,
      engine,
      key,
      ...rest
    } = optionsOf('recurrent', options);
    expectNoMore('recurrent', rest);
    expectWhole('recurrent', 'inputSize', inputSize, 1);
    expectWhole('recurrent', 'hiddenSize', hiddenSize, 1);
    expectWhole('recurrent', 'layers', layers, 1);
    this.cell = cellOf(cell, resetAfter);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.#directions = bidirectional ? 2 : 1;
    this.#lanes = laneNames(layers, this.#directions, inputSize, hiddenSize);
    this.#engine = lazyEngine(engine);
    this.#key = key ?? seedKey(0);
  }

  /**
   * Set all weights, with PyTorch's names and layout: weight_ih [G*H,I], weight_hh [G*H,H], bias_ih and bias_hh [G*H].
   * With several layers or directions the names end in _l0, _l0_reverse, _l1, ...; with one, `_l0` may be left out.
   * @throws ShapeError, ModelError or DataError when a weight has another shape, is missing, or is not finite
   */
  setWeights(weights: StateLike): void {
    this.#weights = expectWeights(this.cell, this.#lanes, this.hiddenSize, weights);
  }

  /** Copies of the weights, with the names of `setWeights`. */
  getWeights(): Readonly<Record<string, Tensor>> {
    const copies = mapValues(this.#currentWeights(), (value) => new Tensor(value.toFlat(), value.shape));
    return namedByLane(copies, this.#lanes);
  }

  /** Fresh weights are drawn when they are first needed: setWeights() is likely to come before. */
  #currentWeights(): Readonly<Record<string, Tensor>> {
    this.#weights ??= initialiseRecurrent(this.cell, this.#lanes, this.hiddenSize, this.#key);
    return this.#weights;
  }

  /** The sizes that `sample(scheme, key, extents)` wants, for a layer with one direction. */
  extents(batch: number, time: number): Extents {
    return { batch, time, inputSize: this.inputSize, hiddenSize: this.hiddenSize, gates: this.cell.gates.length };
  }

  /** A plan for each layer and direction, all different, from one key: what `forward` takes as its plan. */
  sample(scheme: SchemeLike, key: Key, sizes: Pick<Extents, 'batch' | 'time' | 'first' | 'update'>): readonly Plan[] {
    const { hiddenSize, cell } = this;
    return this.#lanes.map(({ suffix, inputSize }) =>
      sample(scheme, fold(key, suffix), { ...sizes, inputSize, hiddenSize, gates: cell.gates.length }),
    );
  }

  /** Run over x [B,T,I]. @throws ShapeError, SiteError or DataError when the input or the plan does not fit */
  async forward(x: TensorLike, options: ForwardOptions = {}): Promise<RecurrentRun> {
    const { plan = none(), state, lengths } = optionsOf('forward', options);
    const input = tensor(x);
    expectShape('forward: x', input, [-1, -1, this.inputSize], '[B,T,I]');
    const [batch = 0, time = 0] = input.shape;
    if (batch * time === 0) {
      throw new ShapeError(
        `forward: x [B,T,I] of at least one sample and one step was expected, but shape [${input.shape}] came`,
      );
    }
    const valid = lengths ? checkLengths('forward', lengths, batch, time) : null;
    const plans = plansByLane(this.cell, this.#lanes, plan, { batch, time, hiddenSize: this.hiddenSize });
    const initial = state && this.#checkState('forward: state', state, batch);

    const ops = await this.#engine();
    const scope = ops.openScope();
    try {
      const stack = scope.run(() => {
        const weights = mapValues(this.#currentWeights(), (value) => upload(ops, value));
        const states = initial && this.#uploadState(ops, initial, batch);
        const lanes = this.#lanes.map(({ suffix }, i) => ({
          weights: laneWeights(weights, suffix),
          factors: ops.uploadFactors((plans[i] as Plan).masks),
          state: states?.[i],
        }));
        const sequence = { x: upload(ops, input.swapFirstAxes()), lengths: valid && ops.uploadIndices(valid, [batch]) };
        return unrollStack(ops, this.cell, lanes, this.#directions, sequence);
      });
      return {
        y: await readSequence(ops, stack.y),
        state: await this.#readState(ops, stack.state, batch),
        backward: (grads) => this.#backward(ops, stack, [batch, time], grads),
        dispose: () => scope.dispose(),
      };
    } catch (error) {
      scope.dispose();
      throw error;
    }
  }

  async #backward(
    ops: Ops,
    stack: Unrolled<readonly CellWeights[], readonly State[]>,
    [batch, time]: readonly [number, number],
    grads: Parameters<RecurrentRun['backward']>[0],
  ): Promise<RecurrentGrads> {
    const dy = tensor(grads.y);
    expectShape('backward: y', dy, [batch, time, this.#directions * this.hiddenSize], '[B,T,H]');
    const dstate = grads.state && this.#checkState('backward: state', grads.state, batch);
    const scope = ops.openScope();
    try {
      const found = scope.run(() => {
        const result = stack.backward(upload(ops, dy.swapFirstAxes()), dstate && this.#uploadState(ops, dstate, batch));
        return { ...result, x: result.x() };
      });
      const byLane = found.weights.map((lane) => ({ ...lane }));
      const named = Object.entries(suffixed(byLane, this.#lanes));
      const weights = await Promise.all(
        named.map(async ([name, handle]) => [name, await readTensor(ops, handle)] as const),
      );
      return {
        weights: namedByLane(Object.fromEntries(weights), this.#lanes),
        x: await readSequence(ops, found.x),
        state: await this.#readState(ops, found.state, batch),
      };
    } finally {
      scope.dispose();
    }
  }

  /** A state of the right parts and shapes; missing parts are zeros. */
  #checkState(who: string, state: StateLike, batch: number): Readonly<Record<string, Tensor>> {
    const shape = [...(this.#lanes.length === 1 ? [] : [this.#lanes.length]), batch, this.hiddenSize];
    const stray = Object.keys(state).find((part) => !this.cell.carries.includes(part));
    if (stray !== undefined) {
      throw new ShapeError(`${who}: the parts ${this.cell.carries.join(', ')} were expected, but '${stray}' came`);
    }
    return Object.fromEntries(
      this.cell.carries.map((part) => {
        const value = state[part] === undefined ? zeros(shape) : tensor(state[part]);
        expectShape(`${who}.${part}`, value, shape, shape.length === 2 ? '[B,H]' : '[lanes,B,H]');
        return [part, value];
      }),
    );
  }

  #uploadState(ops: Ops, state: Readonly<Record<string, Tensor>>, batch: number): State[] {
    const shape = [this.#lanes.length, batch, this.hiddenSize];
    const handles = mapValues(state, (value) => ops.upload(value.toFlat(), shape));
    return this.#lanes.map((_, lane) => mapValues(handles, (handle) => ops.at(handle, lane)));
  }

  async #readState(ops: Ops, lanes: readonly State[], batch: number): Promise<RecurrentState> {
    const shape = [...(lanes.length === 1 ? [] : [lanes.length]), batch, this.hiddenSize];
    const parts = this.cell.carries.map(async (part) => {
      const values = await Promise.all(lanes.map((lane) => ops.read(lane[part] as Handle)));
      return [part, new Tensor(Float64Array.from(values.flatMap((value) => [...value])), shape)] as const;
    });
    // Every cell carries an h.
    return Object.fromEntries(await Promise.all(parts)) as RecurrentState;
  }
}

function upload(ops: Ops, value: Tensor): Handle {
  return ops.upload(value.toFlat(), value.shape);
}

async function readTensor(ops: Ops, handle: Handle): Promise<Tensor> {
  return new Tensor(await ops.read(handle), handle.shape);
}

/** From the engine's [T,B,N] to the public [B,T,N]. */
async function readSequence(ops: Ops, handle: Handle): Promise<Tensor> {
  const batchFirst = (await readTensor(ops, handle)).swapFirstAxes();
  return new Tensor(batchFirst.toFlat(), batchFirst.shape);
}

function zeros(shape: readonly number[]): Tensor {
  return tensor(new Float64Array(sizeOf(shape)), shape);
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
