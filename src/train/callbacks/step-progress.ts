import type { CheckedExamples } from '../examples/examples.ts';
import type { Averages } from '../history.ts';
import type { StepProgress } from './callback.ts';

/** What callbacks are told of an update. */
export function stepProgress(
  at: Omit<StepProgress, 'scores' | 'samples' | 'timesteps'>,
  { steps }: Pick<CheckedExamples, 'steps'>,
  averages: Averages,
): StepProgress {
  return {
    ...at,
    samples: steps.length,
    timesteps: steps.reduce((sum, one) => sum + one, 0),
    // Worked out for those who ask: a metric may have much to count.
    get scores() {
      return averages.scores;
    },
  };
}
