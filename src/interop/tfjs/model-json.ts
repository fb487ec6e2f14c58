/** What model.json of a TensorFlow.js model says, checked. */
import { MOST_NUMBERS } from '../../checks.ts';
import { DataError, messageOf, show } from '../../errors.ts';
import { MOST_AXES, rowMajor, sizeOf } from '../../tensor/tensor.ts';

/** A model.json: what the layers are, and where their weights lie. */
export interface ModelJson {
  /** All but the manifest. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly groups: readonly WeightGroup[];
}

/** Weights one after the other, in files that are to be joined. */
export interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightSpec[];
}

/** A weight of a group. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The numbers in the file stand for others: q scale + min, or floats of 16 bits. */
  readonly quantization?: { readonly dtype: string; readonly scale: number; readonly min: number };
}

/** The longest text that is parsed: what it becomes takes many times as much. */
const MOST_BYTES = 100_000_000;

/** A name without a path: no folder, drive, address or stream in it. */
const PLAIN_NAME = /^(?!\.\.?$)[^/\\:\0]+$/;

/** @throws DataError when it is no model.json, or not of a model in layers */
export function readModelJson(bytes: Uint8Array): ModelJson {
  const { weightsManifest, ...config } = parse(bytes);
  const { modelTopology } = config;
  if (config.format === 'graph-model' || (isObject(modelTopology) && 'node' in modelTopology)) {
    throw new DataError(
      'tfjs: a model in layers was expected, but a graph of operations came (graph-model), in which layers cannot be told; convert the model again with --output_format=tfjs_layers_model, from its .keras or .h5 file',
    );
  }
  if (!Array.isArray(weightsManifest)) throw broken('a list of groups as weightsManifest', show(weightsManifest));
  const groups = weightsManifest.map(groupOf);
  expectOnce(
    'name of a weight',
    groups.flatMap(({ weights }) => weights.map(({ name }) => name)),
  );
  expectOnce(
    'file of weights',
    groups.flatMap(({ paths }) => paths),
  );
  return { config, groups };
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes.length > MOST_BYTES) throw broken(`at most ${MOST_BYTES} bytes`, `${bytes.length}`);
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isObject(value)) return value;
  } catch (error) {
    throw broken('JSON in UTF-8', `something else (${messageOf(error)})`);
  }
  throw broken('an object', 'another value');
}

function groupOf(group: unknown): WeightGroup {
  const { paths, weights } = isObject(group) ? group : {};
  if (!Array.isArray(paths) || !Array.isArray(weights)) throw broken('groups { paths, weights }', show(group));
  for (const path of paths) {
    if (typeof path === 'string' && PLAIN_NAME.test(path)) continue;
    throw broken('names of files that lie beside it as paths', show(path), 'move them there, and name them so');
  }
  return { paths, weights: weights.map(specOf) };
}

function specOf(spec: unknown): WeightSpec {
  const { name, shape, dtype, quantization } = isObject(spec) ? spec : {};
  if (typeof name !== 'string' || name === '') throw broken('weights with names', show(spec));
  const who = `weight ${show(name)}`;
  if (typeof dtype !== 'string') throw broken(`a dtype of ${who}`, show(dtype));
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape || shape.length > MOST_AXES || !rowMajor(shape).every(Number.isSafeInteger)) {
    throw broken(`a shape of at most ${MOST_AXES} axes that memory could hold, of ${who},`, show(shape));
  }
  if (!(sizeOf(shape) <= MOST_NUMBERS)) throw broken(`at most ${MOST_NUMBERS} numbers in ${who}`, show(shape));
  const named = { name, shape: shape as readonly number[], dtype };
  if (quantization === undefined || quantization === null) return named;
  const { dtype: stored, scale = 1, min = 0 } = isObject(quantization) ? quantization : {};
  if (typeof stored !== 'string' || !Number.isFinite(scale) || !Number.isFinite(min)) {
    throw broken(`a quantization { dtype, scale, min } of ${who}`, show(quantization));
  }
  return { ...named, quantization: { dtype: stored, scale: scale as number, min: min as number } };
}

function expectOnce(what: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw broken(`every ${what} once`, `${show(name)} twice`);
    seen.add(name);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The error of a file that breaks a rule. */
export function broken(expected: string, came: string, advice = 'save the model again'): DataError {
  return new DataError(`tfjs: ${expected} was expected, but ${came} came; ${advice}`);
}
