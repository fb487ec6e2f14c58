/** From the stages that a file tells of to the layers of a model, with their weights. */
import { ModelError, show } from '../../errors.ts';
import type { ConfiguredStage, FileModel, RecurrentStage, Stage } from '../../interop/imported/file-model.ts';
import { frozen } from '../../layers/combinators/frozen.ts';
import { type ActivationName, isActivationName } from '../../layers/dense/activation.ts';
import { withoutBorrowed } from '../../layers/chain/borrowed-weights.ts';
import { dense } from '../../layers/dense/dense.ts';
import { dropout } from '../../layers/dropout/dropout.ts';
import { embedding } from '../../layers/embedding/embedding.ts';
import type { Layer } from '../../layers/layer.ts';
import { flatten } from '../../layers/shapes/flatten.ts';
import { allSteps } from '../../layers/pooling/all-steps.ts';
import { pooling } from '../../layers/pooling/pooling.ts';
import { bidirectional, gru, lstm, rnn } from '../../layers/recurrent/recurrent-layers.ts';
import { reverse } from '../../layers/steps/reverse.ts';
import { restoreLayer } from '../../layers/restore.ts';
import type { SignatureLike } from '../../layers/signature.ts';
import { sizeOf, type Tensor } from '../../tensor/tensor.ts';

/** The layers of a model, and what they have. */
export interface StagedLayers {
  readonly layers: readonly Layer[];
  /** By path: `0.weight`. */
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly input: SignatureLike;
  /** What somebody who uses the model should know, a line each. */
  readonly notes: readonly string[];
}

/** Where Keras' mask ends: with the model, as until Keras 3.15, or behind the first recurrent layer, as from 3.16 on. */
export type MaskingRule = 'keras-3.15' | 'keras-3.16';

const RECURRENT = { lstm, gru, rnn } as const;

/** What stands at a place of the chain, while it is made: what flows there, and what was made so far. */
interface Growing {
  readonly made: { readonly layer: Layer; readonly weights: Readonly<Record<string, Tensor>> }[];
  /** 'images' are entries of several axes. */
  flows: 'ids' | 'sequence' | 'vector' | 'images';
  /** Whether steps are left out by Keras' mask up to here. */
  masked: boolean;
  readonly endsEarly: boolean;
}

/** @throws ModelError for a stage that no layer does, by its name */
export function stagedLayers({ stages, overTime, input: said }: FileModel, masking: MaskingRule): StagedLayers {
  const merged = withActivations(stages);
  if (merged.length === 0)
    throw new ModelError('importModel: layers were expected, but there are none; save the model again');
  const growing: Growing = {
    made: [],
    flows: beginning(merged, overTime),
    masked: false,
    endsEarly: masking === 'keras-3.16' && masksGoOn(merged),
  };
  const input = said ?? inputOf(merged, growing.flows);
  for (const stage of merged) add(growing, stage);
  return {
    layers: growing.made.map(({ layer }) => layer),
    weights: Object.fromEntries(
      growing.made.flatMap(({ weights }, i) =>
        Object.entries(weights).map(([name, value]) => [`${i}.${name}`, value] as const),
      ),
    ),
    input,
    notes: masksGoOn(merged) ? [NOTES[masking]] : [],
  };
}

const NOTES: Readonly<Record<MaskingRule, string>> = {
  'keras-3.15':
    "padding is no step in any layer, as in Keras until 3.15; from 3.16 on its mask ends behind the first recurrent layer: { masking: 'keras-3.16' }",
  'keras-3.16':
    'padding is no step up to the first recurrent layer, as in Keras from 3.16 on: pad all samples to the length that they have there',
};

/** Whether a mask of ids reaches a layer behind the first recurrent one, which both rules see differently. */
function masksGoOn(stages: readonly Stage[]): boolean {
  const first = stages.findIndex(({ kind }) => kind === 'recurrent');
  const stage = stages[first];
  const isMasked = stages.some(
    ({ kind, ...rest }) => kind === 'embedding' && 'layer' in rest && 'padding' in rest.layer.facts,
  );
  return isMasked && stage?.kind === 'recurrent' && stage.returnSequences && first < stages.length - 1;
}

