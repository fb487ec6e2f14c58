import { Tensor } from '../../../tensor/tensor.ts';
import type { ConfiguredStage } from '../../imported/file-model.ts';
import { complement } from '../../keras/momentum.ts';
import { type OnnxNode, wholeAttribute } from '../graph/graph.ts';
import { axesOf } from '../layers/constants.ts';
import { layerName, tensorsBehind } from '../layers/layer-name.ts';
import type { Chain, Flow } from './walked-chain.ts';

/** What ONNX adds to a variance, and how much of what was stays in running statistics, where nothing is said. */
const [EPSILON, MOMENTUM] = [1e-5, 0.9];

/** Those that any float32 keeps. */
const DECIMALS = 6;

/** LayerNormalization over units alone; undefined for another. */
export function layerNormalisation(chain: Chain, node: OnnxNode, flow: Flow): Flow | undefined {
  const { axes } = flow;
  const [axis] = axesOf([wholeAttribute(node, 'axis', -1)], axes.length) ?? [];
  const isOverUnits = axes.at(-1) === 'N' && axis === axes.length - 1;
  const config = { type: 'layerNorm', epsilon: numberOf(node, 'epsilon', EPSILON) };
  return isOverUnits ? normalised(chain, node, flow, config, ['weight', 'bias']) : undefined;
}

/** BatchNormalization by the statistics that it has, whose units are the axis behind the first; undefined for another. */
export function batchNormalisation(chain: Chain, node: OnnxNode, flow: Flow): Flow | undefined {
  const isOfUnits = flow.axes[1] === 'N' && wholeAttribute(node, 'spatial', 1) === 1;
  if (!isOfUnits || wholeAttribute(node, 'training_mode', 0) !== 0) return undefined;
  // A float32, of which the decimals that somebody wrote are meant.
  const momentum = complement(Number(numberOf(node, 'momentum', MOMENTUM).toPrecision(DECIMALS)));
  const config = { type: 'batchNorm', momentum, epsilon: numberOf(node, 'epsilon', EPSILON) };
  return normalised(chain, node, flow, config, ['weight', 'bias', 'running_mean', 'running_var']);
}

function numberOf({ attributes }: OnnxNode, name: string, usual: number): number {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : usual;
  return typeof value === 'number' ? value : Number.NaN;
}

/** @param names of its weights, which are inputs in this order; the second of them may be left out */
function normalised(
  { scope, constants, stages }: Chain,
  node: OnnxNode,
  { name, axes }: Flow,
  config: ConfiguredStage['config'],
  names: readonly string[],
): Flow | undefined {
  const [x, ...inputs] = node.inputs;
  const values = names.map((_, i) => constants.valueOf(scope, inputs[i]));
  const [size = 0] = values[0]?.shape ?? [];
  const weights: Record<string, Tensor> = {};
  for (const [i, weight] of names.entries()) {
    const value =
      values[i] ?? (weight === 'bias' && !inputs[i] ? new Tensor(new Float32Array(size), [size]) : undefined);
    if (value?.shape.length !== 1 || value.shape[0] !== size) return undefined;
    weights[weight] = value;
  }
  const isKnown = x === name && Object.values(config).every((value) => typeof value === 'string' || isShare(value));
  if (!isKnown || node.outputs.slice(1).some((output) => output !== '')) return undefined;
  stages.push({ kind: 'configured', name: layerName(node, tensorsBehind(scope, node)), config, weights });
  return { name: node.outputs[0] ?? '', axes };
}

/** As both layers take them. */
function isShare(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value < 1;
}
