import type { Config } from '../../define.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { ModelError, show } from '../../errors.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { Epoch, RunningAverages } from '../history.ts';
import type { FraternalOptions } from '../losses/objective.ts';

/** What a run was told, as JSON: all that decides its weights but for the model and the examples. */
export interface RunSpec {
  /** The words of the key. */
  readonly key: readonly [number, number];
  readonly epochs: number;
  readonly batchSize: number;
  /** What `config` of the loss says. */
  readonly loss: Config;
  /** What `config` of the optimizer says, with its learning rate or schedule. */
  readonly optimizer: Config;
  /** Null without clipping. */
  readonly clipNorm: number | null;
  /** Null without fraternal dropout. */
  readonly fraternal: Required<FraternalOptions> | null;
}

/** Where a run stands between two of its steps, as data: a run that goes on from it gives the bits of one that never stopped. */
export interface RunState {
  /** What the run was told. */
  readonly spec: RunSpec;
  /** The number format that it was computed in. */
  readonly dtype: Ops['dtype'];
  /** By path: `0.weight`. */
  readonly weights: Readonly<Record<string, Tensor>>;
  /** What the optimizer remembers of the weights, by `slot/path`. */
  readonly slots: Readonly<Record<string, Tensor>>;
  /** Updates of the weights in all. */
  readonly updates: number;
  /** Finished epochs of the weights in all. */
  readonly epochs: number;
  /** Those of them that came before this run. */
  readonly before: { readonly updates: number; readonly epochs: number };
  /** Batches of the epoch under way that are done. */
  readonly batches: number;
  /** The averages over those batches. */
  readonly averages: RunningAverages;
  /** The epochs of this run that are over. */
  readonly history: readonly Epoch[];
  /** What callbacks remember, by their names. */
  readonly callbacks: Readonly<Record<string, unknown>>;
}

/** Numbers of an engine on the host, in its own number format. */
export async function readAll(ops: Ops, handles: Readonly<Record<string, Handle>>): Promise<Record<string, Tensor>> {
  const read = Object.entries(handles).map(async ([path, handle]) => {
    const values = await ops.read(handle);
    return [path, new Tensor(ops.dtype === 'float32' ? new Float32Array(values) : values, handle.shape)] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

/**
 * @param samples how many there are to learn from
 * @throws ModelError unless a run with these options, on this engine, can go on from the state
 */
export function expectResumable(state: RunState, spec: RunSpec, samples: number, ops: Ops): void {
  expectRunState(state);
  for (const name of Object.keys(spec) as (keyof RunSpec)[]) {
    // A run may be made longer.
    if (name === 'epochs') continue;
    const [wanted, came] = [JSON.stringify(state.spec[name]), JSON.stringify(spec[name])];
    if (wanted !== came) {
      throw new ModelError(
        `resume: ${name} ${wanted} was expected, as the run began with it, but ${came} came; pass the same options`,
      );
    }
  }
  const batches = Math.ceil(samples / spec.batchSize);
  if (state.batches > batches) {
    throw new ModelError(
      `resume: at most ${batches} finished batches of the epoch were expected, but ${state.batches} came; pass the examples that the run began with`,
    );
  }
  if (state.dtype !== ops.dtype) {
    throw new ModelError(
      `resume: an engine of ${state.dtype} was expected, as the run began on one, but ${ops.name} has ${ops.dtype}`,
    );
  }
}

/** What each part of a state is, for whoever hands one in that a file or a program has changed. */
const PARTS: Readonly<Record<keyof RunState, (value: unknown) => boolean>> = {
  spec: isRecord,
  dtype: (value) => value === 'float32' || value === 'float64',
  weights: isTensors,
  slots: isTensors,
  updates: isCount,
  epochs: isCount,
  before: (value) => isRecord(value) && isCount(value.updates) && isCount(value.epochs),
  batches: isCount,
  averages: (value) => isRecord(value) && isRecord(value.sums) && isCount(value.count),
  history: Array.isArray,
  callbacks: isRecord,
};

/** @throws ModelError unless it has the parts of a state */
export function expectRunState(state: unknown): asserts state is RunState {
  const given = Object(state) as Record<string, unknown>;
  for (const [name, fits] of Object.entries(PARTS)) {
    if (!fits(given[name])) {
      const came = isRecord(state) ? `its ${name} is ${show(given[name])}` : `${show(state)} came`;
      throw new ModelError(`resume: what snapshot() gave was expected, but ${came}; take another snapshot`);
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTensors(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((one) => one instanceof Tensor);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** @throws ModelError unless these are what an optimizer remembers of the weights, all of it */
export function expectSlots(
  slots: Readonly<Record<string, Tensor>>,
  wanted: Readonly<Record<string, readonly number[]>>,
): void {
  const stray = Object.keys(slots).find((path) => !Object.hasOwn(wanted, path));
  if (stray !== undefined) {
    throw new ModelError(
      `resume: slots of the optimizer were expected, but ${show(stray)} came; the run is of another model`,
    );
  }
  for (const [path, shape] of Object.entries(wanted)) {
    const { shape: came } = slots[path] ?? { shape: null };
    if (came === null || came.join() !== shape.join()) {
      throw new ModelError(
        `resume: a slot ${path} of shape [${shape}] was expected, but ${came ? `shape [${came}] came` : 'it is missing'}; the run is of another model`,
      );
    }
  }
}
