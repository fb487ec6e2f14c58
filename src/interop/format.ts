import type { Tensor } from '../tensor/tensor.ts';
import type { ZipArchive } from './archives/read-zip.ts';
import type { FileModel } from './imported/file-model.ts';
import type { FileLayers } from './imported/imported-layer.ts';

/** What `readTensors` can be told. */
export interface ReadTensorsOptions {
  /** Of a PyTorch checkpoint: where its tensors are, such as 'ema'; the usual places when left out, or all of the file. */
  readonly at?: string;
}

/** The tensors of a file, by the names that they have in it. */
export interface TensorFile {
  /** What the file is. */
  readonly format: FormatName;
  /** Views of one storage share their memory. */
  readonly tensors: Record<string, Tensor>;
  /** Tensors that the file has and that cannot be had, by name, each with the reason. */
  readonly refused: Record<string, string>;
  /** What the file says beside its tensors: the rest of a checkpoint, or the metadata of safetensors. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The tokens of a file that has them, by id. */
  readonly vocabulary?: readonly string[];
  /** What somebody who uses the tensors should know, a line each. */
  readonly notes: readonly string[];
}

/** The kinds of files that are read. */
export type FormatName = 'safetensors' | 'pytorch' | 'keras' | 'tfjs' | 'onnx';

/** What is to be known of a file's layers that it does not say. */
export interface LayersOptions {
  /** Which matrices without a bias are embeddings, and which are dense layers, by the name of their layer: a state dict does not say. */
  readonly kinds?: Readonly<Record<string, 'embedding' | 'dense'>>;
  /** Which RNNs are of relu, by the name of their layer: a state dict does not say, and one that is not named is of tanh. */
  readonly activations?: Readonly<Record<string, 'tanh' | 'relu'>>;
  /** Which layers are of Haste, or BasicLSTMCells of TensorFlow 1, by the names in front of their weights: a file of tensors does not say. */
  readonly layouts?: Readonly<Record<string, RecurrentLayout>>;
}

/**
 * How weights lie that are named kernel and bias. Haste's LSTM and GRU; or a BasicLSTMCell of TensorFlow 1, which adds its `forgetBias` to the
 * forget gate at run time (1 where nobody said another): no file has it.
 */
export type RecurrentLayout = 'haste lstm' | 'haste gru' | { readonly forgetBias: number };

/** A file as formats look at it: its bytes and, where it is a zip archive, its entries. */
export interface FileBytes {
  readonly bytes: Uint8Array;
  readonly archive: ZipArchive | null;
  /**
   * The bytes of a file that it names and that came with it, or that lies beside it; undefined where there is none of that name.
   * A name with a path in it is none.
   */
  beside(name: string): Promise<Uint8Array | undefined>;
}

/** A kind of files. They are told apart by what is in them, never by their names. */
export interface Format {
  readonly name: FormatName;
  /** Whether a file is one of this kind, damaged or not. */
  isOne(file: FileBytes): boolean;
  /** @throws DataError when the file breaks a rule of the format; OptionError for an option that it has not */
  read(file: FileBytes, options: ReadTensorsOptions): Promise<TensorFile>;
  /** The layers of what `read` gave. @throws DataError when they contradict each other */
  layers(file: TensorFile, options: LayersOptions): FileLayers | Promise<FileLayers>;
  /** Whether a file says how its layers stand, though it may be in a way that no model here does. */
  tellsModel?(file: TensorFile): boolean | Promise<boolean>;
  /** The whole model, of a kind that tells of its layers' order. @throws DataError when the file contradicts itself */
  model?(file: TensorFile): FileModel | undefined | Promise<FileModel | undefined>;
}
