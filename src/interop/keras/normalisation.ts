import { show } from '../../errors.ts';
import { sizeOf, Tensor } from '../../tensor/tensor.ts';
import type { ConfiguredStage } from '../imported/file-model.ts';
import { Refusal } from '../imported/refusal.ts';
import { complement, OTHER_VARIANCE } from './momentum.ts';
import type { KerasLayer, KerasWeights } from './config/keras-layer.ts';
import { Settings } from './config/settings.ts';

/** What Keras adds to a variance when nobody says otherwise. */
const EPSILON = 1e-3;

/** How much of what was stays in Keras' moving statistics. */
const MOMENTUM = 0.99;

const SAVE = 'save the model with its weights';

/** LayerNormalization or BatchNormalization. @throws Refusal when it cannot be had exactly */
export function normalisationStage(
  layer: KerasLayer,
  { tensors, refused }: KerasWeights,
): { readonly stages: readonly [ConfiguredStage]; readonly notes: readonly string[] } {
  const { className, name } = layer;
  const isBatch = className === 'BatchNormalization';
  const settings = new Settings(layer.config);
  const over = axisOf(settings.get('axis'));
  const epsilon = numberOf(settings, 'epsilon', EPSILON);
  const [center, scale] = [settings.flag('center', true), settings.flag('scale', true)];
  const momentum = isBatch ? complement(numberOf(settings, 'momentum', MOMENTUM)) : undefined;
  for (const other of ['rms_scaling', 'renorm', 'synchronized']) settings.flag(other, false);
  for (const other of ['rms_scaling', 'renorm']) settings.expect(other, false, 'train it without');
  for (const other of ['fused', 'renorm_momentum', 'renorm_clipping', 'virtual_batch_size']) settings.get(other);
  settings.done();
  if (refused !== undefined) throw new Refusal('weights in numbers', 'what is no such thing', refused);
  const names = [
    ...(scale ? ['weight'] : []),
    ...(center ? ['bias'] : []),
    ...(isBatch ? ['running_mean', 'running_var'] : []),
  ];
  const [first] = tensors;
  const isRow = first?.shape.length === 1 && sizeOf(first.shape) > 0;
  if (names.length === 0) throw new Refusal('a scale or a center', 'neither', 'train it with one of them');
  if (tensors.length !== names.length || !isRow) {
    throw new Refusal(names.join(', '), `${tensors.length} weights`, SAVE);
  }
  const odd = tensors.find((tensor) => String(tensor?.shape) !== String(first.shape));
  if (odd) throw new Refusal(`weights of shape [${first.shape}]`, `shape [${odd.shape}]`, SAVE);
  const given = names.map((weight, i) => [weight, tensors[i] as Tensor] as const);
  const usual = (
    [
      ['weight', 1],
      ['bias', 0],
    ] as const
  ).map(
    ([weight, value]) => [weight, new Tensor(new Float32Array(sizeOf(first.shape)).fill(value), first.shape)] as const,
  );
  const config = isBatch ? { type: 'batchNorm', momentum, epsilon } : { type: 'layerNorm', epsilon };
  const stage = { kind: 'configured', name, config, weights: Object.fromEntries([...usual, ...given]) } as const;
  return { stages: [over ? { ...stage, over } : stage], notes: isBatch ? [OTHER_VARIANCE] : [] };
}

/** The last axis alone: 1 is it where there is no time, which is told; 2 where there is. */
function axisOf(given: unknown): 'batch' | 'time' | undefined {
  const [axis, ...more]: readonly unknown[] = Array.isArray(given) ? given : [given ?? -1];
  if (more.length === 0 && axis === -1) return undefined;
  if (more.length === 0 && axis === 1) return 'batch';
  if (more.length === 0 && axis === 2) return 'time';
  throw new Refusal('the last axis', show(given), 'normalise over units alone');
}

function numberOf(settings: Settings, name: string, usual: number): number {
  const value = settings.get(name) ?? usual;
  if (typeof value === 'number' && value > 0 && value < 1) return value;
  throw new Refusal(`a number between 0 and 1 as ${name}`, show(value), 'train it with one');
}
