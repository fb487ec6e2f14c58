import type { Ops } from '../engines/ops.ts';
import { AbortError } from '../errors.ts';
import type { Layer } from '../layers/layer.ts';
import type { Callback } from './callbacks/callback.ts';
import { fullSoftmaxWarnings } from './losses/works-out-loss.ts';
import type { RunOptions } from './fit-options.ts';
import type { History } from './history.ts';
import { everDrops } from './prediction/monte-carlo.ts';
import type { Trainer } from './trainer.ts';

/**
 * Steps until all epochs are over, with callbacks after each step and each epoch.
 * @throws whatever ended it early: the model then has weights to go on with, see `Trainer.finish`
 */
export async function runToEnd(trainer: Trainer, { callbacks }: Pick<RunOptions, 'callbacks'>): Promise<void> {
  try {
    await runThrough(trainer, callbacks);
  } finally {
    for (const callback of callbacks) await callback.onEnd?.();
  }
}

async function runThrough(trainer: Trainer, callbacks: RunOptions['callbacks']): Promise<void> {
  try {
    while (!trainer.done) {
      const call = await advance(trainer).catch(async (error: unknown) => {
        // Ended by its signal, the run stands where it stood after the last step.
        if (error instanceof AbortError) await pause(trainer, callbacks);
        throw error;
      });
      for (const callback of callbacks) await call(callback);
      await pause(trainer, callbacks);
    }
    await trainer.expectFinite();
  } catch (error) {
    await trainer.finish(error);
    throw error;
  }
  await trainer.finish();
}

/** One step, or the end of an epoch. A run may have been written down between the last step of an epoch and its end. */
async function advance(trainer: Trainer): Promise<(callback: Callback) => unknown> {
  if (trainer.atEndOfEpoch) {
    const epoch = await trainer.endEpoch();
    return async (callback) => {
      if ((await callback.onEpoch?.(epoch, trainer)) === 'stop') trainer.stop();
    };
  }
  const progress = await trainer.next();
  return (callback) => callback.onStep?.(progress, trainer);
}

async function pause(trainer: Trainer, callbacks: readonly Callback[]): Promise<void> {
  for (const callback of callbacks) await callback.onPause?.(trainer);
}

/** What training does that may not be wanted. */
export function warningsOf(
  layers: readonly Layer[],
  told: Pick<RunOptions, 'fraternal' | 'loss'>,
  ops: Pick<Ops, 'warnings'>,
): History['warnings'] {
  const ofLayers = layers.flatMap((layer) => layer.warnings?.() ?? []);
  const found = [...(ops.warnings ?? []), ...ofLayers, ...fullSoftmaxWarnings(layers, told)];
  if (!told.fraternal || everDrops(layers)) return found;
  return [...found, 'fraternal: no layer drops anything, so both passes are the same and take twice the time'];
}

/** What a run came to. @param found warnings that were known before it */
export function historyOf({ history, warnings, keptEpoch }: Trainer, found: History['warnings']): History {
  const kept = keptEpoch === undefined ? {} : { keptEpoch };
  return { epochs: history, warnings: [...found, ...warnings], ...kept };
}
