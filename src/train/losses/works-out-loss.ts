import type { Layer } from '../../layers/layer.ts';
import type { RunOptions } from '../fit-options.ts';
import { isCrossEntropy } from './softmax-cross-entropy.ts';

type Told = Pick<RunOptions, 'loss' | 'fraternal'>;

/** Whether the last layer gives the loss itself, from some of its classes: see `Layer.crossEntropy`. Fraternal dropout compares all outputs. */
export function worksOutLoss(layers: readonly Layer[], { loss, fraternal }: Told): boolean {
  return layers.at(-1)?.crossEntropy !== undefined && isCrossEntropy(loss) && !fraternal;
}

/** Of layers that would, and go through all classes. */
export function fullSoftmaxWarnings(layers: readonly Layer[], told: Told): string[] {
  if (worksOutLoss(layers, told)) return [];
  return layers.flatMap(({ crossEntropy, config }) =>
    crossEntropy
      ? [
          `${config.type}: it goes through all classes in training, as it spares some only as the last layer, by softmaxCrossEntropy() without labelSmoothing, and without fraternal dropout`,
        ]
      : [],
  );
}
