import { sizeOf, type Tensor } from '../../../tensor/tensor.ts';
import { writeNumbers } from '../../dtypes.ts';
import { MessageWriter } from '../protobuf/message-writer.ts';

/** The dtypes of TensorProto that are written, by their numbers. */
export const DTYPE = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11 } as const;

/** What a node is told: whole numbers, lists of them, names, lists of names, a float, or a graph. */
export type AttributeValue =
  | number
  | readonly number[]
  | string
  | readonly string[]
  | { readonly float: number }
  | { readonly graph: GraphBuilder };

/** AttributeProto.type */
const KINDS = { float: 1, whole: 2, text: 3, graph: 5, wholes: 7, texts: 8 } as const;

/** A size of an input or an output: a number, or the name of one that is free. */
export type Size = number | string;

/** A graph that is being put together. Values are known by their names, which differ in it and in the graphs that stand in it. */
export class GraphBuilder {
  /** The dtype of all floats. */
  readonly float: number;
  readonly #nodes: MessageWriter[] = [];
  readonly #initializers: MessageWriter[] = [];
  readonly #inputs: MessageWriter[] = [];
  readonly #outputs: MessageWriter[] = [];
  /** How many names there are, in all graphs of one model. */
  readonly #names: { count: number };
  readonly #constants = new Map<string, string>();

  constructor(float: number, within?: GraphBuilder) {
    this.float = float;
    this.#names = within ? within.#names : { count: 0 };
  }

  /** A graph for an attribute of a node of this one, whose values it sees. */
  inner(): GraphBuilder {
    return new GraphBuilder(this.float, this);
  }

  /** @returns the name of its first result */
  node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}): string {
    return this.nodeOf(op, inputs, 1, attributes)[0] as string;
  }

  /** @param outputs how many results it has @returns their names */
  nodeOf(
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): readonly string[] {
    const names = Array.from({ length: outputs }, () => this.#fresh(op.toLowerCase()));
    const node = new MessageWriter();
    for (const name of inputs) node.text(1, name);
    for (const name of names) node.text(2, name);
    node.text(3, names[0] as string).text(4, op);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attributeOf(name, value));
    this.#nodes.push(node);
    return names;
  }

  /** The same value by another name, which somebody knows. */
  rename(value: string, name: string): void {
    this.#nodes.push(new MessageWriter().text(1, value).text(2, name).text(3, name).text(4, 'Identity'));
  }

  /** A tensor of floats, by a name that nobody else has. */
  weight(name: string, tensor: Tensor): string {
    const isWide = tensor.data instanceof Float64Array;
    const bytes = new Uint8Array(sizeOf(tensor.shape) * tensor.data.BYTES_PER_ELEMENT);
    writeNumbers(new DataView(bytes.buffer), 0, tensor);
    this.#initializers.push(tensorOf(name, tensor.shape, isWide ? DTYPE.float64 : DTYPE.float32, bytes));
    return name;
  }

  /** A number of the floats of this graph. */
  number(value: number): string {
    return this.#constant(`${value}`, [], this.float, (view) =>
      this.float === DTYPE.float64 ? view.setFloat64(0, value, true) : view.setFloat32(0, value, true),
    );
  }

  /** A list of whole numbers of 64 bits: shapes, axes, places. */
  wholes(...values: readonly number[]): string {
    return this.#constant(`[${values}]`, [values.length], DTYPE.int64, (view) => {
      for (const [i, value] of values.entries()) view.setBigInt64(i * 8, BigInt(value), true);
    });
  }

  /** A whole number of 64 bits. */
  wholeNumber(value: number): string {
    return this.#constant(`whole ${value}`, [], DTYPE.int64, (view) => view.setBigInt64(0, BigInt(value), true));
  }

  /** @param shape nothing is said of it when it is null */
  input(name: string, dtype: number, shape: readonly Size[] | null): string {
    this.#inputs.push(valueInfo(name, dtype, shape));
    return name;
  }

  output(name: string, dtype: number, shape: readonly Size[] | null): void {
    this.#outputs.push(valueInfo(name, dtype, shape));
  }

  /** A name that no other value has. */
  fresh(what: string): string {
    return this.#fresh(what);
  }

  toMessage(name: string): MessageWriter {
    const graph = new MessageWriter();
    for (const node of this.#nodes) graph.message(1, node);
    graph.text(2, name);
    for (const tensor of this.#initializers) graph.message(5, tensor);
    for (const value of this.#inputs) graph.message(11, value);
    for (const value of this.#outputs) graph.message(12, value);
    return graph;
  }

  #fresh(what: string): string {
    this.#names.count += 1;
    return `${what}_${this.#names.count}`;
  }

  #constant(key: string, shape: readonly number[], dtype: number, write: (view: DataView) => void): string {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.#fresh('constant');
    const bytes = new Uint8Array(sizeOf(shape) * (dtype === DTYPE.float32 ? 4 : 8));
    write(new DataView(bytes.buffer));
    this.#initializers.push(tensorOf(name, shape, dtype, bytes));
    this.#constants.set(key, name);
    return name;
  }
}

function tensorOf(name: string, shape: readonly number[], dtype: number, bytes: Uint8Array): MessageWriter {
  const tensor = new MessageWriter();
  for (const size of shape) tensor.whole(1, size);
  return tensor.whole(2, dtype).text(8, name).block(9, bytes);
}

function valueInfo(name: string, dtype: number, shape: readonly Size[] | null): MessageWriter {
  const sizes = new MessageWriter();
  for (const size of shape ?? []) {
    const dim = new MessageWriter();
    sizes.message(1, typeof size === 'number' ? dim.whole(1, size) : dim.text(2, size));
  }
  const tensor = new MessageWriter().whole(1, dtype);
  if (shape) tensor.message(2, sizes);
  return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, tensor));
}

function attributeOf(name: string, value: AttributeValue): MessageWriter {
  const attribute = new MessageWriter().text(1, name);
  if (typeof value === 'number') return attribute.whole(3, value).whole(20, KINDS.whole);
  if (typeof value === 'string') return attribute.text(4, value).whole(20, KINDS.text);
  if ('float' in value) return attribute.float(2, value.float).whole(20, KINDS.float);
  if ('graph' in value) return attribute.message(6, value.graph.toMessage(name)).whole(20, KINDS.graph);
  const isTexts = typeof value[0] === 'string';
  for (const one of value) {
    if (typeof one === 'string') attribute.text(9, one);
    else attribute.whole(8, one);
  }
  return attribute.whole(20, isTexts ? KINDS.texts : KINDS.wholes);
}
