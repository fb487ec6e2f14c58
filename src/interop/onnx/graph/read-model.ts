import { show } from '../../../errors.ts';
import { brokenOnnx } from '../broken-onnx.ts';
import { type MemoryBudget, OBJECT_BYTES } from '../memory-budget.ts';
import { WireReader } from '../protobuf/wire-reader.ts';
import type { OnnxAttribute, OnnxConfig, OnnxGraph, OnnxNode, OnnxValue } from './graph.ts';
import { readEntry, readTensorProto, type TensorProto } from './tensor-proto.ts';

/** What a file says, before its tensors are made. */
export interface ModelProto {
  readonly config: OnnxConfig;
  /** By the name that each has in the file. */
  readonly tensors: ReadonlyMap<string, TensorProto>;
  /** Tensors that are none that are read, each with the reason. */
  readonly refused: ReadonlyMap<string, string>;
  /** Whether it has functions of its own, or a training besides. */
  readonly more: readonly string[];
}

/** A name record that a name `__proto__` does no harm to. */
export function bare<V>(): Record<string, V> {
  return Object.create(null);
}

/** @throws DataError when it breaks a rule of protobuf, or is no model of ONNX */
export function readModelProto(bytes: Uint8Array, budget: MemoryBudget): ModelProto {
  const reader = new ModelReader(budget);
  const message = new WireReader(bytes, 'the model');
  let [irVersion, producer, producerVersion] = [0, '', ''];
  let graph: OnnxGraph | undefined;
  const opset = bare<number>();
  const metadata = bare<string>();
  const more = new Set<string>();
  while (message.next()) {
    const { field } = message;
    budget.take(OBJECT_BYTES, message.bytes.length * 2);
    if (field === 1) irVersion = message.whole();
    else if (field === 2) producer = message.text();
    else if (field === 3) producerVersion = message.text();
    else if (field === 8) {
      const [domain, version] = readOpset(message.message('opset_import'));
      opset[domain] = version;
    } else if (field === 14) {
      const [name, value] = readEntry(message.message('metadata_props'));
      metadata[name] = value;
    } else if (field === 20) more.add('a training');
    else if (field === 25) more.add('functions of its own');
    else if (field === 7) {
      if (graph) throw brokenOnnx('one graph', 'a second one');
      graph = reader.graph(message.message('the graph'));
    }
  }
  if (!graph) throw brokenOnnx('a model with a graph', 'one without');
  const config = { irVersion, producer, producerVersion, opset, metadata, graph };
  return { config, tensors: reader.tensors, refused: reader.refused, more: [...more] };
}

function readOpset(message: WireReader): [domain: string, version: number] {
  let [domain, version] = ['', 0];
  while (message.next()) {
    if (message.field === 1) domain = message.text();
    else if (message.field === 2) version = message.whole();
  }
  // The two names of ONNX' own operators.
  return [domain === 'ai.onnx' ? '' : domain, version];
}

/** Reads graphs, and collects the tensors that stand in them. */
class ModelReader {
  readonly tensors = new Map<string, TensorProto>();
  readonly refused = new Map<string, string>();
  readonly #budget: MemoryBudget;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  graph(message: WireReader): OnnxGraph {
    let name = '';
    const [inputs, outputs, nodes] = [[] as OnnxValue[], [] as OnnxValue[], [] as OnnxNode[]];
    const initializers = bare<string>();
    while (message.next()) {
      const { field } = message;
      this.#budget.take(OBJECT_BYTES, message.bytes.length);
      if (field === 1) nodes.push(this.#node(message.message('a node')));
      else if (field === 2) name = message.text();
      else if (field === 5) {
        const proto = readTensorProto(message.message('an initializer'), this.#budget);
        if (proto.name in initializers) throw brokenOnnx('initializers of different names', `two ${show(proto.name)}`);
        initializers[proto.name] = this.#keep(proto.name, proto);
      } else if (field === 11) inputs.push(this.#value(message.message('an input')));
      else if (field === 12) outputs.push(this.#value(message.message('an output')));
      else if (field === 15) this.#refuse('a sparse initializer', 'it is sparse; save it as a dense one');
    }
    return { name, inputs, outputs, initializers, nodes };
  }

  /** @returns the name that it has in the file: graphs that stand in others may have the names of these again */
  #keep(wanted: string, proto: TensorProto): string {
    const name = this.#free(wanted);
    this.tensors.set(name, proto);
    return name;
  }

  #refuse(wanted: string, why: string): string {
    const name = this.#free(wanted);
    this.refused.set(name, why);
    return name;
  }

  #free(wanted: string): string {
    let name = wanted;
    for (let n = 2; this.tensors.has(name) || this.refused.has(name); n++) {
      // Ever more of one name would take the square of their number.
      if (n > 64) throw brokenOnnx('tensors of different names', `more than 64 of ${show(wanted)}`);
      name = `${wanted}#${n}`;
    }
    return name;
  }

