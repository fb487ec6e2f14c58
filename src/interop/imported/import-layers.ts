import { expectNumber, expectObject, expectOneOf, expectText, optionsOf, readable } from '../../checks.ts';
import { DataError, ModelError, OptionError, show } from '../../errors.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { Format, FormatName, LayersOptions, TensorFile } from '../format.ts';
import { FORMATS } from '../formats.ts';
import { readTensors } from '../read-tensors.ts';
import { type FileSource, isFileSource } from '../source-files.ts';
import type { FileLayers, ImportedLayer } from './imported-layer.ts';

/** What `importLayers` can be told. */
export interface ImportLayersOptions extends LayersOptions {
  /** The names of the layers that are wanted, in this order; all of the file when left out. */
  readonly only?: readonly string[];
  /** See `readTensors`. */
  readonly at?: string;
}

/** Where layers come from: a file, what `readTensors` gave of one, or tensors by the names that PyTorch gives them. */
export type TensorSource = FileSource | TensorFile | Readonly<Record<string, Tensor>>;

/**
 * The recurrent layers, embeddings and dense layers of a file, in its order: nn.LSTM, GRU and RNN, stacked and in both directions, their
 * cells, Embedding and Linear. Names are taken without `module.`, `_orig_mod.` and the like; weights that are kept by weight_norm
 * or for AWD-LSTM's weight dropping become what they are. Tensors of other layers are left out; `readTensors` has them all.
 * @throws ModelError for a layer that cannot be had exactly, by its name and the reason; leave it out by `only`
 * @throws DataError when there is no layer, or the file breaks a rule
 * @throws OptionError for a name that is no layer of the file
 * @example
 * ```ts
 * import { Tensor } from 'keepgate';
 * import { importLayers } from 'keepgate/interop';
 *
 * const zeros = (...shape: number[]) => new Tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape);
 * const bias = { 'rnn.bias_ih_l0': zeros(12), 'rnn.bias_hh_l0': zeros(12) };
 * const [layer] = await importLayers({ 'rnn.weight_ih_l0': zeros(12, 2), 'rnn.weight_hh_l0': zeros(12, 3), ...bias });
 * console.log(layer?.name, layer?.facts); // prints: rnn {
 * // prints:   cell: 'lstm',
 * // prints:   activation: 'tanh',
 * // prints:   recurrentActivation: 'sigmoid',
 * // prints:   inputSize: 2,
 * // prints:   hiddenSize: 3,
 * // prints:   layers: 1,
 * // prints:   bidirectional: false,
 * // prints:   bias: true
 * // prints: }
 * ```
 */
export async function importLayers(source: TensorSource, options: ImportLayersOptions = {}): Promise<ImportedLayer[]> {
  const told = { only: true, kinds: true, activations: true, layouts: true, at: true } as const;
  const { only, kinds, activations, layouts, at } = optionsOf('importLayers', options, told);
  expectNames(only);
  expectByName('kinds', kinds, ['embedding', 'dense']);
  expectByName('activations', activations, ['tanh', 'relu']);
  expectLayouts(layouts);
  const file = await fileOf('importLayers', source, at);
  const found = await layersOf(file, {
    ...(kinds && { kinds }),
    ...(activations && { activations }),
    ...(layouts && { layouts }),
  });
  const names = [...found.layers, ...found.refused].map(({ name }) => name);
  const named = [kinds, activations, layouts].map((by) => by && Object.keys(by));
  const byOption = { only, kinds: named[0], activations: named[1], layouts: named[2] };
  for (const [option, given] of Object.entries(byOption)) {
    const stray = given?.find((name) => !names.includes(name));
    if (stray === undefined) continue;
    throw new OptionError(
      `importLayers: names of layers, ${show(names)}, were expected as ${option}, but ${show(stray)} came`,
    );
  }
  const wanted = only ?? names;
  expectExact(found, wanted);
  if (names.length === 0) {
    throw new DataError(
      `importLayers: recurrent, embedding or dense layers were expected, but ${show(found.others)} came; readTensors has them, and layouts tells of those of Haste and TensorFlow 1`,
    );
  }
  return only
    ? only.map((name) => found.layers.find((layer) => layer.name === name) as ImportedLayer)
    : [...found.layers];
}

