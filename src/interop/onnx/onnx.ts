/** Files of ONNX: a graph of operators, with its constants. */
import { OptionError, show } from '../../errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { FileBytes, Format, TensorFile } from '../format.ts';
import { brokenOnnx } from './broken-onnx.ts';
import { bare, readModelProto } from './graph/read-model.ts';
import { type ExternalData, makeTensor, type TensorProto } from './graph/tensor-proto.ts';
import { modelOfGraph } from './chain/model-of-graph.ts';
import { isOnnx } from './is-onnx.ts';
import { layersOfGraph } from './layers/layers-of-graph.ts';
import { MemoryBudget } from './memory-budget.ts';

export const onnx: Format = {
  name: 'onnx',
  isOne: isOnnx,
  tellsModel: () => true,
  layers: layersOfGraph,
  model: modelOfGraph,

  async read(file, { at }): Promise<TensorFile> {
    if (at !== undefined) {
      throw new OptionError('readTensors: at was expected for a PyTorch checkpoint, but ONNX came; leave it out');
    }
    const budget = new MemoryBudget();
    const model = readModelProto(file.bytes, budget);
    // No prototype: a tensor may be called `__proto__`.
    const tensors = bare<Tensor>();
    const refused = bare<string>();
    for (const [name, why] of model.refused) refused[name] = why;
    const rounded: string[] = [];
    const others = new OtherFiles(file, budget);
    for (const [name, proto] of model.tensors) {
      const bytes = await others.bytesOf(proto);
      const made = typeof bytes === 'string' ? { refused: bytes } : makeTensor(proto, bytes);
      if ('refused' in made) refused[name] = made.refused;
      else tensors[name] = made.tensor;
      if ('rounded' in made && made.rounded) rounded.push(name);
    }
    const { producer, producerVersion, opset, irVersion } = model.config;
    const notes = [
      `written by ${show(producer || 'somebody')} ${show(producerVersion)}, opset ${opset[''] ?? 'none'}, IR ${irVersion}`,
      ...model.more.map((part) => `${part} of the file: left aside`),
      ...(rounded.length > 0
        ? [`${rounded.slice(0, 4).map(show).join(', ')}: the largest integer of 64 bits, an end, is rounded to 2^63`]
        : []),
    ];
    return { format: 'onnx', tensors, refused, config: { ...model.config }, notes };
  },
};

/** The files that a model keeps its numbers in, if its owner gave them by their names, or they lie beside it. */
class OtherFiles {
  readonly #file: FileBytes;
  readonly #budget: MemoryBudget;
  readonly #read = new Map<string, Promise<Uint8Array | undefined>>();
  /** How many bytes of each became numbers. */
  readonly #used = new Map<string, number>();

  constructor(file: FileBytes, budget: MemoryBudget) {
    this.#file = file;
    this.#budget = budget;
  }

  /** The bytes of a tensor, or why they cannot be had. @throws DataError when they are not inside of the file */
  async bytesOf({ name, data }: TensorProto): Promise<Uint8Array | string> {
    if (data instanceof Uint8Array) return data;
    const { location, offset, length } = data;
    const bytes = await this.#beside(data);
    if (!bytes) {
      return `its numbers are in another file, ${show(location)}, which did not come with this one; give both by name`;
    }
    const end = length === undefined ? bytes.length : offset + length;
    if (offset > end || end > bytes.length) {
      throw brokenOnnx(
        `tensor ${show(name)} inside of ${show(location)} of ${bytes.length} bytes`,
        `bytes ${offset} to ${end}`,
      );
    }
    // Many tensors may show the same bytes.
    const used = (this.#used.get(location) ?? 0) + end - offset;
    this.#used.set(location, used);
    this.#budget.take(Math.min(end - offset, Math.max(0, used - bytes.length)), 0);
    return bytes.subarray(offset, end);
  }

  #beside({ location }: ExternalData): Promise<Uint8Array | undefined> {
    const reading = this.#read.get(location) ?? this.#file.beside(location);
    this.#read.set(location, reading);
    return reading;
  }
}
