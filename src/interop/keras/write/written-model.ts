/** The layers of a model as Keras has them, and as TensorFlow.js has them, whose configs and weights are Keras'. */
import { show } from '../../../errors.ts';
import type { Layer } from '../../../layers/layer.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { ModelParts } from '../../exported/model-parts.ts';
import { complement, OTHER_VARIANCE } from '../momentum.ts';
import { float32, transposed } from './gate-blocks.ts';
import { recurrentLayers } from './written-recurrent.ts';
import { windowsOf } from './written-windows.ts';
import {
  activationIn,
  type KerasDialect,
  type WrittenLayer,
  type WrittenModel,
  noteDropout,
  refused,
  type Writing,
} from './writing.ts';

/** @throws ModelError for a layer that cannot be had exactly, by its place and the reason */
export function writtenModel(
  { configs, frozen, weights, input, link }: ModelParts,
  dialect: KerasDialect,
): WrittenModel {
  const notes: string[] = [];
  const counts = new Map<string, number>();
  const writing: Writing = {
    dialect,
    notes,
    nameOf(className) {
      const name = snakeCase(className);
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      return count === 0 ? name : `${name}_${count}`;
    },
    weight: (path) => float32(weights.get(path) as Tensor),
  };
  const shape = inputOf(configs, weights, input);
  const isOverTime = input ? input.over === 'time' : shape.length > 1 || configs[0]?.type === 'embedding';
  const flow: Flow = { over: isOverTime ? 'time' : 'batch', masked: false, axes: input?.shape.length ?? 1 };
  const layers = configs.flatMap((config, i) => {
    const made = layersOf(writing, config, i, flow, { before: configs[i - 1], behind: configs[i + 1] });
    return frozen.has(i) ? made.map(untrained) : made;
  });
  if (link !== 'linear') {
    layers.push(...plain(writing, 'Activation', { activation: activationIn(dialect, 'the loss', link) }));
    notes.push(
      `${link} is a layer of its own at the end: predictions have it, as the model was trained with a loss that applies it`,
    );
  }
  if ([...weights.values()].some(isWide)) {
    notes.push('numbers are rounded to float32, in which the other program has them');
  }
  return { layers, input: { shape, dtype: configs[0]?.type === 'embedding' ? 'int32' : 'float32' }, notes };
}

/** What is between two layers. */
interface Flow {
  over: 'time' | 'batch';
  /** Whether some steps are padding. */
  masked: boolean;
  /** How many axes an entry has: 1 of a row, 3 of an image. */
  axes: number;
}

/** The layers next to one, which some are written together with. */
interface Neighbours {
  readonly before: Layer['config'] | undefined;
  readonly behind: Layer['config'] | undefined;
}

function layersOf(
  writing: Writing,
  config: Layer['config'],
  i: number,
  flow: Flow,
  { before, behind }: Neighbours,
): WrittenLayer[] {
  const who = `layer ${i} (${config.type})`;
  switch (config.type) {
    case 'embedding':
      return embedding(writing, config, i, flow);
    case 'timeDistributed':
      // On a sequence Dense is applied at each step.
      return denseLayer(writing, who, i, innerDense(who, config));
    case 'dense':
      return denseLayer(writing, who, i, config);
    case 'dropout':
      return dropoutLayer(writing, who, config, flow);
    case 'layerNorm':
    case 'batchNorm':
      return normalisationLayer(writing, who, i, config);
    case 'pooling':
      // The recurrent layer before it hands on its last step alone.
      return before && isLastStep(before, config) ? [] : poolingLayer(writing, who, config, flow);
    case 'conv1d':
    case 'maxPool1d':
    case 'averagePool1d':
    case 'conv2d':
    case 'maxPool2d':
      if (flow.masked) throw refused(who, 'steps that all count', 'padding', 'there windows lie over padding as well');
      return plain(writing, ...windowsOf(writing, who, i, config));
    case 'reshape':
      flow.axes = (config.shape as readonly number[]).length;
      return plain(writing, 'Reshape', { target_shape: config.shape });
    case 'flatten':
      // TensorFlow.js takes no row there.
      if (flow.axes === 1) return [];
      flow.axes = 1;
      return plain(writing, 'Flatten', { data_format: 'channels_last' });
    case 'repeatVector':
      flow.over = 'time';
      flow.masked = false;
      return plain(writing, 'RepeatVector', { n: config.n });
    case 'reverse':
      return turnedRound(writing, who, behind);
    case 'lstm':
    case 'gru':
    case 'rnn':
    case 'bidirectional':
      return recurrent(writing, config, i, flow, { before, behind });
    default:
      throw refused(
        who,
        'a layer that Keras and TensorFlow.js have',
        config.type,
        "save the model, or export its weights to 'safetensors'",
      );
  }
}

