import type { Handle, Ops } from '../../engines/ops.ts';
import { ModelError } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import { rowSize, type Signature, type Signatures } from '../../layers/signature.ts';
import type { WeightSpec } from '../../layers/weight-spec.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { HeadLoss, Loss } from '../losses/loss.ts';
import { headLoss, headsOf } from '../losses/loss-by-head.ts';
import { type FlowSignatures, flowThrough, type Progress, weightSpecs } from '../pass.ts';
import { readLearnedRates } from './read-learned-dropout-rates.ts';
import type { WeightsLease } from './session.ts';

/** Layers for some input, as a loss wants them, and what is known of them without an engine. */
export interface Architecture {
  readonly layers: readonly Layer[];
  /** By name: `x` alone for most models. */
  readonly inputs: Signatures;
  /** By name: `y` alone for most models. */
  readonly outputs: Signatures;
  /** What goes into each layer, and what it hands on. */
  readonly flows: FlowSignatures;
  /** By path: `0.weight`. */
  readonly specs: Readonly<Record<string, WeightSpec>>;
}

/** Everything that a pass over data needs: layers, and their weights on an engine. */
export interface Network extends Architecture {
  readonly ops: Ops;
  /** By path: `0.weight`. */
  readonly weights: Readonly<Record<string, Handle>>;
  readonly progress: Progress;
}

/** @throws ModelError when a layer cannot stand where it stands, or the loss cannot work with the last one */
export function architectureOf(layers: readonly Layer[], inputs: Signatures, loss: Loss | null): Architecture {
  const { end } = flowThrough(layers, inputs);
  const heads = loss ? headsOf(loss, end) : [];
  const fitted = loss ? layersFor(loss, layers, Object.keys(end)) : layers;
  const flows = flowThrough(fitted, inputs);
  for (const { name } of heads) {
    const { link, config } = (headLoss(loss as Loss, name) as HeadLoss).loss;
    const units = rowSize('model', flows.end[name] as Signature);
    if (link !== 'softmax' || units >= 2) continue;
    throw new ModelError(
      `${config.type}: at least 2 units in the last layer were expected, one a class, but it has ${units}; use binaryCrossEntropy() for one`,
    );
  }
  return { layers: fitted, inputs, outputs: flows.end, flows, specs: weightSpecs(fitted, inputs) };
}

/**
 * The layers as a loss wants them. A loss for classes takes linear outputs and applies its own softmax or sigmoid, so
 * the same activation at the end is left to it.
 * @param outputs the names of those of the last layer
 * @throws ModelError when the last activation is not what the loss can work with
 */
export function layersFor(loss: Loss, layers: readonly Layer[], outputs: readonly string[]): readonly Layer[] {
  let last = layers.at(-1) as Layer;
  for (const output of outputs) {
    const end = last.activations?.[output] ?? (output === 'y' ? last.activation : undefined);
    const { link, config } = headLoss(loss, output)?.loss ?? loss;
    if (link === 'linear' || !end) continue;
    if (end.name !== link) {
      throw new ModelError(
        `${config.type}: a last layer that is linear or ends in ${link} was expected, but it ends in ${end.name}`,
      );
    }
    last = end.linear;
  }
  return [...layers.slice(0, -1), last];
}

/** @param held the weights that it is to have, which stay as long as they are held */
export async function networkOf(
  architecture: Architecture,
  { ops, weights, updates }: Pick<WeightsLease, 'ops' | 'weights' | 'updates'>,
): Promise<Network> {
  const learned = await readLearnedRates(ops, weights, architecture.specs);
  return { ...architecture, ops, weights, progress: { updates, learned } };
}

/** Weights as numbers of the host. */
export async function readTensors(
  ops: Ops,
  handles: Readonly<Record<string, Handle>>,
): Promise<Record<string, Tensor>> {
  const read = Object.entries(handles).map(
    async ([path, handle]) => [path, new Tensor(await ops.read(handle), handle.shape)] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}
