import { readFolderFiles } from '../interop/folder.ts';
import { Model, type ModelOptions } from './model.ts';
import { MODEL_FILES, modelFromFiles } from './persist.ts';

/**
 * The model that `save` wrote to a folder.
 * @throws ModelError when the folder or a file is missing, truncated or tampered with
 */
export async function loadModel(dir: string, options: ModelOptions = {}): Promise<Model> {
  return restoreModel(await readFolderFiles(dir, MODEL_FILES), options);
}

/** The model in the files of a folder, with its weights in place. */
export async function restoreModel(files: Readonly<Record<string, Uint8Array>>, options: ModelOptions): Promise<Model> {
  const { layers, weights, ...trained } = modelFromFiles(files);
  const model = new Model(layers, options);
  await model.setWeights(weights, trained);
  return model;
}
