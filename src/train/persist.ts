import { expectWhole } from '../checks.ts';
import { KeepgateError, ModelError, show } from '../errors.ts';
import { readSafetensors, writeSafetensors } from '../interop/safetensors/safetensors.ts';
import type { Layer, Signature } from '../layers/layer.ts';
import { restoreLayer } from '../layers/restore.ts';
import { expectSignature } from '../layers/signature.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { binaryCrossEntropy, type Loss, meanSquaredError, softmaxCrossEntropy } from './losses/losses.ts';

/** The files of a saved model: what it is as JSON, and its weights as safetensors. */
export const MODEL_FILES = ['model.json', 'weights.safetensors'] as const;

const FORMAT = 'keepgate-model-1';
const LOSSES: Readonly<Record<string, () => Loss>> = { softmaxCrossEntropy, binaryCrossEntropy, meanSquaredError };

/** What a saved model holds. */
export interface SavedModel {
  readonly layers: readonly Layer[];
  readonly input: Signature;
  readonly loss: Loss | null;
  /** How many updates made the weights. */
  readonly updates: number;
  readonly weights: Readonly<Record<string, Tensor>>;
}

/** @throws ModelError for a layer or a loss of one's own: nobody could load it */
export function modelToFiles({
  layers,
  input,
  loss,
  updates,
  weights,
}: SavedModel): Record<string, string | Uint8Array> {
  if (loss && !Object.hasOwn(LOSSES, loss.name)) {
    throw new ModelError(
      `save: a loss of ${Object.keys(LOSSES).join(', ')} was expected, but ${show(loss.name)} came; it could not be loaded`,
    );
  }
  for (const { config } of layers) restoreLayer(config);
  const configs = layers.map(({ config }) => config);
  const description = { format: FORMAT, input, loss: loss?.name ?? null, updates, layers: configs };
  return {
    'model.json': `${JSON.stringify(description, null, 2)}\n`,
    'weights.safetensors': writeSafetensors(weights),
  };
}

/** @throws ModelError when the files are not those of a model */
export function modelFromFiles(files: Readonly<Record<string, Uint8Array>>): SavedModel {
  try {
    // Models of earlier versions do not tell their updates, and have no schedules that would ask.
    const { format, input, loss, updates = 0, layers } = parseJson('model.json', files['model.json']);
    if (format !== FORMAT) throw new ModelError(`format '${FORMAT}' was expected, but ${show(format)} came`);
    if (!Array.isArray(layers)) throw new ModelError(`a list of layers was expected, but ${show(layers)} came`);
    const makeLoss = typeof loss === 'string' && Object.hasOwn(LOSSES, loss) ? LOSSES[loss] : undefined;
    if (loss !== null && !makeLoss) {
      throw new ModelError(`a loss of ${Object.keys(LOSSES).join(', ')} was expected, but ${show(loss)} came`);
    }
    expectWhole('model.json', 'updates', updates as number, 0);
    return {
      layers: layers.map(restoreLayer),
      input: expectSignature('model.json', input),
      loss: makeLoss?.() ?? null,
      updates: updates as number,
      weights: readSafetensors(files['weights.safetensors'] ?? new Uint8Array()).tensors,
    };
  } catch (error) {
    if (!(error instanceof KeepgateError)) throw error;
    throw new ModelError(`model: ${error.message}; the folder is damaged or from another version`);
  }
}

/** The object in a JSON file. @throws ModelError when it holds anything else */
export function parseJson(name: string, bytes: Uint8Array | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below: that it is no object is all there is to say.
  }
  throw new ModelError(`${name}: a JSON object was expected, but something else came`);
}
