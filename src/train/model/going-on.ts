import type { Ops } from '../../engines/ops.ts';
import type { Layer } from '../../layers/layer.ts';
import { restoreCallbacks } from '../callbacks/callback.ts';
import { readCheckpoint } from '../checkpoints/checkpoint-folder.ts';
import {
  expectResumable,
  expectRunState,
  expectSameMetrics,
  expectSlots,
  type RunState,
} from '../checkpoints/run-state.ts';
import { beginOf, type ResumedOptions, type RunOptions, specOf } from '../fit-options.ts';
import { scoreNames } from '../history.ts';
import { slotShapes } from '../step.ts';
import { expectWeights } from './given-weights.ts';
import type { Architecture } from './network.ts';

/** Options with the snapshot that the run goes on from, if it does. @throws ModelError where a folder has none, and for what is none */
export async function withSnapshot(run: RunOptions): Promise<ResumedOptions> {
  const { resume } = run;
  if (typeof resume === 'string') return { ...run, resume: await readCheckpoint(resume) };
  if (resume !== null) expectRunState(resume);
  return { ...run, resume };
}

/**
 * @param samples how many there are to learn from; null where nobody knows
 * @returns the snapshot, whose weights are named in the order of the model, which files do not keep; null without one
 * @throws ModelError when the run cannot go on from it
 */
export function goingOn(
  run: ResumedOptions,
  { layers, inputs, specs }: Architecture,
  samples: number | null,
  ops: Ops,
): RunState | null {
  const { resume, optimizer } = run;
  if (!resume) return null;
  const configs = layers.map(({ config }) => config);
  expectResumable(resume, specOf(run), samples, ops, configs);
  expectSameMetrics(resume, scoreNames(run).slice(1));
  expectSlots(resume.slots, slotShapes(optimizer, specs));
  const inOrder = <W extends Pick<RunState, 'weights'>>(part: W): W => ({
    ...part,
    weights: expectWeights(layers, inputs, part.weights),
  });
  const { kept = null, mean = null } = resume;
  return { ...inOrder(resume), kept: kept && inOrder(kept), mean: mean && inOrder(mean) };
}

/**
 * Tell callbacks that a run begins, and let them go on from its snapshot if there is one.
 * @throws whatever a callback throws that refuses the run
 */
export async function begun(run: ResumedOptions, layers: readonly Layer[]): Promise<void> {
  const { resume, callbacks } = run;
  for (const callback of callbacks) await callback.onBegin?.(beginOf(run, layers));
  if (resume) restoreCallbacks(callbacks, resume.callbacks);
}
