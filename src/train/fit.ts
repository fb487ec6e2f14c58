import type { Ops } from '../engines/ops.ts';
import type { Layer } from '../layers/layer.ts';
import type { RunOptions } from './fit-options.ts';
import type { History } from './history.ts';
import { everDrops } from './prediction/monte-carlo.ts';
import type { Trainer } from './trainer.ts';

/**
 * Steps until all epochs are over, with callbacks after each step and each epoch.
 * @throws whatever ended it early: the model then has weights to go on with, see `Trainer.finish`
 */
export async function runToEnd(trainer: Trainer, { callbacks }: RunOptions): Promise<void> {
  try {
    while (!trainer.done) {
      // A run may have been written down between the last step of an epoch and its end.
      if (!trainer.atEndOfEpoch) {
        const progress = await trainer.next();
        for (const callback of callbacks) await callback.onStep?.(progress);
        continue;
      }
      const epoch = await trainer.endEpoch();
      const answers: unknown[] = [];
      for (const callback of callbacks) answers.push(await callback.onEpoch?.(epoch));
      if (answers.includes('stop')) break;
    }
    await trainer.expectFinite();
  } catch (error) {
    await trainer.finish(error);
    throw error;
  }
  await trainer.finish();
}

/** What training does that may not be wanted. */
export function warningsOf(
  layers: readonly Layer[],
  { fraternal }: Pick<RunOptions, 'fraternal'>,
  ops: Pick<Ops, 'warnings'>,
): History['warnings'] {
  const found = [...(ops.warnings ?? []), ...layers.flatMap((layer) => layer.warnings?.() ?? [])];
  if (!fraternal || everDrops(layers)) return found;
  return [...found, 'fraternal: no layer drops anything, so both passes are the same and take twice the time'];
}
