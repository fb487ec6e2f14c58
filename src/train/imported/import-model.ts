import { expectFunction, expectOneOf, optionsOf } from '../../checks.ts';
import type { EngineOption } from '../../engines/select.ts';
import { ModelError, show } from '../../errors.ts';
import type { Format, TensorFile } from '../../interop/format.ts';
import { FORMATS } from '../../interop/formats.ts';
import type { FileModel } from '../../interop/imported/file-model.ts';
import { fileOf, type TensorSource } from '../../interop/imported/import-layers.ts';
import { expectStrings } from '../../text/labelled.ts';
import type { TextClassifier } from '../classifier/text-classifier.ts';
import { Model } from '../model/model.ts';
import { classifierOf } from './imported-texts.ts';
import { type MaskingRule, stagedLayers } from './stage-layers.ts';

/** What `importModel` can be told. */
export interface ImportModelOptions {
  /** The names of the classes of a text classifier, by the places of its outputs: '0', '1', ... when left out. */
  readonly labels?: readonly string[];
  /**
   * The tokens by id, padding '' and unknown '[UNK]' first, as Keras' `vocabulary.txt` has them a line each; or those from id 2 on. In place
   * of those that the file has.
   */
  readonly vocabulary?: readonly string[];
  /**
   * What becomes of Keras' mask behind its first recurrent layer: it goes on to all layers, as until Keras 3.15, when left out; or all steps
   * count from there on, as from Keras 3.16 on.
   */
  readonly masking?: MaskingRule;
  /** What the sums run on; an engine or its name, 'auto' when left out. */
  readonly engine?: EngineOption;
  /** Called with what somebody who uses the model should know, a line each. */
  readonly onNote?: (note: string) => void;
}

/**
 * The model of a file that tells of all its layers, with its weights: it predicts as there, and is trained on: of Keras, TensorFlow.js, or a graph of
 * ONNX that is a chain of layers. Where the file turns texts into
 * ids, and ends in classes, it is a TextClassifier. What Keras drops in training is dropped here: see `scheme` of a layer's facts.
 * @throws ModelError for a layer that cannot be had exactly, by its name, and a file that does not tell how its layers stand
 * @throws DataError when the file breaks a rule
 * @throws OptionError for an option that it does not have
 * @example
 * ```ts
 * import { type Model, tensor } from 'keepgate';
 * import { importModel } from 'keepgate/interop';
 *
 * // What readTensors gives of a .keras file: its bytes, or its path, would do as well.
 * const dense = { class_name: 'Dense', config: { name: 'line', units: 1, batch_input_shape: [null, 1] } };
 * const model = { class_name: 'Sequential', config: { layers: [dense] } };
 * const tensors = { 'layers/dense/vars/0': tensor([[2]]), 'layers/dense/vars/1': tensor([1]) };
 * const line = (await importModel({ format: 'keras', tensors, refused: {}, notes: [], config: { model } })) as Model;
 * console.log(await line.predict([[3], [4]])); // prints: [ [ 7 ], [ 9 ] ]
 * await line.dispose();
 * ```
 */
export async function importModel(
  source: TensorSource,
  options: ImportModelOptions = {},
): Promise<Model | TextClassifier> {
  const {
    labels,
    vocabulary,
    masking = 'keras-3.15',
    engine,
    onNote,
  } = optionsOf('importModel', options, {
    labels: true,
    vocabulary: true,
    masking: true,
    engine: true,
    onNote: true,
  });
  if (labels !== undefined) expectStrings('importModel', 'labels', labels);
  if (vocabulary !== undefined) expectStrings('importModel', 'vocabulary', vocabulary);
  expectOneOf('importModel', 'masking', masking, ['keras-3.15', 'keras-3.16']);
  if (onNote !== undefined) expectFunction('importModel', 'onNote', onNote);
  const file = await fileOf('importModel', source, undefined);
  const found = await wholeModel(file);
  const parts = stagedLayers(found, masking);
  const classifier = await classifierOf(found, parts, { labels, vocabulary, engine });
  const made = classifier?.made ?? new Model(parts.layers, engine === undefined ? {} : { engine });
  if (!classifier) await (made as Model).setWeights(parts.weights, { input: parts.input, updates: found.updates ?? 0 });
  for (const note of [...file.notes, ...found.notes, ...parts.notes, ...(classifier?.notes ?? [])]) onNote?.(note);
  return made;
}

/** Whether a file tells how its layers stand, though it may be in a way that no model here does. */
export async function tellsModel(file: TensorFile): Promise<boolean> {
  return (await formatOf(file)?.tellsModel?.(file)) ?? false;
}

function formatOf({ format }: TensorFile): Format | undefined {
  return FORMATS.find(({ name }) => name === format);
}

/** @throws ModelError for a file of weights alone, and the first layer that cannot be had */
async function wholeModel(file: TensorFile): Promise<FileModel> {
  const found = await formatOf(file)?.model?.(file);
  if (!found) {
    throw new ModelError(
      `importModel: a file that tells how its layers stand was expected, but ${file.format} came, which has their weights alone; save the model itself, or make it by sequential(), of what importLayers gives`,
    );
  }
  const [first] = found.refused;
  if (!first) return found;
  throw new ModelError(`importModel: ${first.name === '' ? '' : `layer ${show(first.name)}: `}${first.reason}`);
}
