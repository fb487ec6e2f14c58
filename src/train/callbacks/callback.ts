import { jsonCopy, partsOf, readable } from '../../checks.ts';
import { DataError, messageOf, OptionError, show } from '../../errors.ts';
import type { RunState } from '../checkpoints/run-state.ts';
import type { Epoch, Scores } from '../history.ts';
import type { DrawnPlan } from '../pass.ts';

/**
 * Called while a model trains, in the order of the list, and waited for. The model can be used meanwhile, and has the
 * weights of the last update.
 * @example
 * ```ts
 * import { type Callback, dense, key, meanSquaredError, sequential } from 'keepgate';
 *
 * const twoEpochs: Callback = { onEpoch: ({ epoch }) => (epoch === 2 ? 'stop' : undefined) };
 * const model = sequential([dense({ units: 1 })]);
 * const options = { key: key(1), epochs: 10, loss: meanSquaredError(), callbacks: [twoEpochs] };
 * const history = await model.fit({ x: [[0], [1]], y: [[1], [3]] }, options);
 * console.log(history.epochs.length); // prints: 2
 * await model.dispose();
 * ```
 */
export interface Callback {
  /** What a snapshot of the run finds its state by: needed where it has one. */
  readonly name?: string;
  /** Before anything is changed, and before `restore`. What it throws refuses the run. */
  onBegin?(begin: RunBegin): unknown;
  /**
   * After each update.
   * @param progress `step` counts from 1 to `steps`, over all epochs
   */
  onStep?(progress: StepProgress, run: TrainingRun): unknown;
  /**
   * After each epoch.
   * @returns 'stop', or a promise of it, to end the training after this epoch
   */
  onEpoch?(epoch: Epoch, run: TrainingRun): unknown;
  /**
   * After each update and each epoch, when all callbacks were called with it, and once more when a signal ends the run: here a
   * snapshot has all callbacks as they are after the same step.
   */
  onPause?(run: TrainingRun): unknown;
  /** Once, when training has ended, however it ended. */
  onEnd?(): unknown;
  /** What it remembers, as JSON: kept in snapshots of the run. */
  state?(): unknown;
  /** Goes on from what `state` gave, before a run goes on from a snapshot. */
  restore?(state: unknown): void;
}

/** A run that is about to begin, or to go on. */
export interface RunBegin {
  /** How many of its updates are done: 0, unless it goes on from a snapshot. */
  readonly step: number;
  /** And how many of its epochs. */
  readonly epochs: number;
  /** What is scored: the loss, and the metrics by name. */
  readonly scores: readonly string[];
  /** Whether there is validation data. */
  readonly validates: boolean;
  /** @throws ModelError when the layers, the loss, the optimizer or its schedule could not be made again from files */
  expectSavable(): void;
}

/** A run under way, as callbacks see it; a `Trainer` is one. */
export interface TrainingRun {
  /** How many updates are done. */
  readonly step: number;
  /** How many there are in all epochs. */
  readonly steps: number;
  /** The epochs that are over. */
  readonly history: readonly Epoch[];
  /** Whether it comes to its end now: all is done, a callback said 'stop', or a signal ended it. */
  readonly ending: boolean;
  /** Where it stands, to be resumed: see `Trainer.snapshot`. */
  snapshot(): Promise<RunState>;
  /** The model gets the weights of now when the run ends, however it ends: see `Trainer.keepWeights`. */
  keepWeights(): Promise<void>;
  /** Adds a line to the warnings of the history, unless it is there. */
  warn(warning: string): void;
}

/** One update of a run. */
export interface StepProgress {
  /** The number of the update, from 1, over all epochs of the run. */
  readonly step: number;
  /** How many updates the run has in all. */
  readonly steps: number;
  /** The mean loss of its batch, before the update. */
  readonly loss: number;
  /** The epoch that it belongs to, from 1, and how many there are. */
  readonly epoch: number;
  readonly epochs: number;
  /** The loss and the metrics over the epoch, as far as it is when they are asked for. */
  readonly scores: Scores;
  /** How many samples its batch had, and how many timesteps in all of them: for texts, tokens. */
  readonly samples: number;
  readonly timesteps: number;
  /** What was dropped in its batch: a plan for each lane that drops. */
  readonly plans: readonly DrawnPlan[];
}

