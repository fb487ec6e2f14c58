import type { Ops } from '../../engines/ops.ts';
import type { Layer } from '../../layers/layer.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { restoreCallbacks } from '../callbacks/callback.ts';
import { readCheckpoint } from '../checkpoints/checkpoint-folder.ts';
import { expectResumable, expectSameMetrics, expectSlots } from '../checkpoints/run-state.ts';
import { beginOf, type ResumedOptions, type RunOptions, specOf } from '../fit-options.ts';
import { slotShapes } from '../step.ts';
import { expectWeights } from './given-weights.ts';
import type { Architecture } from './network.ts';

/** Options with the snapshot that the run goes on from, if it does. @throws ModelError where a folder has none */
export async function withSnapshot(run: RunOptions): Promise<ResumedOptions> {
  const { resume } = run;
  return { ...run, resume: typeof resume === 'string' ? await readCheckpoint(resume) : resume };
}

/** What a run that goes on begins with. */
interface GoingOn {
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly updates: number;
  readonly epochs: number;
}

/**
 * @param samples how many there are to learn from; null where nobody knows
 * @returns what the snapshot has for the model; null without one
 * @throws ModelError when the run cannot go on from it
 */
export function goingOn(
  run: ResumedOptions,
  { layers, input, specs }: Architecture,
  samples: number | null,
  ops: Ops,
): GoingOn | null {
  const { resume, optimizer } = run;
  if (!resume) return null;
  const configs = layers.map(({ config }) => config);
  expectResumable(resume, specOf(run), samples, ops, configs);
  expectSameMetrics(
    resume,
    run.metrics.map(({ name }) => name),
  );
  expectSlots(resume.slots, slotShapes(optimizer, specs));
  for (const more of [resume.kept, resume.mean]) if (more) expectWeights(layers, input, more.weights);
  const { updates, epochs } = resume;
  return { weights: expectWeights(layers, input, resume.weights), updates, epochs };
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
