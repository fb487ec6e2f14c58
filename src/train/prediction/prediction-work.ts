import { expectBoolean, expectObject, expectWhole, optionsOf } from '../../checks.ts';
import { GiveWay } from '../../engines/give-way.ts';
import { OptionError } from '../../errors.ts';
import { CarriedState, carriedShapes } from '../carried-state.ts';
import { checkExamples, type ExamplesLike, type InputsLike, readInputs } from '../examples/examples.ts';
import type { Scores } from '../history.ts';
import type { Loss } from '../losses/loss.ts';
import { lossOf } from '../losses/loss-by-head.ts';
import { headMetrics } from '../metrics/metrics.ts';
import { EVALUATE_OPTIONS, type EvaluateOptions, type PredictOptions } from '../model/model-options.ts';
import type { Network } from '../model/network.ts';
import { predictAll, score } from './evaluation.ts';
import { type MonteCarloOptions, predictMonteCarlo } from './monte-carlo.ts';
import { unnamed } from './read-predictions.ts';

/** The work of `Model.predict`, with its options checked before weights are taken. */
export function predictionWork(
  options: PredictOptions & { readonly returnState?: boolean },
  loss: Loss | null,
): (network: Network, x: InputsLike) => Promise<unknown> {
  const {
    lengths,
    signal,
    state,
    returnState = false,
  } = optionsOf('predict', options, { lengths: true, signal: true, state: true, returnState: true });
  expectBoolean('predict', 'returnState', returnState);
  const giveWay = new GiveWay('predict', signal);
  return async (network, x) => {
    const samples = readInputs('predict', x, lengths, network);
    if (state === undefined && !returnState) return unnamed(await predictAll(network, samples, loss, giveWay));
    const carried = new CarriedState('predict', carriedShapes('predict', network), samples.steps.length, state);
    const y = unnamed(await predictAll(network, samples, loss, giveWay, carried));
    return returnState ? { y, state: carried.tensors() } : y;
  };
}

/** The work of `Model.predictMC`, the same. */
export function monteCarloWork(
  options: MonteCarloOptions,
  loss: Loss | null,
): (network: Network, x: InputsLike) => Promise<unknown> {
  expectObject('predictMC', options);
  const { lengths, signal } = options;
  const giveWay = new GiveWay('predictMC', signal);
  return async (network, x) => {
    const samples = readInputs('predictMC', x, lengths, network);
    return unnamed(await predictMonteCarlo(network, samples, loss, options, giveWay));
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
  const {
    loss: told = trainedFor,
    lossWeights,
    metrics,
    signal,
    bptt,
  } = optionsOf('evaluate', options, EVALUATE_OPTIONS);
  if (!told)
    throw new OptionError('evaluate: a loss was expected, but the model was not trained with one; pass { loss }');
  const loss = lossOf('evaluate', told, lossWeights);
  const measured = headMetrics('evaluate', loss, metrics);
  if (bptt !== undefined) expectWhole('evaluate', 'bptt', bptt, 1);
  const giveWay = new GiveWay('evaluate', signal);
  const work = async (network: Network, examples: ExamplesLike): Promise<Scores> => {
    const checked = checkExamples(loss, network, examples);
    return score(network, checked, loss, measured, giveWay, bptt);
  };
  return { loss, work };
}