/** @throws OptionError for what is no callback: a bare function would never be called */
export function expectCallbacks(callbacks: readonly Callback[]): void {
  if (!readable('fit', () => Array.isArray(callbacks))) {
    throw new OptionError(`fit: a list of callbacks was expected, but ${show(callbacks)} came; pass callbacks: [...]`);
  }
  const names = new Set<string>();
  for (const callback of readable('fit', () => Array.from(callbacks))) {
    if (typeof callback !== 'object' || callback === null) {
      throw new OptionError(
        `fit: a callback { onStep, onEpoch } was expected, but ${show(callback)} came; wrap a function as { onEpoch }`,
      );
    }
    const { name, state, restore, ...heard } = partsOf<Callback>('fit', callback, 'name', 'state', 'restore', ...HEARD);
    const unheard = readable('fit', () => functionsOf(callback)).find(
      (call) => /^on[A-Z]/.test(call) && !(HEARD as readonly string[]).includes(call),
    );
    if (unheard !== undefined) {
      throw new OptionError(
        `fit: a callback with functions of ${HEARD.join(', ')} was expected, but ${show(unheard)} came, which nobody calls; rename it`,
      );
    }
    const calls = Object.values(heard).filter((call) => call !== undefined);
    if (calls.length === 0 || calls.some((call) => typeof call !== 'function')) {
      throw new OptionError(
        `fit: a callback with a function of ${HEARD.join(', ')} was expected, but ${show(callback)} came; check the spelling`,
      );
    }
    if (state === undefined && restore === undefined) continue;
    if (typeof name !== 'string' || typeof state !== 'function' || typeof restore !== 'function') {
      throw new OptionError(
        `fit: a callback with a name, state() and restore() was expected, but one of them is missing in ${show(callback)}; give all three, or neither function`,
      );
    }
    if (names.has(name)) {
      throw new OptionError(
        `fit: distinct names of callbacks with a state were expected, but ${show(name)} came twice; leave one out, or give it another name`,
      );
    }
    names.add(name);
  }
}

/** What training calls. */
const HEARD = ['onBegin', 'onStep', 'onEpoch', 'onPause', 'onEnd'] as const;

/** The names of an object's functions, and of those of its class. */
function functionsOf(callback: object): readonly string[] {
  const names = [callback, Object.getPrototypeOf(callback) ?? {}].flatMap((one) => Object.getOwnPropertyNames(one));
  return names.filter((name) => typeof (callback as Readonly<Record<string, unknown>>)[name] === 'function');
}

/** What callbacks remember, by their names: a copy. @throws DataError for what JSON does not hold */
export function callbackStates(callbacks: readonly Callback[]): Record<string, unknown> {
  const states: Record<string, unknown> = {};
  for (const callback of callbacks) {
    if (callback.name !== undefined && callback.state) states[callback.name] = copyOf(callback.name, callback.state());
  }
  return states;
}

function copyOf(name: string, state: unknown): unknown {
  try {
    return jsonCopy(state);
  } catch (error) {
    throw new DataError(
      `callback ${show(name)}: a state that JSON holds was expected, but ${messageOf(error)}; keep numbers, texts, lists and plain objects`,
    );
  }
}

/** Hands back what {@link callbackStates} gave; a callback that is new has nothing to go on from. */
export function restoreCallbacks(callbacks: readonly Callback[], states: Readonly<Record<string, unknown>>): void {
  for (const callback of callbacks) {
    const { name } = callback;
    if (name !== undefined && Object.hasOwn(states, name)) callback.restore?.(states[name]);
  }
}
