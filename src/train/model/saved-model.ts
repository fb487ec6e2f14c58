import { expectWhole } from '../../checks.ts';
import { type AnyMaker, expectComesBack, expectMade } from '../../define.ts';
import { KeepgateError, ModelError, show } from '../../errors.ts';
import { readSafetensors, writeSafetensors } from '../../interop/safetensors/safetensors.ts';
import type { Files } from '../../interop/storage.ts';
import type { Layer } from '../../layers/layer.ts';
import { expectSavableLayers, restoreLayer } from '../../layers/restore.ts';
import { parseInputs, type Signatures, writeInputs } from '../../layers/signature.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Loss } from '../losses/loss.ts';
import { lossesOf } from '../losses/loss-by-head.ts';
import { LOSSES, restoreLoss, writeLoss } from '../losses/losses.ts';

/** The files of a saved model: what it is as JSON, and its weights as safetensors. */
export const MODEL_FILES = ['model.json', 'weights.safetensors'] as const;

const FORMAT = 'keepgate-model-1';

/** What a saved model holds. */
export interface SavedModel {
  readonly layers: readonly Layer[];
  /** What goes in, by name. */
  readonly inputs: Signatures;
  readonly loss: Loss | null;
  /** How many updates, and how many finished epochs of them, made the weights. */
  readonly updates: number;
  readonly epochs: number;
  readonly weights: Readonly<Record<string, Tensor>>;
}

/** Types of layers and losses of a user's own, that a saved model may name. */
export interface ModelMakers {
  readonly layers?: readonly AnyMaker<Layer>[];
  readonly losses?: readonly AnyMaker<Loss>[];
}

/**
 * @throws ModelError for what nobody could load: a layer or a loss that was put together by hand, or is not what comes of its config,
 *   types of the same name by two makers, weights that are not finite
 */
export function writeModel({ layers, inputs, loss, updates, epochs, weights }: SavedModel): Files {
  if (loss) {
    for (const one of [loss, ...lossesOf(loss)]) expectMade('save', 'loss', one, LOSSES);
    expectComesBack('save', 'loss', loss, restoreLoss);
  }
  expectSavableLayers('save', layers);
  for (const [path, { data }] of Object.entries(weights)) expectFinite(path, data);
  const description = {
    format: FORMAT,
    input: writeInputs(inputs),
    loss: loss && writeLoss(loss),
    updates,
    epochs,
    layers: layers.map(({ config }) => config),
  };
  return {
    'model.json': `${JSON.stringify(description, null, 2)}\n`,
    'weights.safetensors': writeSafetensors(weights),
  };
}

/** @throws ModelError when the files are not those of a model */
export function readModel(files: Readonly<Record<string, Uint8Array>>, makers: ModelMakers = {}): SavedModel {
  try {
    // Models of earlier versions do not tell their updates and epochs: those had no schedules that would ask.
    const { format, input, loss, updates = 0, epochs = 0, layers } = parseJson('model.json', files['model.json']);
    if (format !== FORMAT) throw new ModelError(`format '${FORMAT}' was expected, but ${show(format)} came`);
    if (!Array.isArray(layers)) throw new ModelError(`a list of layers was expected, but ${show(layers)} came`);
    expectWhole('model.json', 'updates', updates as number, 0);
    expectWhole('model.json', 'epochs', epochs as number, 0);
    const restored = layers.map((config) => restoreLayer(config, makers.layers));
    return {
      layers: restored,
      inputs: parseInputs('model.json', Object.keys(restored[0]?.inputs ?? {}), input),
      loss: loss === null ? null : restoreLoss(loss, makers.losses),
      updates: updates as number,
      epochs: epochs as number,
      weights: readSafetensors(files['weights.safetensors'] ?? new Uint8Array()).tensors,
    };
  } catch (error) {
    if (!(error instanceof KeepgateError)) throw error;
    throw new ModelError(`model: ${error.message}; the files are damaged or from another version`);
  }
}

/** The object in a JSON file. @throws ModelError when it holds anything else */
export function parseJson(name: string, bytes: Uint8Array | undefined): Record<string, unknown> {
  const text = new TextDecoder().decode(bytes);
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below: that it is no object is all there is to say.
  }
  // Servers answer with a page where a file is missing, and not always with a status that says so.
  const came = text === '' ? 'an empty file' : /^\s*</.test(text) ? `a page, ${show(text)},` : show(text);
  throw new ModelError(`${name}: a JSON object was expected, but ${came} came`);
}

function expectFinite(path: string, data: Tensor['data']): void {
  const bad = data.find((value) => !Number.isFinite(value));
  if (bad === undefined) return;
  throw new ModelError(
    `save: finite weights were expected, but ${bad} came in ${path}, which could not be loaded; train with a smaller learningRate`,
  );
}
