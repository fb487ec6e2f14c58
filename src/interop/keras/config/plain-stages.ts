import { show } from '../../../errors.ts';
import type { Stage } from '../../imported/file-model.ts';
import { Refusal } from '../../imported/refusal.ts';
import type { KerasLayer } from './keras-layer.ts';
import { Settings } from './settings.ts';

/** Layers that turn texts into ids: see `text-vocabulary.ts`. */
export const TEXT_LAYERS: ReadonlySet<string> = new Set(['TextVectorization', 'StringLookup']);

/** What a layer without weights is here. */
export interface PlainStage {
  readonly stages: readonly Stage[];
  readonly notes?: readonly string[];
}

const ACTIVATIONS: Readonly<Record<string, string>> = { ReLU: 'relu', Softmax: 'softmax' };

/** @throws Refusal for a layer that does not exist here */
export function plainStage(layer: KerasLayer): PlainStage {
  const { className, name } = layer;
  // What they say is read with the vocabulary.
  if (TEXT_LAYERS.has(className)) return { stages: [] };
  const settings = new Settings(layer.config);
  const made = stageOf(className, name, settings);
  settings.done();
  return made;
}

function stageOf(className: string, name: string, settings: Settings): PlainStage {
  switch (className) {
    case 'InputLayer':
      for (const known of ['sparse', 'ragged', 'optional']) settings.flag(known, false);
      return { stages: [] };
    case 'Dropout':
    case 'GaussianDropout':
    case 'SpatialDropout1D':
      return { stages: dropoutOf(className, name, settings) };
    case 'Masking': {
      const value = settings.get('mask_value');
      return {
        stages: [],
        notes: [`leave out steps of ${show(value)} alone from samples: no layer here looks for them`],
      };
    }
    case 'GlobalAveragePooling1D':
    case 'GlobalMaxPooling1D':
      settings.expect('data_format', 'channels_last', 'put time before the units');
      settings.expect('keepdims', false, 'leave it out');
      return { stages: [{ kind: 'pooling', name, over: className === 'GlobalMaxPooling1D' ? 'max' : 'mean' }] };
    case 'RepeatVector': {
      const config = { type: 'repeatVector', n: settings.count('n') };
      return { stages: [{ kind: 'configured', name, config, weights: {} }] };
    }
    case 'Reshape':
      return {
        stages: [{ kind: 'configured', name, config: { type: 'reshape', shape: shapeOf(settings) }, weights: {} }],
      };
    case 'SpatialDropout2D': {
      const rate = settings.rate('rate');
      settings.expect('noise_shape', null, 'leave it out');
      settings.expect('data_format', 'channels_last', 'put the channels last');
      const config = { type: 'dropout', rate, spatial: true };
      return { stages: rate === 0 ? [] : [{ kind: 'configured', name, config, weights: {} }] };
    }
    case 'Activation':
      return { stages: [{ kind: 'activation', name, activation: settings.activation('activation', 'linear') }] };
    case 'ReLU':
    case 'Softmax':
      for (const [setting, usual] of [
        ['max_value', null],
        ['negative_slope', 0],
        ['threshold', 0],
        ['axis', -1],
      ] as const)
        settings.expect(setting, usual, 'apply it in the layer before');
      return { stages: [{ kind: 'activation', name, activation: ACTIVATIONS[className] as string }] };
    case 'Flatten':
      settings.expect('data_format', 'channels_last', 'put time before the units');
      return { stages: [{ kind: 'flatten', name }] };
    default:
      throw new Refusal('a layer that is known here', show(className), 'make the rest by importLayers');
  }
}

/** @throws Refusal for a shape that is not told in full */
function shapeOf(settings: Settings): readonly number[] {
  const shape = settings.get('target_shape');
  const isTold = Array.isArray(shape) && shape.length > 0;
  if (isTold && shape.every((size) => Number.isSafeInteger(size) && size >= 1)) return shape;
  throw new Refusal('target_shape with all of its sizes', show(shape), 'save it with them');
}

function dropoutOf(className: string, name: string, settings: Settings): readonly Stage[] {
  const rate = settings.rate('rate');
  const shape = settings.get('noise_shape');
  settings.expect('data_format', 'channels_last', 'put time before the units');
  const isShared = Array.isArray(shape) && shape.length === 3 && shape[0] === null && shape[1] === 1 && shape[2] !== 1;
  if (shape !== undefined && !isShared) {
    throw new Refusal(
      'noise_shape of a mask for each step, or [batch, 1, units]',
      show(shape),
      'train it with one of them',
    );
  }
  if (rate === 0) return [];
  const scope = isShared || className === 'SpatialDropout1D' ? 'sequence' : 'step';
  const distribution = className === 'GaussianDropout' ? 'gaussian' : 'bernoulli';
  return [{ kind: 'dropout', name, rate, scope, distribution }];
}
