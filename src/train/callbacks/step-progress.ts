import type { CheckedExamples } from '../examples/examples.ts';
import type { Averages } from '../history.ts';
import type { StepProgress } from './callback.ts';

/** What callbacks are told of an update. */
export function stepProgress(
  at: Omit<StepProgress, 'scores' | 'samples' | 'timesteps'>,
  { x }: Pick<CheckedExamples, 'x'>,
  averages: Averages,
): StepProgress {
  return {
    ...at,
    samples: x.length,
    timesteps: x.reduce((sum, { steps }) => sum + steps, 0),
    // Worked out for those who ask: a metric may have much to count.
    get scores() {
      return averages.scores;
    },
  };
}
