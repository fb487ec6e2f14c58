import { optionsOf } from '../../checks.ts';
import { type AnyMaker, makersOf } from '../../define.ts';
import { storageOf } from '../../interop/folder.ts';
import type { Storage } from '../../interop/storage.ts';
import type { Layer } from '../../layers/layer.ts';
import type { Loss } from '../losses/loss.ts';
import { Model } from './model.ts';
import type { ModelOptions } from './model-options.ts';
import { MODEL_FILES, modelFromFiles } from './saved-model.ts';

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
  return restoreModel(await storageOf(place).read(MODEL_FILES), options);
}

/** The model in the files of a folder, with its weights in place. */
export async function restoreModel(files: Readonly<Record<string, Uint8Array>>, options: LoadOptions): Promise<Model> {
  const {
    engine,
    layers: ownLayers,
    losses,
  } = optionsOf('loadModel', options, { engine: true, layers: true, losses: true });
  const makers = {
    layers: makersOf('loadModel', 'layers', ownLayers),
    losses: makersOf('loadModel', 'losses', losses),
  };
  const { layers, weights, ...trained } = modelFromFiles(files, makers);
  const model = new Model(layers, engine === undefined ? {} : { engine });
  await model.setWeights(weights, trained);
  return model;
}
