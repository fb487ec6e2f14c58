import { jsonCopy, partsOf, readable } from '../../checks.ts';
import { DataError, messageOf, OptionError, show } from '../../errors.ts';
import type { Epoch } from '../history.ts';

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
  /**
   * After each update.
   * @param progress `step` counts from 1 to `steps`, over all epochs
   */
  onStep?(progress: StepProgress): unknown;
  /**
   * After each epoch.
   * @returns 'stop', or a promise of it, to end the training after this epoch
   */
  onEpoch?(epoch: Epoch): unknown;
  /** What it remembers, as JSON: kept in snapshots of the run. */
  state?(): unknown;
  /** Goes on from what `state` gave, before a run goes on from a snapshot. */
  restore?(state: unknown): void;
}

/** One update of a run. */
export interface StepProgress {
  /** The number of the update, from 1, over all epochs of the run. */
  readonly step: number;
  /** How many updates the run has in all. */
  readonly steps: number;
  /** The mean loss of its batch, before the update. */
  readonly loss: number;
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
    const { name, onStep, onEpoch, state, restore } = partsOf<Callback>(
      'fit',
      callback,
      'name',
      'onStep',
      'onEpoch',
      'state',
      'restore',
    );
    const unheard = readable('fit', () => functionsOf(callback)).find(
      (call) => /^on[A-Z]/.test(call) && !HEARD.includes(call),
    );
    if (unheard !== undefined) {
      throw new OptionError(
        `fit: a callback with functions ${HEARD.join(' and ')} was expected, but ${show(unheard)} came, which nobody calls; rename it`,
      );
    }
    const calls = [onStep, onEpoch].filter((call) => call !== undefined);
    if (calls.length === 0 || calls.some((call) => typeof call !== 'function')) {
      throw new OptionError(
        `fit: a callback with a function onStep or onEpoch was expected, but ${show(callback)} came; check the spelling`,
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
        `fit: distinct names of callbacks with a state were expected, but ${show(name)} came twice`,
      );
    }
    names.add(name);
  }
}

/** What training calls. */
const HEARD: readonly string[] = ['onStep', 'onEpoch'];

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