/** Types of layers with an activation at their end. */
const ACTIVATED: ReadonlySet<unknown> = new Set(['dense', 'conv1d', 'conv2d']);

/** A function by itself is one with the Dense, or the convolution, before it. */
function withActivations(stages: readonly Stage[]): readonly Stage[] {
  const merged: Stage[] = [];
  for (const stage of stages) {
    const last = merged.at(-1);
    if (stage.kind !== 'activation') merged.push(stage);
    else if (last?.kind === 'dense' && last.activation === 'linear') {
      merged[merged.length - 1] = { ...last, activation: stage.activation };
    } else if (last?.kind === 'configured' && isLinear(last.config)) {
      merged[merged.length - 1] = { ...last, config: activated(last.config, stage.activation) };
    } else if (stage.activation !== 'linear') {
      throw refused(stage.name, 'a Dense layer before an activation', 'another one', 'apply it in the layer before');
    }
  }
  return merged;
}

type Config = ConfiguredStage['config'];

function isLinear(config: Config): boolean {
  if (config.type === 'frozen') return isLinear(config.layer as Config);
  return ACTIVATED.has(config.type) && config.activation === 'linear';
}

function activated(config: Config, activation: string): Config {
  return config.type === 'frozen'
    ? { ...config, layer: activated(config.layer as Config, activation) }
    : { ...config, activation };
}

/** What goes in. Where the file does not say it: steps, if anything needs them before they are gone. */
function beginning(stages: readonly Stage[], isOverTime: boolean | undefined): Growing['flows'] {
  if (stages[0]?.kind === 'embedding') return 'ids';
  const needsSteps = (stage: Stage): boolean =>
    ['recurrent', 'pooling'].includes(stage.kind) || (stage.kind === 'configured' && OVER_STEPS.has(stage.config.type));
  return (isOverTime ?? stages.some(needsSteps)) ? 'sequence' : 'vector';
}

/** Types of layers whose windows lie over steps, and over images. */
const OVER_STEPS: ReadonlySet<unknown> = new Set(['conv1d', 'maxPool1d', 'averagePool1d']);
const OVER_IMAGES: ReadonlySet<unknown> = new Set(['conv2d', 'maxPool2d']);

function inputOf(stages: readonly Stage[], flows: Growing['flows']): SignatureLike {
  for (const stage of stages) {
    if (stage.kind === 'embedding') return { kind: 'tokens', vocabulary: stage.layer.facts.vocabulary };
    if (stage.kind === 'configured') {
      // The entries of its output are those of its input.
      const reshaped = stage.config.type === 'reshape' ? sizeOf(stage.config.shape as readonly number[]) : undefined;
      const size = reshaped ?? Object.values(stage.weights)[0]?.shape.at(-1);
      if (size === undefined) continue;
      return { kind: flows === 'vector' ? 'vector' : 'sequence', size };
    }
    if (stage.kind !== 'recurrent' && stage.kind !== 'dense') continue;
    return { kind: flows === 'vector' ? 'vector' : 'sequence', size: stage.layer.facts.inputSize };
  }
  throw new ModelError('importModel: a layer with weights was expected, but none came; save the model again');
}

function add(growing: Growing, stage: Stage): void {
  switch (stage.kind) {
    case 'embedding': {
      const { vocabulary, units, padding } = stage.layer.facts;
      growing.masked = padding !== undefined;
      growing.flows = 'sequence';
      const ids = {
        ...(padding === undefined ? {} : { padding }),
        ...(growing.endsEarly ? { keepPadding: true } : {}),
      };
      push(growing, asTrained(stage, embedding({ vocabulary, units, ...ids })), stage.layer.weights);
      return;
    }
    case 'recurrent':
      addRecurrent(growing, stage);
      return;
    case 'dense': {
      const { name, facts, weights } = stage.layer;
      const made = dense({ units: facts.units, activation: known(name, stage.activation) });
      push(growing, asTrained(stage, made), weights);
      return;
    }
    case 'dropout': {
      const { rate, scope, distribution } = stage;
      push(growing, dropout({ rate, scope, ...(distribution === 'bernoulli' ? {} : { distribution }) }), {});
      return;
    }
    case 'pooling':
      if (stage.over === 'max' && growing.masked) {
        throw refused(
          stage.name,
          'a maximum without a mask',
          'mask_zero before it',
          'Keras takes the maximum over padding as well: take the mean, or leave mask_zero out',
        );
      }
      growing.flows = 'vector';
      push(growing, pooling({ over: stage.over }), {});
      return;
    case 'flatten':
      if (growing.flows === 'vector') return;
      if (growing.flows === 'images') {
        growing.flows = 'vector';
        push(growing, flatten(), {});
        return;
      }
      throw refused(stage.name, 'one row for each sample', 'a sequence', 'no layer here makes a row of all steps');
    case 'configured':
      addConfigured(growing, stage);
      return;
    case 'activation':
      throw refused(stage.name, 'a Dense layer before an activation', 'another one', 'apply it in the layer before');
  }
}

