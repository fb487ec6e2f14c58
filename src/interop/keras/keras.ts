/** Keras' files: .keras of Keras 3, .weights.h5, and the legacy .h5 of all versions. */
import { DataError, show } from '../../errors.ts';
import type { ZipArchive } from '../archives/read-zip.ts';
import type { Format, TensorFile } from '../format.ts';
import type { FileModel } from '../imported/file-model.ts';
import { Refusal } from '../imported/refusal.ts';
import { kerasConfig } from './config/keras-config.ts';
import { type KerasConfig, own } from './config/keras-layer.ts';
import { type KerasModel, kerasModel } from './config/keras-model.ts';
import { vocabularyOf } from './config/text-vocabulary.ts';
import type { KerasWriter } from './config/writer.ts';
import { type Hdf5Contents, readHdf5 } from './hdf5/read-hdf5.ts';
import { CONFIG, isKeras, WEIGHTS } from './is-keras.ts';
import { layersWithoutConfig } from './layers-without-config.ts';
import { weightsByClass, weightsByName } from './weights-by-layer.ts';

export const keras: Format = {
  name: 'keras',
  isOne: isKeras,
  tellsModel: ({ config }) => config?.model !== undefined,
  layers: (file) => understood(file).layers,
  model: (file) => understood(file).model,
  read: ({ bytes, archive }) => (archive ? readArchive(archive) : readWeights(bytes)),
};

/** The layers of a file, by what it says of them, or else by their weights, which make no model. */
function understood(file: TensorFile): Pick<KerasModel, 'layers'> & Partial<KerasModel> {
  const { model, kerasVersion, weights } = Object(file.config) as Record<string, unknown>;
  if (model === undefined) return { layers: layersWithoutConfig(file, weights) };
  const config = kerasConfig('keras', model);
  const find = weights === undefined ? weightsByClass(file, config.layers) : weightsByName(file, weights);
  const writer = writerOf(kerasVersion, weights !== undefined);
  const made = kerasModel(config, find, writer);
  const found =
    typeof kerasVersion === 'string' ? made : withDoubts(made, writer, (other) => kerasModel(config, find, other));
  return { ...found, model: withVocabulary(found.model, config, file.vocabulary) };
}

/** Files without a version: those that list the names of their weights are older than the others. */
function writerOf(version: unknown, listsWeights: boolean): KerasWriter {
  if (typeof version !== 'string') return listsWeights ? 'keras-2' : 'keras-3';
  return /^[012]\./.test(version) ? 'keras-2' : 'keras-3';
}

/** Says of each layer that would be another one in a file of another version. */
function withDoubts(made: KerasModel, writer: KerasWriter, make: (writer: KerasWriter) => KerasModel): KerasModel {
  const other = make(writer === 'keras-2' ? 'keras-3' : 'keras-2').layers.layers;
  const taken = writer === 'keras-2' ? 'Keras 2' : 'Keras 3';
  const note = `the file does not say its version of Keras: it is taken for one of ${taken}, whose hard_sigmoid and usual settings are others`;
  const doubtful = made.layers.layers.filter(({ name, facts }) => {
    const there = other.find((layer) => layer.name === name);
    return JSON.stringify(there?.facts) !== JSON.stringify(facts);
  });
  const layers = made.layers.layers.map((layer) =>
    doubtful.includes(layer) ? { ...layer, notes: [...layer.notes, note] } : layer,
  );
  const notes = [...made.model.notes, ...doubtful.map(({ name }) => `${name}: ${note}`)];
  return { layers: { ...made.layers, layers }, model: { ...made.model, notes } };
}

/** A model, with how its texts become ids, if it begins with texts. */
function withVocabulary(model: FileModel, { layers }: KerasConfig, kept: readonly string[] | undefined): FileModel {
  for (const layer of layers) {
    try {
      const vocabulary = vocabularyOf(layer, kept);
      if (vocabulary) return { ...model, vocabulary };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { ...model, refused: [...model.refused, { name: layer.name, reason: error.message }] };
    }
  }
  return model;
}

async function readArchive(archive: ZipArchive): Promise<TensorFile> {
  const [weights = ''] = archive.names.filter((name) => WEIGHTS.test(name));
  if (!weights.endsWith('.h5')) {
    throw new DataError(
      `keras: model.weights.h5 was expected, but ${weights} came; save the model with weights in HDF5`,
    );
  }
  const about = archive.names.includes('metadata.json')
    ? jsonOf('metadata.json', await archive.read('metadata.json'))
    : {};
  const model = jsonOf(CONFIG, await archive.read(CONFIG));
  const { tensors, refused } = withPlainNames(await readHdf5(await archive.read(weights)));
  const vocabulary = vocabularyFile(archive);
  const kept = vocabulary === undefined ? undefined : linesOf(await archive.read(vocabulary));
  return {
    format: 'keras',
    tensors,
    refused,
    config: { model, ...versionOf(own(about, 'keras_version')) },
    ...withTokens(model, kept),
    notes: [],
  };
}

