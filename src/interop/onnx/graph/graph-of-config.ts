import { isPlain, readable } from '../../../checks.ts';
import { DataError, show } from '../../../errors.ts';
import type { OnnxGraph, OnnxNode } from './graph.ts';

/** As deep as files may be, and a little more. */
const MOST_DEPTH = 32;

/** The graph of what `readTensors` gave of a file. @throws DataError for what is none: its owner may have made it by hand */
export function graphOf(config: unknown): OnnxGraph {
  const graph = readable('importLayers', () => {
    const found = Object(config).graph;
    return isGraph(found, 0) ? found : undefined;
  });
  if (graph) return graph;
  throw new DataError(
    `importLayers: the config that readTensors gives of an ONNX file was expected, but ${show(config)} came; pass all that it gave`,
  );
}

function isGraph(value: unknown, depth: number): value is OnnxGraph {
  if (!isPlain(value) || depth > MOST_DEPTH) return false;
  const { inputs, outputs, initializers, nodes } = value;
  return (
    areAll(inputs, isValue) &&
    areAll(outputs, isValue) &&
    isPlain(initializers) &&
    Object.values(initializers).every((name) => typeof name === 'string') &&
    areAll(nodes, (node) => isNode(node, depth))
  );
}

function areAll(list: unknown, is: (entry: unknown) => boolean): boolean {
  return Array.isArray(list) && Array.from(list).every(is);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isValue(value: unknown): boolean {
  return isPlain(value) && isText(value.name) && (value.shape === null || Array.isArray(value.shape));
}

function isNode(value: unknown, depth: number): value is OnnxNode {
  if (!isPlain(value)) return false;
  const { op, domain, name, inputs, outputs, attributes } = value;
  return (
    [op, domain, name].every(isText) &&
    areAll(inputs, isText) &&
    areAll(outputs, isText) &&
    isPlain(attributes) &&
    Object.values(attributes).every((attribute) => isAttribute(attribute, depth))
  );
}

function isAttribute(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'number' || isText(value)) return true;
  if (Array.isArray(value)) return areAll(value, isText) || areAll(value, (entry) => typeof entry === 'number');
  if (!isPlain(value)) return false;
  return 'graph' in value ? isGraph(value.graph, depth + 1) : isText(value.tensor);
}