/** @throws ModelError for another layer inside */
function innerDense(who: string, { layer }: Layer['config']): Layer['config'] {
  const inner = layer as Layer['config'];
  if (inner.type === 'dense') return inner;
  throw refused(who, 'timeDistributed(dense())', `timeDistributed(${inner.type}())`, 'save the model');
}

function denseLayer(writing: Writing, who: string, i: number, config: Layer['config']): WrittenLayer[] {
  const weights = [
    ['kernel', transposed(writing.weight(`${i}.weight`), [0])] as const,
    ['bias', writing.weight(`${i}.bias`)] as const,
  ];
  const activation = activationIn(writing.dialect, who, config.activation);
  return plain(writing, 'Dense', { units: config.units, activation, use_bias: true }, weights);
}

function dropoutLayer(writing: Writing, who: string, config: Layer['config'], flow: Flow): WrittenLayer[] {
  const { rate, scope, distribution = 'bernoulli', spatial = false } = config;
  // TensorFlow.js drops no channels of images.
  const isThere = typeof rate === 'number' && distribution === 'bernoulli' && !(spatial && writing.dialect === 'tfjs');
  if (!isThere) {
    noteDropout(writing, who, { type: config.type, dropout: [config] });
    return [];
  }
  if (spatial) return plain(writing, 'SpatialDropout2D', { rate, data_format: 'channels_last' });
  return plain(writing, scope === 'sequence' && flow.over === 'time' ? 'SpatialDropout1D' : 'Dropout', { rate });
}

function embedding(writing: Writing, config: Layer['config'], i: number, flow: Flow): WrittenLayer[] {
  const who = `layer ${i} (${config.type})`;
  const { vocabulary, units, padding } = config;
  if (padding !== undefined && padding !== 0)
    throw refused(who, 'padding of id 0', show(padding), 'number the ids anew');
  flow.masked = padding === 0;
  noteDropout(writing, who, config);
  const weights = [['embeddings', writing.weight(`${i}.weight`)] as const];
  return plain(writing, 'Embedding', { input_dim: vocabulary, output_dim: units, mask_zero: flow.masked }, weights);
}

/** Nothing: the layer behind it is written so. @throws ModelError where that cannot be */
function turnedRound({ notes }: Writing, who: string, behind: Neighbours['behind']): WrittenLayer[] {
  if (!behind || !ONE_WAY.has(behind.type)) {
    const came = behind?.type ?? 'nothing';
    throw refused(who, 'a recurrent layer of one direction behind it', came, 'save the model');
  }
  notes.push(`${who}: the layer behind it reads backwards there (go_backwards), and there is none of its own`);
  return [];
}

function recurrent(
  writing: Writing,
  config: Layer['config'],
  i: number,
  flow: Flow,
  { before, behind }: Neighbours,
): WrittenLayer[] {
  const who = `layer ${i} (${config.type})`;
  const isLast = behind !== undefined && isLastStep(config, behind);
  const shown = isLast ? Object.assign({}, config, { returnSequences: false }) : config;
  const goBackwards = before?.type === 'reverse';
  const made = recurrentLayers(writing, who, i, shown, goBackwards);
  const { returnSequences } = (shown.layer ?? shown) as Layer['config'];
  const handsOnMask = flow.masked && (made.length > 1 || returnSequences === true);
  if (handsOnMask && goBackwards) {
    const advice = 'the other program turns padding round, and not its mask';
    throw refused(who, 'steps that all count behind reverse()', 'padding', advice);
  }
  if (handsOnMask && writing.dialect === 'keras') {
    writing.notes.push(
      `${who}: from Keras 3.16 on the mask of padding goes no further than the first recurrent layer, so that padded samples come out otherwise there`,
    );
  }
  if (!returnSequences) flow.over = 'batch';
  return made;
}

