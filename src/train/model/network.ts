import type { Handle, Ops } from '../../engines/ops.ts';
import { ModelError } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import { rowSize, type Signature } from '../../layers/signature.ts';
import type { WeightSpec } from '../../layers/weight-spec.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { Loss } from '../losses/loss.ts';
import { flowThrough, type Progress, weightSpecs } from '../pass.ts';
import { readLearnedRates } from './read-learned-dropout-rates.ts';
import type { WeightsLease } from './session.ts';

/** Layers for some input, as a loss wants them, and what is known of them without an engine. */
export interface Architecture {
  readonly layers: readonly Layer[];
  readonly input: Signature;
  readonly output: Signature;
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
export function architectureOf(layers: readonly Layer[], input: Signature, loss: Loss | null): Architecture {
  const fitted = loss ? layersFor(loss, layers) : layers;
  const { output } = flowThrough(fitted, input);
  if (loss?.link === 'softmax' && rowSize('model', output) < 2) {
    throw new ModelError(
      `${loss.config.type}: at least 2 units in the last layer were expected, one a class, but it has ${rowSize('model', output)}; use binaryCrossEntropy() for one`,
    );
  }
  return { layers: fitted, input, output, specs: weightSpecs(fitted, input) };
}

/**
 * The layers as a loss wants them. A loss for classes takes linear outputs and applies its own softmax or sigmoid, so
 * the same activation at the end is left to it.
 * @throws ModelError when the last activation is not what the loss can work with
 */
export function layersFor(loss: Loss, layers: readonly Layer[]): readonly Layer[] {
  const end = layers.at(-1)?.activation;
  if (loss.link === 'linear' || !end) return layers;
  if (end.name !== loss.link) {
    throw new ModelError(
      `${loss.config.type}: a last layer that is linear or ends in ${loss.link} was expected, but it ends in ${end.name}`,
    );
  }
  return [...layers.slice(0, -1), end.linear];
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
