import { show } from '../../../errors.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { ImportedRecurrent, RecurrentFacts } from '../../imported/imported-layer.ts';
import { importedRecurrent } from '../../imported/recurrent-from-facts.ts';
import { Refusal } from '../../imported/refusal.ts';
import { GATE_ORDER, laneWeights } from './gate-layout.ts';
import type { KerasLayer, KerasWeights } from './keras-layer.ts';
import type { RecurrentConfig, RecurrentLayerConfig } from './recurrent-config.ts';

/**
 * A recurrent layer of Keras with its weights.
 * @throws Refusal when it cannot be had exactly
 */
export function recurrentLayer(
  { name }: KerasLayer,
  { forward, backward }: RecurrentLayerConfig,
  { tensors }: KerasWeights,
): ImportedRecurrent {
  if (backward) expectAlike(forward, backward);
  const perLane = tensors.length / (backward ? 2 : 1);
  const there = laneWeights(forward, tensors.slice(0, backward ? Math.ceil(perLane) : undefined));
  const back = backward && laneWeights(backward, tensors.slice(Math.ceil(perLane)));
  if (back && back.inputSize !== there.inputSize) {
    throw new Refusal(
      'one input for both directions',
      `${there.inputSize} and ${back.inputSize}`,
      'save the model again',
    );
  }
  const named = (weights: object, suffix: string): (readonly [string, Tensor])[] =>
    Object.entries(weights).map(([weight, value]) => [weight + suffix, value] as const);
  const weights = Object.fromEntries([...named(there.weights, '_l0'), ...named(back?.weights ?? {}, '_l0_reverse')]);
  const facts = factsOf(forward, there.inputSize, backward !== undefined);
  const laidOut = there.cudnn ? ['its weights were laid out for cuDNN (CuDNNLSTM, CuDNNGRU)'] : [];
  return importedRecurrent(name, facts, weights, [...forward.notes, ...laidOut]);
}

function factsOf(config: RecurrentConfig, inputSize: number, bidirectional: boolean): RecurrentFacts {
  const { cell, units, resetAfter, activation, recurrentActivation, bias, scheme, returnSequences } = config;
  return {
    cell,
    ...(cell === 'gru' ? { resetAfter } : {}),
    activation,
    ...(recurrentActivation === undefined ? {} : { recurrentActivation }),
    inputSize,
    hiddenSize: units,
    layers: 1,
    bidirectional,
    bias,
    ...(Array.isArray(scheme) && scheme.length === 0 ? {} : { scheme }),
    returnSequences,
    gateOrder: GATE_ORDER[cell],
    ...(bidirectional ? { mergeMode: 'concat' as const } : {}),
  };
}

/** Both directions are one layer here. */
function expectAlike(forward: RecurrentConfig, backward: RecurrentConfig): void {
  for (const fact of [
    'cell',
    'units',
    'resetAfter',
    'activation',
    'recurrentActivation',
    'bias',
    'returnSequences',
    'scheme',
  ] as const) {
    if (JSON.stringify(forward[fact]) === JSON.stringify(backward[fact])) continue;
    throw new Refusal(
      'both directions alike',
      `${fact} ${show(forward[fact])} and ${show(backward[fact])}`,
      'import each of them from a model of its own',
    );
  }
}