async function readWeights(bytes: Uint8Array): Promise<TensorFile> {
  const contents = withPlainNames(await readHdf5(bytes));
  const { tensors, refused, texts } = contents;
  const root = texts.get('');
  const [config] = root?.get('model_config') ?? [];
  const model = config === undefined ? undefined : jsonOf('model_config', config);
  const [version] = root?.get('keras_version') ?? texts.get('model_weights')?.get('keras_version') ?? [];
  const weights = listedWeights(contents);
  return {
    format: 'keras',
    tensors,
    refused,
    config: {
      ...(model === undefined ? {} : { model }),
      ...versionOf(version),
      ...(weights ? { weights } : {}),
    },
    ...withTokens(model, undefined),
    notes: [],
  };
}

function versionOf(version: unknown): { readonly kerasVersion?: string } {
  return typeof version === 'string' ? { kerasVersion: version } : {};
}

/** The tokens of a file, where it has them. */
function withTokens(model: unknown, kept: readonly string[] | undefined): Pick<TensorFile, 'vocabulary'> {
  const layers = own(own(model, 'config'), 'layers');
  const listed = (Array.isArray(layers) ? layers : [])
    .map((layer) => own(own(layer, 'config'), 'vocabulary'))
    .find(Array.isArray);
  const tokens = listed ?? kept;
  return tokens ? { vocabulary: tokens.map(String) } : {};
}

/** Where Keras keeps the tokens of a text layer, one a line. */
function vocabularyFile({ names }: ZipArchive): string | undefined {
  return names.find((name) => /^assets\/.*vocabulary\.txt$/.test(name));
}

function linesOf(bytes: Uint8Array): readonly string[] {
  return new TextDecoder().decode(bytes).replace(/\n+$/, '').split('\n');
}

/** @throws DataError for what is no JSON */
function jsonOf(name: string, given: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof given === 'string' ? given : new TextDecoder('utf-8', { fatal: true }).decode(given));
  } catch {
    throw new DataError(`keras: JSON was expected in ${name}, but something else came; fetch or save the file again`);
  }
}

/**
 * The names of tensors with `/` between their parts: Keras on Windows wrote `\\`.
 * @throws DataError when two names become one
 */
function withPlainNames(contents: Hdf5Contents): Hdf5Contents {
  const renamed = <V>(record: Readonly<Record<string, V>>): Record<string, V> => {
    const plain: Record<string, V> = Object.create(null);
    for (const [name, value] of Object.entries(record)) {
      const path = name.replaceAll('\\', '/');
      if (Object.hasOwn(plain, path)) {
        throw new DataError(`keras: every tensor once was expected, but ${show(path)} came twice; save the file again`);
      }
      plain[path] = value;
    }
    return plain;
  };
  return { tensors: renamed(contents.tensors), refused: renamed(contents.refused), texts: contents.texts };
}

/**
 * The names of the tensors of each layer in a legacy file, in order; undefined for a file of Keras 3.
 * @throws DataError for lists that are missing
 */
function listedWeights({ texts }: Hdf5Contents): Record<string, readonly string[]> | undefined {
  for (const group of ['model_weights', '']) {
    const layers = listOf(texts.get(group), 'layer_names');
    if (!layers) continue;
    const lists: Record<string, readonly string[]> = Object.create(null);
    for (const layer of layers) {
      const path = group === '' ? layer : `${group}/${layer}`;
      lists[layer] = (listOf(texts.get(path), 'weight_names') ?? []).map((weight) => `${path}/${weight}`);
    }
    return lists;
  }
  return undefined;
}

/** A list of texts; a long one is parted: layer_names0, layer_names1, ... */
function listOf(
  texts: ReadonlyMap<string, readonly string[]> | undefined,
  name: string,
): readonly string[] | undefined {
  const plain = texts?.get(name);
  if (plain || !texts?.has(`${name}0`)) return plain;
  const parts: string[] = [];
  for (let i = 0; texts.has(`${name}${i}`); i++) parts.push(...(texts.get(`${name}${i}`) as readonly string[]));
  return parts;
}
