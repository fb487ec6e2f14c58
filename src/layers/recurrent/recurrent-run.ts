import type { State } from '../../cells/cell.ts';
import { optionsOf } from '../../checks.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { whenCollected } from '../../engines/when-collected.ts';
import { suffixed } from '../../sequence/lanes.ts';
import type { CellWeights, Unrolled } from '../../sequence/unroll.ts';
import { expectShape, Tensor, type TensorLike, tensor } from '../../tensor/tensor.ts';
import type { RunMemory } from './layer-on-engine.ts';
import type { RecurrentShape } from './recurrent-shape.ts';
import { expectState, type RecurrentState, readState, type StateLike, uploadState } from './recurrent-state.ts';
import { namedByLane } from './recurrent-weights.ts';

/** What a run gives; `backward` can be called until `dispose`. */
export interface RecurrentRun {
  /** [B,T,H]; [B,T,2H] when bidirectional. Zero past a sample's length. */
  readonly y: Tensor;
  /** The state after each sample's last valid step: h, and c for the LSTM; [B,H], or [lanes,B,H]. */
  readonly state: RecurrentState;
  /** Backpropagation through time. @throws ShapeError or DataError when a gradient does not fit */
  backward(grads: RecurrentOutputGrads): Promise<RecurrentGrads>;
  /** Free what the engine holds for `backward`. */
  dispose(): void;
}

/** The loss's gradient by what a run gave. */
export interface RecurrentOutputGrads {
  /** By y, of its shape: [B,T,H], or [B,T,2H] when bidirectional. */
  readonly y: TensorLike;
  /** By the final state, where it matters; shapes as those of the run. */
  readonly state?: StateLike;
}

/** The gradients of a loss of your own, by all that went into a run. */
export interface RecurrentGrads {
  /** With the names of `setWeights`. */
  readonly weights: Readonly<Record<string, Tensor>>;
  /** [B,T,I] */
  readonly x: Tensor;
  /** By the initial state. */
  readonly state: RecurrentState;
}

/** A run whose results were not read yet. */
export type Stack = Unrolled<readonly CellWeights[], readonly State[]>;

/** @param sizes [B,T] */
export async function finishRun(
  shape: RecurrentShape,
  memory: RunMemory,
  stack: Stack,
  [batch, time]: readonly [number, number],
): Promise<RecurrentRun> {
  const y = await readSequence(memory.ops, stack.y);
  const state = await readState(memory.ops, shape, stack.state, batch);
  // The owner is what the two functions hold on to, as they may outlive the object that they are handed out in. A function
  // written here to free it would hold on to it as well: functions of one scope share what they capture.
  const open = { memory };
  whenCollected(open, memory.close);
  return {
    y,
    state,
    backward: (grads) => backward(shape, open.memory.ops, stack, [batch, time], grads),
    dispose: () => open.memory.close(),
  };
}

async function backward(
  shape: RecurrentShape,
  ops: Ops,
  stack: Stack,
  [batch, time]: readonly [number, number],
  grads: RecurrentOutputGrads,
): Promise<RecurrentGrads> {
  const { directions, units, lanes } = shape;
  const { y, state } = optionsOf('backward', grads, { y: true, state: true });
  const dy = tensor(y);
  expectShape('backward: y', dy, [batch, time, directions * units], directions === 1 ? '[B,T,H]' : '[B,T,2H]');
  const dstate =
    state === undefined || state === null ? undefined : expectState('backward: state', shape, state, batch);
  const scope = ops.openScope();
  try {
    const found = scope.run(() => {
      const result = stack.backward(uploadSequence(ops, dy), dstate && uploadState(ops, shape, dstate, batch));
      return { ...result, x: result.x() };
    });
    const byLane = found.weights.map((lane) => ({ ...lane }));
    const named = Object.entries(suffixed(byLane, lanes)).map(
      async ([name, handle]) => [name, await readTensor(ops, handle)] as const,
    );
    return {
      weights: namedByLane(Object.fromEntries(await Promise.all(named)), shape),
      x: await readSequence(ops, found.x),
      state: await readState(ops, shape, found.state, batch),
    };
  } finally {
    scope.dispose();
  }
}

/** From the public [B,T,N] to the engine's [T,B,N]. */
export function uploadSequence(ops: Ops, value: Tensor): Handle {
  const timeFirst = value.swapFirstAxes();
  return ops.upload(timeFirst.toFlat(), timeFirst.shape);
}

async function readTensor(ops: Ops, handle: Handle): Promise<Tensor> {
  return new Tensor(await ops.read(handle), handle.shape);
}

/** From the engine's [T,B,N] to the public [B,T,N]. */
async function readSequence(ops: Ops, handle: Handle): Promise<Tensor> {
  const batchFirst = (await readTensor(ops, handle)).swapFirstAxes();
  return new Tensor(batchFirst.toFlat(), batchFirst.shape);
}
