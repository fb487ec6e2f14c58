import { isPlain, jsonCopy, readable } from '../../checks.ts';
import type { Config } from '../../define.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { ModelError, show } from '../../errors.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { ClassWeight, ClassWeightByHead } from '../examples/class-weight.ts';
import type { ModelState } from '../carried-state.ts';
import type { Epoch, RunningAverages } from '../history.ts';
import type { FraternalOptions } from '../losses/objective.ts';
import type { Continuation } from '../sources/continuation.ts';
import type { Streaming } from '../sources/streamed.ts';
import { isRegularization, type RegularizationByKind } from '../optimizers/regularization.ts';

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
  /** Null without; runs of earlier versions lack it. */
  readonly clipValue?: number | null;
  /** By kind of weight. Null without; runs of earlier versions lack it. */
  readonly regularization?: RegularizationByKind | null;
  /** Null without fraternal dropout. */
  readonly fraternal: Required<FraternalOptions> | null;
  /** What classes weigh; null or left out when they weigh the same. */
  readonly classWeight?: ClassWeight | ClassWeightByHead | null;
  /** How samples are drawn for an epoch; null or left out when each comes once. */
  readonly sampling?: 'balanced' | null;
  /** What changes the texts that are trained on, by labels; null or left out when nothing does. */
  readonly augment?: readonly string[] | null;
  /** The share of the examples that is held out; null or left out when none is. */
  readonly validationSplit?: number | null;
  /** What `config` of the averaging says. Null without; runs of earlier versions lack it. */
  readonly averaging?: Config | null;
  /** How sequences go on from update to update. Null where none does; runs of earlier versions lack it. */
  readonly continuation?: Continuation | null;
  /** How an iterable of examples is gone through. Null where nothing was told; runs of earlier versions lack it. */
  readonly streaming?: Streaming | null;
}

/** Where a run stands between two of its steps, as data: a run that goes on from it gives the bits of one that never stopped. */
export interface RunState {
  /** What the run was told. */
  readonly spec: RunSpec;
  /** How many samples it learns from; null where they come from an iterable. */
  readonly samples: number | null;
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
  /** How many samples of that epoch an iterable had given for them; left out for none, for lists, and by earlier versions. */
  readonly samplesRead?: number;
  /** The averages over those batches. */
  readonly averages: RunningAverages;
  /** The epochs of this run that are over. */
  readonly history: readonly Epoch[];
  /** What callbacks remember, by their names. */
  readonly callbacks: Readonly<Record<string, unknown>>;
  /** The configs of the layers; snapshots of earlier versions lack it. */
  readonly layers?: readonly Config[];
  /** The weights that the model gets when the run ends, see `Trainer.keepWeights`. None, or left out, where those are the last. */
  readonly kept?: KeptWeights | null;
  /** The mean of the weights where they are averaged; none, or left out, before averaging began. */
  readonly mean?: { readonly weights: Readonly<Record<string, Tensor>>; readonly count: number } | null;
  /** Whether a callback has ended it; not so where it is left out. */
  readonly stopped?: boolean;
  /** What the layers carry into the next update, by path, where sequences go on; runs of earlier versions lack it. */
  readonly carried?: ModelState;
}

