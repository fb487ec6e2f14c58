import { type OptionNames, optionsOf } from '../../checks.ts';
import { type AnyMaker, makersOf } from '../../define.ts';
import type { EngineOption } from '../../engines/select.ts';
import { storageOf } from '../../interop/folder.ts';
import { type FilesLike, readGiven } from '../../interop/given-files.ts';
import type { Storage } from '../../interop/storage.ts';
import type { Layer } from '../../layers/layer.ts';
import { writeInputs } from '../../layers/signature.ts';
import type { Loss } from '../losses/loss.ts';
import { Model } from './model.ts';
import type { ModelOptions } from './model-options.ts';
import { MODEL_FILES, type ModelMakers, readModel, type SavedModel } from './saved-model.ts';

/** What `loadModel` can be told. */
export interface LoadOptions extends ModelOptions {
  /** What `defineLayer` gave, for layers of your own: `{ layers: { repeatVector } }`. */
  readonly layers?: Readonly<Record<string, AnyMaker<Layer>>>;
  /** What `defineLoss` gave, for losses of your own. */
  readonly losses?: Readonly<Record<string, AnyMaker<Loss>>>;
}

/**
 * The model that `save` wrote to a folder, or to another storage.
 * @throws ModelError when a file is missing or damaged, or a layer or loss is of nobody's making
 * @throws OptionError for an option that it does not have
 * @example
 * ```ts
 * import { dense, key, loadModel, lstm, sequential } from 'keepgate';
 *
 * const model = sequential([lstm({ units: 4 }), dense({ units: 2 })]);
 * await model.build({ kind: 'sequence', size: 3 }, key(1));
 * await model.save('my-model');
 *
 * const loaded = await loadModel('my-model');
 * const x = [[[1, 0, 0], [0, 1, 0]]];
 * console.log(JSON.stringify(await loaded.predict(x)) === JSON.stringify(await model.predict(x))); // prints: true
 * await Promise.all([model.dispose(), loaded.dispose()]);
 * ```
 */
export async function loadModel(place: string | Storage, options: LoadOptions = {}): Promise<Model> {
  const { makers, engine } = loadOptions('loadModel', options);
  return modelOf(readModel(await storageOf(place).read(MODEL_FILES), makers), engine);
}

/**
 * The model of files that you hold, such as a page that fetched them: what `model.toFiles` gives, and `save` writes.
 * @param files `model.json` and `weights.safetensors`, as bytes or text; with a `checksums.json` they are checked against it
 * @throws ModelError when a file is missing or damaged, or a layer or loss is of nobody's making
 * @throws OptionError for what is no file, or an option that it does not have
 * @example
 * ```ts
 * import { dense, key, modelFromFiles, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 2 })]);
 * await model.build({ kind: 'vector', size: 3 }, key(1));
 *
 * const loaded = await modelFromFiles(await model.toFiles());
 * const x = [[1, 0, 2]];
 * console.log(JSON.stringify(await loaded.predict(x)) === JSON.stringify(await model.predict(x))); // prints: true
 * await modelFromFiles({ 'model.json': '{}' });
 * // throws: ModelError: modelFromFiles: a file "weights.safetensors" was expected, but "model.json" came...
 * await Promise.all([model.dispose(), loaded.dispose()]);
 * ```
 */
export async function modelFromFiles(files: FilesLike, options: LoadOptions = {}): Promise<Model> {
  const { makers, engine } = loadOptions('modelFromFiles', options);
  return modelOf(readModel(await readGiven('modelFromFiles', files, MODEL_FILES), makers), engine);
}

/** The names of all options of `loadModel`. */
export const LOAD_OPTIONS: OptionNames<LoadOptions> = { engine: true, layers: true, losses: true };

/** @throws OptionError when an option is not what it can be */
export function loadOptions(
  who: string,
  options: LoadOptions,
): { readonly makers: ModelMakers; readonly engine: EngineOption | undefined } {
  const { engine, layers, losses } = optionsOf(who, options, LOAD_OPTIONS);
  const makers = { layers: makersOf(who, 'layers', layers), losses: makersOf(who, 'losses', losses) };
  return { makers, engine };
}

/** A model with its weights in place. */
export async function modelOf(
  { layers, inputs, weights, ...trained }: SavedModel,
  engine: EngineOption | undefined,
): Promise<Model> {
  const model = new Model(layers, engine === undefined ? {} : { engine });
  await model.setWeights(weights, { ...trained, input: writeInputs(inputs) });
  return model;
}
