import { type AnyMaker, expectComesBack, expectMade, expectOneMakerEach, restoreBy } from '../define.ts';
import { attention } from './attention/attention.ts';
import { concatenate } from './combinators/concatenate.ts';
import { frozen } from './combinators/frozen.ts';
import { heads } from './combinators/heads.ts';
import { inputs } from './combinators/inputs.ts';
import { highway } from './combinators/skip/highway.ts';
import { residual } from './combinators/skip/residual.ts';
import { timeDistributed } from './combinators/time-distributed.ts';
import { conv1d } from './convolution/conv1d.ts';
import { conv2d } from './convolution/conv2d.ts';
import { maxPool2d } from './convolution/max-pool2d.ts';
import { averagePool1d, maxPool1d } from './convolution/pool1d.ts';
import { dense } from './dense/dense.ts';
import { dropout } from './dropout/dropout.ts';
import { embedding } from './embedding/embedding.ts';
import type { Layer } from './layer.ts';
import { batchNorm } from './normalisation/batch-norm.ts';
import { layerNorm } from './normalisation/layer-norm.ts';
import { allSteps } from './pooling/all-steps.ts';
import { pooling } from './pooling/pooling.ts';
import { bidirectional, gru, lstm, rnn } from './recurrent/recurrent-layers.ts';
import { flatten } from './shapes/flatten.ts';
import { reshape } from './shapes/reshape.ts';
import { adaptiveSoftmax } from './softmax/adaptive-softmax.ts';
import { sampledSoftmax } from './softmax/sampled-softmax.ts';
import { encoderDecoder } from './sequences/encoder-decoder.ts';
import { lastStates } from './steps/last-states.ts';
import { repeatVector } from './steps/repeat-vector.ts';
import { reverse } from './steps/reverse.ts';

/** Every type of layer that models can have, but for a user's own: restoring, docs and tests read it. */
export const LAYERS: readonly AnyMaker<Layer>[] = [
  embedding,
  lstm,
  gru,
  rnn,
  bidirectional,
  pooling,
  dropout,
  dense,
  layerNorm,
  batchNorm,
  allSteps,
  frozen,
  conv1d,
  maxPool1d,
  averagePool1d,
  conv2d,
  maxPool2d,
  reshape,
  flatten,
  reverse,
  repeatVector,
  lastStates,
  residual,
  highway,
  concatenate,
  heads,
  inputs,
  timeDistributed,
  attention,
  sampledSoftmax,
  adaptiveSoftmax,
  encoderDecoder,
];

/**
 * The layer that a config describes. Makers check their own options, so a config from a file is as safe as a call.
 * @param own types of layers of a user's own
 * @throws ModelError or another typed error when it describes none
 */
export function restoreLayer(config: unknown, own: readonly AnyMaker<Layer>[] = []): Layer {
  return restoreBy('layer', [...own, ...LAYERS], config);
}

/**
 * @throws ModelError for layers that nobody could load: one that was put together by hand, or is not what comes of its config, and
 *   types of the same name by two makers
 */
export function expectSavableLayers(who: string, layers: readonly Layer[]): void {
  for (const layer of layers) {
    expectMade(who, 'layer', layer, LAYERS);
    expectComesBack(who, 'layer', layer, restoreLayer);
  }
  expectOneMakerEach(who, 'layer', layers);
}
