import { expectBoolean, expectWhole, optionsOf } from '../../checks.ts';
import { GiveWay } from '../../engines/give-way.ts';
import { OptionError } from '../../errors.ts';
import type { Nested } from '../../tensor/tensor.ts';
import { CarriedState, carriedShapes, type ModelState } from '../carried-state.ts';
import { checkExamples, type ExamplesLike } from '../examples/examples.ts';
import { readSamples, type Samples } from '../examples/samples.ts';
import type { Scores } from '../history.ts';
import { expectLoss, type Loss } from '../losses/loss.ts';
import { defaultMetrics, metricsOf } from '../metrics/metrics.ts';
import { EVALUATE_OPTIONS, type EvaluateOptions, type PredictOptions } from '../model/model-options.ts';
import type { Network } from '../model/network.ts';
import { predictAll, score } from './evaluation.ts';

/** What `predict` gives with `returnState: true`. */
export interface PredictionsAndState<P extends Nested[] = Nested[]> {
  /** One prediction a sample, as without. */
  readonly y: P;
  /** What the layers carry after the last valid step of each sample. */
  readonly state: ModelState;
}

/** The work of `Model.predict`, with its options checked before weights are taken. */
export function predictionWork(
  options: PredictOptions & { readonly returnState?: boolean },
  link: Loss['link'],
): (network: Network, x: Samples) => Promise<unknown> {
  const {
    lengths,
    signal,
    state,
    returnState = false,
  } = optionsOf('predict', options, { lengths: true, signal: true, state: true, returnState: true });
  expectBoolean('predict', 'returnState', returnState);
  const giveWay = new GiveWay('predict', signal);
  return async (network, x) => {
    const samples = readSamples('predict', x, lengths, network);
    if (state === undefined && !returnState) return predictAll(network, samples, link, giveWay);
    const carried = new CarriedState('predict', carriedShapes('predict', network), samples.length, state);
    const y = await predictAll(network, samples, link, giveWay, carried);
    return returnState ? { y, state: carried.tensors() } : y;
  };
}

/**
 * The work of `Model.evaluate`, the same.
 * @param trainedFor the loss where none is told
 */
export function evaluationWork(
  options: EvaluateOptions,
  trainedFor: Loss | null,
): { readonly loss: Loss; readonly work: (network: Network, examples: ExamplesLike) => Promise<Scores> } {
  const { loss = trainedFor, metrics, signal, bptt } = optionsOf('evaluate', options, EVALUATE_OPTIONS);
  if (!loss)
    throw new OptionError('evaluate: a loss was expected, but the model was not trained with one; pass { loss }');
  expectLoss('evaluate', loss);
  const measured = metrics === undefined ? defaultMetrics(loss) : metricsOf('evaluate', metrics);
  if (bptt !== undefined) expectWhole('evaluate', 'bptt', bptt, 1);
  const giveWay = new GiveWay('evaluate', signal);
  const work = async (network: Network, examples: ExamplesLike): Promise<Scores> => {
    const checked = checkExamples(loss, network, examples);
    return score(network, checked, loss, measured, giveWay, bptt);
  };
  return { loss, work };
}