const ONE_WAY = new Set(['lstm', 'gru', 'rnn']);

/** Whether of all steps of a recurrent layer the last alone is taken: what it hands on by itself. In both directions each has a last one of its own. */
function isLastStep(config: Layer['config'], behind: Layer['config']): boolean {
  return (
    ONE_WAY.has(config.type) && config.returnSequences === true && behind.type === 'pooling' && behind.over === 'last'
  );
}

/** Over units alone, which is the last axis there too. */
function normalisationLayer(writing: Writing, who: string, i: number, config: Layer['config']): WrittenLayer[] {
  const isBatch = config.type === 'batchNorm';
  const options = { axis: -1, epsilon: config.epsilon, center: true, scale: true };
  const names = [
    ['gamma', 'weight'],
    ['beta', 'bias'],
    ...(isBatch
      ? [
          ['moving_mean', 'running_mean'],
          ['moving_variance', 'running_var'],
        ]
      : []),
  ] as const;
  const weights = names.map(([there, here]) => [there as string, writing.weight(`${i}.${here}`)] as const);
  if (!isBatch) return plain(writing, 'LayerNormalization', options, weights);
  writing.notes.push(`${who}: ${OTHER_VARIANCE}`);
  const momentum = complement(config.momentum as number);
  return plain(writing, 'BatchNormalization', Object.assign({ momentum }, options), weights);
}

function poolingLayer(writing: Writing, who: string, { over }: Layer['config'], flow: Flow): WrittenLayer[] {
  const className = { mean: 'GlobalAveragePooling1D', max: 'GlobalMaxPooling1D' }[String(over)];
  if (className === undefined) {
    const advice = 'put it behind a recurrent layer of one direction, or leave returnSequences out there';
    throw refused(who, 'a mean or a maximum over steps', show(over), advice);
  }
  if (flow.masked) {
    throw refused(who, 'steps that all count', 'padding', 'what becomes of it there depends on the version');
  }
  flow.over = 'batch';
  return plain(writing, className, {});
}

/** With all that it wraps. */
function untrained(layer: WrittenLayer): WrittenLayer {
  const config = Object.assign({}, layer.config, { trainable: false });
  return layer.inside
    ? Object.assign({}, layer, { config, inside: untrained(layer.inside) })
    : Object.assign({}, layer, { config });
}

/** A layer that is no stack: itself, as a list. */
function plain(
  { nameOf }: Writing,
  className: string,
  options: Readonly<Record<string, unknown>>,
  weights: WrittenLayer['weights'] = [],
): WrittenLayer[] {
  const name = nameOf(className);
  return [{ className, name, config: Object.assign({ name, dtype: 'float32' }, options), weights }];
}

/** As Keras makes names of classes: `simple_rnn`, `spatial_dropout1d`. */
function snakeCase(className: string): string {
  return className
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** The shape of a sample: what the model says, or what its first layer tells. */
function inputOf(
  configs: ModelParts['configs'],
  weights: ModelParts['weights'],
  input: ModelParts['input'],
): readonly (number | null)[] {
  if (input) return [...(input.over === 'time' ? [null] : []), ...input.shape];
  const [first] = configs;
  if (first?.type === 'embedding') return [null];
  const width = (weights.get('0.weight') ?? weights.get('0.weight_ih_l0'))?.shape[1];
  if (width === undefined) {
    const who = `layer 0 (${first?.type})`;
    throw refused(
      who,
      'one input, which the model or its weights tell,',
      'another',
      "pass what sequential() gives, or export its weights to 'safetensors'",
    );
  }
  return first?.type === 'dense' ? [width] : [null, width];
}

/** Numbers that float32 does not hold. */
function isWide({ data }: Tensor): boolean {
  return (
    data instanceof Float64Array && data.some((value) => !Object.is(Math.fround(value), value) && !Number.isNaN(value))
  );
}