  #node(message: WireReader): OnnxNode {
    let [op, domain, name] = ['', '', ''];
    const [inputs, outputs] = [[] as string[], [] as string[]];
    const attributes = bare<OnnxAttribute>();
    const found: WireReader[] = [];
    while (message.next()) {
      const { field } = message;
      this.#budget.take(OBJECT_BYTES / 4, message.bytes.length);
      if (field === 1) inputs.push(message.text());
      else if (field === 2) outputs.push(message.text());
      else if (field === 3) name = message.text();
      else if (field === 4) op = message.text();
      else if (field === 5) {
        this.#budget.take(OBJECT_BYTES, message.bytes.length);
        found.push(message.message('an attribute'));
      } else if (field === 7) domain = message.text();
    }
    // A tensor of an attribute is called by what the node makes, which may come behind it.
    for (const attribute of found) {
      const [key, value] = this.#attribute(attribute, op === 'Constant' ? (outputs[0] ?? '') : `${outputs[0] ?? ''}:`);
      if (key in attributes) throw brokenOnnx('attributes of different names', `two ${show(key)} of ${show(op)}`);
      attributes[key] = value;
    }
    return { op, domain: domain === 'ai.onnx' ? '' : domain, name, inputs, outputs, attributes };
  }

  /** @param owner what its tensor is called by: with ':' at its end, the attribute's name comes behind it */
  #attribute(message: WireReader, owner: string): [name: string, value: OnnxAttribute] {
    let name = '';
    let value: OnnxAttribute = null;
    let tensor: TensorProto | undefined;
    const [numbers, texts] = [[] as number[], [] as string[]];
    while (message.next()) {
      const { field } = message;
      if (field === 1) name = message.text();
      else if (field === 2) value = message.float();
      else if (field === 3) value = message.whole();
      else if (field === 4) value = new TextDecoder().decode(message.block());
      else if (field === 5) tensor = readTensorProto(message.message('a tensor of an attribute'), this.#budget);
      else if (field === 6) value = { graph: this.graph(message.message('a graph of an attribute')) };
      else if (field === 7) this.#floats(message, numbers);
      else if (field === 8) message.wholes((integer) => this.#push(numbers, integer, 1));
      else if (field === 9) {
        this.#budget.take(OBJECT_BYTES / 4, message.bytes.length);
        texts.push(new TextDecoder().decode(message.block()));
      }
    }
    if (numbers.length > 0) value = numbers;
    if (texts.length > 0) value = texts;
    if (tensor) value = { tensor: this.#keep(owner.endsWith(':') ? owner + name : owner, tensor) };
    return [name, value];
  }

  #floats(message: WireReader, into: number[]): void {
    const { bytes } = message;
    if (bytes.length % 4 !== 0) throw brokenOnnx('floats of an attribute', `${bytes.length} bytes`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += 4) this.#push(into, view.getFloat32(at, true), 4);
  }

  #push(into: number[], value: number, from: number): void {
    // A list that grows holds up to twice its numbers while it does.
    this.#budget.take(16, from);
    into.push(value);
  }

  #value(message: WireReader): OnnxValue {
    let name = '';
    let shape: OnnxValue['shape'] = null;
    while (message.next()) {
      if (message.field === 1) name = message.text();
      else if (message.field === 2) shape = this.#shapeOf(message.message('a type'));
    }
    return { name, shape };
  }

  /** TypeProto.tensor_type.shape.dim */
  #shapeOf(type: WireReader): OnnxValue['shape'] {
    let shape: (number | string | null)[] | null = null;
    while (type.next()) {
      if (type.field !== 1) continue;
      const tensor = type.message('a type of tensors');
      while (tensor.next()) {
        if (tensor.field !== 2) continue;
        const dims = tensor.message('a shape');
        shape = [];
        while (dims.next()) {
          this.#budget.take(OBJECT_BYTES, dims.bytes.length);
          if (dims.field === 1) shape.push(sizeOrName(dims.message('a size')));
        }
      }
    }
    return shape;
  }
}

function sizeOrName(message: WireReader): number | string | null {
  let size: number | string | null = null;
  while (message.next()) {
    if (message.field === 1) size = message.whole();
    else if (message.field === 2) size = message.text() || null;
  }
  return size;
}
