import { brokenOnnx } from '../broken-onnx.ts';
import { show } from '../../../errors.ts';
import { MessageWriter } from '../protobuf/message-writer.ts';
import { WireReader } from '../protobuf/wire-reader.ts';

/** The fields of a model, a graph and a tensor that are looked at. */
const GRAPH = 7;
const [INITIALIZER, INPUT] = [5, 11];
const [DIMS, DATA_TYPE, NAME] = [1, 2, 8];

/**
 * A file whose graph is given some of its initializers as inputs.
 * @throws DataError for one that its graph does not have
 */
export function initializersAsInputs(file: Uint8Array, names: readonly string[]): Uint8Array {
  const left = new Set(names);
  const out = new MessageWriter();
  const model = new WireReader(file, 'the model');
  while (model.next()) {
    if (model.field === GRAPH) out.message(GRAPH, graphWith(model.message('the graph'), left));
    else out.copy(model);
  }
  const [missing] = left;
  if (missing === undefined) return out.toBytes();
  throw brokenOnnx(`an initializer ${show(missing)} of the graph`, 'none');
}

/** @param names those that are met are taken out of it */
function graphWith(graph: WireReader, names: Set<string>): MessageWriter {
  const out = new MessageWriter();
  const inputs: MessageWriter[] = [];
  while (graph.next()) {
    const { name, info } = graph.field === INITIALIZER ? valueOfTensor(graph.message('an initializer')) : NOTHING;
    if (info && names.delete(name)) inputs.push(info);
    else out.copy(graph);
  }
  for (const input of inputs) out.message(INPUT, input);
  return out;
}

const NOTHING: { readonly name: string; readonly info: MessageWriter | undefined } = { name: '', info: undefined };

/** What is said of an input of the shape and dtype of a tensor. */
function valueOfTensor(tensor: WireReader): typeof NOTHING {
  let name = '';
  const type = new MessageWriter();
  const sizes = new MessageWriter();
  while (tensor.next()) {
    if (tensor.field === DIMS) tensor.wholes((size) => sizes.message(1, new MessageWriter().whole(1, size)));
    else if (tensor.field === DATA_TYPE) type.whole(1, tensor.whole());
    else if (tensor.field === NAME) name = tensor.text();
  }
  const info = new MessageWriter().text(1, name);
  return { name, info: info.message(2, new MessageWriter().message(1, type.message(2, sizes))) };
}