/** Weights as numbers of the host, and how much training made them. */
export interface KeptWeights {
  /** By path, in the engine's number format. */
  readonly weights: Readonly<Record<string, Tensor>>;
  /** Updates of the weights in all. */
  readonly updates: number;
  /** Finished epochs of the weights in all. */
  readonly epochs: number;
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
 * @param layers their configs
 * @throws ModelError unless a run with these options, on this engine, can go on from the state
 */
export function expectResumable(
  state: RunState,
  spec: RunSpec,
  samples: number | null,
  ops: Ops,
  layers: readonly Config[],
): void {
  expectSameLayers(state.layers ?? layers, layers);
  for (const name of Object.keys(spec) as (keyof RunSpec)[]) {
    // A run may be made longer.
    if (name === 'epochs') continue;
    const [wanted, came] = [JSON.stringify(state.spec[name] ?? null), JSON.stringify(spec[name] ?? null)];
    if (wanted !== came) {
      throw new ModelError(
        `resume: ${name} ${wanted} was expected, as the run began with it, but ${came} came; pass the same options`,
      );
    }
  }
  if (state.samples !== samples) {
    throw new ModelError(
      `resume: ${state.samples === null ? 'an iterable of samples was expected, as the run began with it' : `${state.samples} samples were expected, as the run began with them`}, but ${samples ?? 'an iterable'} came; pass the same examples`,
    );
  }
  expectEpochs(state, spec.epochs);
  if (state.dtype !== ops.dtype) {
    throw new ModelError(
      `resume: an engine of ${state.dtype} was expected, as the run began on one, but ${ops.name} has ${ops.dtype}; pass such an engine`,
    );
  }
}

/** @throws ModelError for fewer than the run has behind it: also where the last weights are of the middle of one */
function expectEpochs({ history: { length: over }, batches, kept }: RunState, epochs: number): void {
  const isUnderWay = batches > 0 && !kept;
  if (epochs >= (isUnderWay ? over + 1 : over)) return;
  throw new ModelError(
    isUnderWay
      ? `resume: more than ${over} epochs were expected, as so many are over and another is under way, but ${epochs} came; pass more, or take the weights of the snapshot by setWeights`
      : `resume: at least ${over} epochs were expected, as so many are over, but ${epochs} came; pass more`,
  );
}

/**
 * @param names of the metrics that are to be scored
 * @throws ModelError where an epoch is under way that was scored by others: it would be scored in part
 */
export function expectSameMetrics({ batches, averages }: RunState, names: readonly string[]): void {
  const counted = Object.keys(averages.tallies ?? {});
  if (batches === 0 || counted.length === 0) return;
  if (counted.length === names.length && counted.every((name) => names.includes(name))) return;
  throw new ModelError(
    `resume: metrics ${show(counted)} were expected, as the epoch under way was scored by them, but ${show(names)} came; pass the same`,
  );
}

/** @throws ModelError for those of another model */
function expectSameLayers(began: readonly Config[], layers: readonly Config[]): void {
  for (let i = 0; i < Math.max(began.length, layers.length); i++) {
    const [wanted, came] = [began[i], layers[i]].map((config) => (config ? JSON.stringify(config) : 'none'));
    if (wanted === came) continue;
    throw new ModelError(
      `resume: layer ${i} ${wanted} was expected, as the run began with it, but ${came} came; take a model of the same layers`,
    );
  }
}

type Parts<T> = Readonly<Record<keyof T, (value: unknown) => boolean>>;

/** What each part of a spec and of a state is, for whoever hands one in that a file or a program has changed. */
const SPEC_PARTS: Parts<RunSpec> = {
  key: (value) => Array.isArray(value) && value.length === 2 && value.every(isCount),
  epochs: isCount,
  batchSize: isCount,
  loss: isConfig,
  optimizer: isConfig,
  clipNorm: (value) => value === null || typeof value === 'number',
  clipValue: (value) => value === null || value === undefined || typeof value === 'number',
  regularization: (value) => value === null || value === undefined || isRegularization(value),
  fraternal: (value) => value === null || (isRecord(value) && typeof value.kappa === 'number'),
  // Runs of before have none of these.
  classWeight: (value) =>
    value == null || isClassWeight(value) || (isRecord(value) && Object.values(value).every(isClassWeight)),
  sampling: (value) => value === undefined || value === null || value === 'balanced',
  augment: (value) => value == null || (Array.isArray(value) && value.every((label) => typeof label === 'string')),
  validationSplit: (value) => value === undefined || value === null || isNumber(value),
  averaging: (value) => value == null || isConfig(value),
  continuation: (value) => value === null || value === undefined || isContinuation(value),
  streaming: (value) => value === null || value === undefined || isStreaming(value),
};

const KEPT_PARTS: Parts<KeptWeights> = { weights: isTensors, updates: isCount, epochs: isCount };

const STATE_PARTS: Parts<RunState> = {
  spec: (value) => isRecord(value) && wrongPart(SPEC_PARTS, value) === null,
  samples: (value) => value === null || isCount(value),
  dtype: (value) => value === 'float32' || value === 'float64',
  weights: isTensors,
  slots: isTensors,
  updates: isCount,
  epochs: isCount,
  before: (value) => isRecord(value) && isCount(value.updates) && isCount(value.epochs),
  batches: isCount,
  samplesRead: (value) => value === undefined || isCount(value),
  averages: (value) =>
    isRecord(value) &&
    isNumber(value.count) &&
    (value.count as number) >= 0 &&
    isNumbersByName(value.sums) &&
    (value.tallies === undefined || (isRecord(value.tallies) && Object.values(value.tallies).every(isNumberList))) &&
    (value.updates === undefined || isUpdates(value.updates)),
  history: (value) =>
    Array.isArray(value) &&
    value.every((epoch, i) => isRecord(epoch) && epoch.epoch === i + 1 && isRecord(epoch.training)),
  callbacks: (value) => isRecord(value) && isJson(value),
  layers: (value) => value === undefined || (Array.isArray(value) && value.every(isConfig) && isJson(value)),
  kept: (value) => value == null || (isRecord(value) && wrongPart(KEPT_PARTS, value) === null),
  mean: (value) => value == null || (isRecord(value) && isTensors(value.weights) && isCount(value.count)),
  stopped: (value) => value === undefined || typeof value === 'boolean',
  carried: (value) => value === undefined || isTensors(value),
};

/** @throws ModelError unless it has the parts of a spec */
export function expectRunSpec(who: string, spec: unknown): asserts spec is RunSpec {
  expectParts(`${who}: the spec of a run`, SPEC_PARTS, spec);
}

/** @throws ModelError unless it has the parts of a state, and its counts fit each other */
export function expectRunState(state: unknown, who = 'resume'): asserts state is RunState {
  expectParts(`${who}: what snapshot() gave`, STATE_PARTS, state);
  const { spec, samples, updates, epochs, before, batches, history } = state;
  // How many chunks an epoch had, and how many samples an iterable, only the data tells.
  const known = samples !== null && !spec.continuation?.bptt;
  const ofEpoch = known ? Math.ceil(samples / spec.batchSize) : Number.POSITIVE_INFINITY;
  const steps = known ? history.length * ofEpoch + batches : Math.max(batches, updates - before.updates);
  if (batches > ofEpoch || updates !== before.updates + steps || epochs !== before.epochs + history.length) {
    throw new ModelError(
      `${who}: ${before.updates + steps} updates in ${history.length} epochs and ${batches} of ${ofEpoch} batches were expected, but ${updates} came; take another snapshot`,
    );
  }
}

function expectParts<T>(who: string, parts: Parts<T>, value: unknown): asserts value is T {
  const wrong = readable(who, () => (isRecord(value) ? wrongPart(parts, value) : null));
  if (isRecord(value) && wrong === null) return;
  const came = isRecord(value) ? `its ${wrong} is ${show(value[wrong as string])}` : `${show(value)} came`;
  throw new ModelError(`${who} was expected, but ${came}; take another snapshot`);
}

function wrongPart<T>(parts: Parts<T>, value: Readonly<Record<string, unknown>>): string | null {
  const names = Object.keys(parts) as (keyof T & string)[];
  return names.find((name) => !parts[name](value[name])) ?? null;
}

function isContinuation(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { bptt, stateful, masks } = value;
  return (
    (bptt === null || (isCount(bptt) && bptt !== 0)) &&
    typeof stateful === 'boolean' &&
    (masks === 'keep' || masks === 'redraw')
  );
}

function isStreaming(value: unknown): boolean {
  const isNone = (count: unknown): boolean => count === null || (isCount(count) && count !== 0);
  return isRecord(value) && isNone(value.stepsPerEpoch) && isNone(value.shuffleBuffer);
}

function isUpdates(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { count, gradientNorm, learningRate, dropoutRates } = value;
  return isCount(count) && isNumber(gradientNorm) && isNumber(learningRate) && isNumbersByName(dropoutRates);
}

function isConfig(value: unknown): boolean {
  return isRecord(value) && typeof value.type === 'string';
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

function isClassWeight(value: unknown): boolean {
  return value === 'balanced' || isNumberList(value) || isNumbersByName(value);
}

function isNumberList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isNumber);
}

function isNumbersByName(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(isNumber);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return isPlain(value);
}

function isJson(value: unknown): boolean {
  try {
    jsonCopy(value);
    return true;
  } catch {
    return false;
  }
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
