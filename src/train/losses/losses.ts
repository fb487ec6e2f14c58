import { type AnyMaker, type Config, restoreBy } from '../../define.ts';
import { binaryCrossEntropy } from './binary-cross-entropy.ts';
import { huber } from './huber.ts';
import type { Loss } from './loss.ts';
import { lossByHead } from './loss-by-head.ts';
import { meanAbsoluteError } from './mean-absolute-error.ts';
import { meanSquaredError } from './mean-squared-error.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';

/** The losses of this package. */
export const LOSSES: readonly AnyMaker<Loss>[] = [
  softmaxCrossEntropy,
  binaryCrossEntropy,
  meanSquaredError,
  meanAbsoluteError,
  huber,
  lossByHead,
];

/**
 * The loss of a config; in files a name stands for one without options.
 * @param own a user's own losses
 * @throws ModelError when nobody knows it
 */
export function restoreLoss(config: unknown, own: readonly AnyMaker<Loss>[] = []): Loss {
  return restoreBy('loss', [...own, ...LOSSES], typeof config === 'string' ? { type: config } : config);
}

/** The config for a file: its name alone where that is all. */
export function writeLoss({ config }: Loss): Config | string {
  return Object.keys(config).length === 1 ? config.type : config;
}