function addConfigured(growing: Growing, stage: ConfiguredStage): void {
  const { name, config, over, weights } = stage;
  if (over !== undefined && (over === 'batch') !== (growing.flows === 'vector')) {
    throw refused(name, 'the last axis', 'another', 'normalise over units alone');
  }
  if (OVER_STEPS.has(config.type) && growing.masked) {
    throw refused(
      name,
      'steps without a mask',
      'mask_zero before it',
      'Keras has windows over padding as well: leave mask_zero out',
    );
  }
  if (OVER_IMAGES.has(config.type) && growing.flows !== 'images') {
    throw refused(name, 'images whose sizes the file tells', 'another input', 'save it with [height, width, channels]');
  }
  if (config.type === 'reshape') growing.flows = (config.shape as readonly number[]).length > 1 ? 'images' : 'vector';
  if (config.type === 'repeatVector') {
    growing.flows = 'sequence';
    growing.masked = false;
  }
  push(growing, asTrained(stage, restoreLayer(config)), weights);
}

function addRecurrent(growing: Growing, stage: RecurrentStage): void {
  const { layer, returnSequences, maskedSteps, backwards } = stage;
  const {
    cell,
    hiddenSize,
    layers,
    bidirectional: both,
    bias,
    scheme,
    resetAfter,
    activation,
    recurrentActivation,
  } = layer.facts;
  const made = RECURRENT[cell]({
    units: hiddenSize,
    layers,
    returnSequences,
    ...(scheme === undefined ? {} : { dropout: scheme }),
    ...(bias ? {} : { bias }),
    ...(resetAfter === undefined ? {} : { resetAfter }),
    ...(activation === undefined ? {} : { activation }),
    ...(recurrentActivation === undefined ? {} : { recurrentActivation }),
  });
  if (backwards && returnSequences && growing.masked) {
    throw refused(
      layer.name,
      'go_backwards without a mask, or for the last step alone',
      'mask_zero before it, and return_sequences',
      'Keras turns steps and padding round, and not the mask of what follows: leave mask_zero out',
    );
  }
  if (backwards) push(growing, reverse(), {});
  if (!returnSequences) growing.flows = 'vector';
  push(growing, asTrained(stage, both ? bidirectional(made) : made), layer.weights);
  if (!growing.endsEarly || !growing.masked || !returnSequences) return;
  growing.masked = false;
  push(growing, allSteps({ behind: maskedSteps === 'zero' ? 'zeros' : 'repeat' }), {});
}

function asTrained(stage: { readonly frozen?: boolean }, layer: Layer): Layer {
  return stage.frozen ? frozen(layer) : layer;
}

function push({ made }: Growing, layer: Layer, weights: Readonly<Record<string, Tensor>>): void {
  made.push({ layer, weights: withoutBorrowed(layer, weights) });
}

/** @throws ModelError for a function that no layer here applies */
function known(name: string, activation: string): ActivationName {
  if (isActivationName(activation)) return activation;
  throw refused(name, 'an activation of dense()', show(activation), "write it down: see 'layers of your own'");
}

function refused(name: string, expected: string, came: string, advice: string): ModelError {
  return new ModelError(`importModel: layer ${show(name)}: ${expected} was expected, but ${came} came; ${advice}`);
}
