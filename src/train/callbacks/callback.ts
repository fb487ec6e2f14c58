import { OptionError, show } from '../../errors.ts';
import type { Epoch } from '../history.ts';

/**
 * Called while a model trains, in the order of the list, and waited for. The model can be used meanwhile, and has the
 * weights of the last update.
 */
export interface Callback {
  /** What a snapshot of the run finds its state by: needed where it has one. */
  readonly name?: string;
  /** @param progress `step` counts from 1 to `steps`, over all epochs */
  onStep?(progress: StepProgress): unknown;
  /** @returns 'stop', or a promise of it, to end the training after this epoch */
  onEpoch?(epoch: Epoch): unknown;
  /** What it remembers, as JSON: kept in snapshots of the run. */
  state?(): unknown;
  /** Goes on from what `state` gave, before a run goes on from a snapshot. */
  restore?(state: unknown): void;
}

export interface StepProgress {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
}

/** @throws OptionError for what is no callback: a bare function would never be called */
export function expectCallbacks(callbacks: readonly Callback[]): void {
  if (!Array.isArray(callbacks)) {
    throw new OptionError(`fit: a list of callbacks was expected, but ${show(callbacks)} came; pass callbacks: [...]`);
  }
  const names = new Set<string>();
  for (const callback of callbacks) {
    if (typeof callback !== 'object' || callback === null) {
      throw new OptionError(
        `fit: a callback { onStep, onEpoch } was expected, but ${show(callback)} came; wrap a function as { onEpoch }`,
      );
    }
    const { name, state, restore } = callback;
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

/** What callbacks remember, by their names. */
export function callbackStates(callbacks: readonly Callback[]): Record<string, unknown> {
  const states: Record<string, unknown> = {};
  for (const callback of callbacks) {
    if (callback.name !== undefined && callback.state) states[callback.name] = callback.state();
  }
  return states;
}

/** Hands back what {@link callbackStates} gave; a callback that is new has nothing to go on from. */
export function restoreCallbacks(callbacks: readonly Callback[], states: Readonly<Record<string, unknown>>): void {
  for (const callback of callbacks) {
    const { name } = callback;
    if (name !== undefined && Object.hasOwn(states, name)) callback.restore?.(states[name]);
  }
}