/** @throws ModelError for a wanted layer that cannot be had */
function expectExact({ refused }: FileLayers, wanted: readonly string[]): void {
  const first = refused.find(({ name }) => wanted.includes(name));
  if (first) throw new ModelError(`importLayers: layer ${show(first.name)}: ${first.reason}`);
}

/** The layers of a file, and what of it is none. @throws DataError when they contradict each other */
export async function layersOf(file: TensorFile, options: LayersOptions): Promise<FileLayers> {
  return (FORMATS.find(({ name }) => name === file.format) as Format).layers(file, options);
}

/** The tensors that layers come from. @throws DataError for what is none of them */
export async function fileOf(who: string, source: TensorSource, at: string | undefined): Promise<TensorFile> {
  if (isFileSource(source)) return readTensors(source, at === undefined ? {} : { at });
  if (at !== undefined)
    throw new OptionError(`${who}: at was expected with the bytes of a file, but tensors came; leave it out`);
  const given = readable(who, () => Object(source) as Partial<TensorFile>);
  const isFile = readable(who, () => typeof given.format === 'string' && typeof given.tensors === 'object');
  const tensors = expectTensors(who, isFile ? given.tensors : source);
  // Tensors alone are named as safetensors has them.
  if (!isFile) return { format: 'safetensors', tensors, refused: {}, notes: [] };
  const { format, refused = {}, config = {}, vocabulary } = readable(who, () => given);
  expectOneOf(
    who,
    'format',
    format,
    FORMATS.map(({ name }) => name),
  );
  expectObject(who, refused);
  expectObject(who, config);
  const isList = readable(
    who,
    () => Array.isArray(vocabulary) && vocabulary.every((token) => typeof token === 'string'),
  );
  if (vocabulary !== undefined && !isList) {
    throw new DataError(
      `${who}: a list of tokens was expected as vocabulary, but ${show(vocabulary)} came; pass what readTensors gives`,
    );
  }
  const said = { format: format as FormatName, tensors, refused, config, notes: [] };
  return vocabulary === undefined ? said : { ...said, vocabulary };
}

function expectTensors(who: string, tensors: unknown): Record<string, Tensor> {
  const entries = readable(who, () =>
    typeof tensors === 'object' && tensors !== null ? Object.entries(tensors) : undefined,
  );
  const stray = entries?.find(([, value]) => !(value instanceof Tensor));
  if (!entries || stray || Array.isArray(tensors)) {
    throw new DataError(
      `${who}: bytes of a file, or tensors by name, were expected, but ${show(stray ? stray[1] : tensors)} came${stray ? ` as ${show(stray[0])}` : ''}; pass what readTensors gives`,
    );
  }
  const record: Record<string, Tensor> = Object.create(null);
  for (const [name, value] of entries) record[name] = value;
  return record;
}

function expectNames(only: readonly string[] | undefined): void {
  if (only === undefined) return;
  if (!Array.isArray(only))
    throw new OptionError(`importLayers: a list of names was expected as only, but ${show(only)} came`);
  for (const name of only) expectText('importLayers', 'a name of only', name);
}

function expectByName(
  option: keyof LayersOptions,
  given: Readonly<Record<string, string>> | undefined,
  values: readonly string[],
): void {
  if (given === undefined) return;
  expectObject('importLayers', given);
  for (const [name, value] of readable('importLayers', () => Object.entries(given))) {
    expectOneOf('importLayers', `${option}[${show(name)}]`, value, values);
  }
}

function expectLayouts(layouts: LayersOptions['layouts']): void {
  if (layouts === undefined) return;
  expectObject('importLayers', layouts);
  for (const [name, layout] of readable('importLayers', () => Object.entries(layouts))) {
    if (typeof layout === 'string') {
      expectOneOf('importLayers', `layouts[${show(name)}]`, layout, ['haste lstm', 'haste gru']);
      continue;
    }
    const { forgetBias } = optionsOf('importLayers', layout, { forgetBias: true });
    expectNumber('importLayers', 'forgetBias', forgetBias);
  }
}
