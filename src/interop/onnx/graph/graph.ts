import type { Tensor } from '../../../tensor/tensor.ts';

/** What `config` of a file says, as plain data. */
export interface OnnxConfig {
  readonly irVersion: number;
  readonly producer: string;
  readonly producerVersion: string;
  /** The version of the operators of each domain; '' is ONNX' own. */
  readonly opset: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly graph: OnnxGraph;
}

/** What is computed: nodes in the order of their work. Names belong to the graph and those that stand in it. */
export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** The names of its initializers, and those that they have among the tensors of the file. */
  readonly initializers: Readonly<Record<string, string>>;
  readonly nodes: readonly OnnxNode[];
}

/** An input or an output: its sizes, with a name, or null, where one is not fixed; null where nothing is said. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string | null)[] | null;
}

/** A call of an operator. */
export interface OnnxNode {
  readonly op: string;
  /** '' for ONNX' own. */
  readonly domain: string;
  readonly name: string;
  /** '' for one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A number, a text, a list of them; a tensor of the file, by its name there; a graph; null for what is none of these. */
export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | { readonly tensor: string }
  | { readonly graph: OnnxGraph }
  | null;

/** The tensors of a file by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** An attribute that is a whole number. */
export function wholeAttribute({ attributes }: OnnxNode, name: string, otherwise: number): number {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : otherwise;
}

/** An attribute that is a list of numbers. */
export function numbersAttribute({ attributes }: OnnxNode, name: string): readonly number[] | undefined {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return Array.isArray(value) && value.every((one) => typeof one === 'number') ? value : undefined;
}

/** The graph of an attribute. */
export function graphAttribute(attribute: OnnxAttribute | undefined): OnnxGraph | undefined {
  return typeof attribute === 'object' && attribute !== null && 'graph' in attribute ? attribute.graph : undefined;
}

/** The name that the tensor of an attribute has in the file. */
export function tensorAttribute({ attributes }: OnnxNode, name: string): string | undefined {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return typeof value === 'object' && value !== null && 'tensor' in value ? value.tensor : undefined;
}
