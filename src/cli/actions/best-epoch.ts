import type { Callback } from '../../train/callbacks/callback.ts';
import { earlyStopping } from '../../train/callbacks/early-stopping.ts';
import type { Epoch } from '../../train/history.ts';

/**
 * Early stopping by a metric. By accuracy it is by how many texts are right; of epochs with as many the one with the lowest loss
 * is the best, since of few texts many epochs have as many.
 * @param texts how many there are to validate on
 */
export function bestEpoch(metric: string, patience: number, restoreBest: boolean, texts: number): Callback {
  if (metric !== 'accuracy') return earlyStopping({ monitor: `validation.${metric}`, patience, restoreBest });
  const stopping = earlyStopping({ monitor: 'validation.rank', mode: 'max', patience, restoreBest });
  const ranked = (epoch: Epoch): Epoch => {
    const { accuracy = 0, loss } = Object(epoch.validation);
    return { ...epoch, validation: { loss, rank: Math.round(accuracy * texts) + 1 / (2 + loss) } };
  };
  return {
    ...stopping,
    onBegin: (begin) => stopping.onBegin?.({ ...begin, scores: [...begin.scores, 'rank'] }),
    onEpoch: (epoch, run) => stopping.onEpoch?.(ranked(epoch), run),
  };
}
