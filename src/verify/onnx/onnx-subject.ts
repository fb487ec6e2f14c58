import { cellConfigOf } from '../../cells/cells.ts';
import { expectText, optionsOf } from '../../checks.ts';
import { DataError, show } from '../../errors.ts';
import type { TensorFile } from '../../interop/format.ts';
import { layersOf } from '../../interop/imported/import-layers.ts';
import type { ImportedRecurrent } from '../../interop/imported/imported-layer.ts';
import type { OnnxConfig } from '../../interop/onnx/graph/graph.ts';
import { tensorsOf } from '../../interop/read-tensors.ts';
import { type FileSource, filesOf } from '../../interop/source-files.ts';
import { parseScheme } from '../../masks/schemes/parse.ts';
import { resolveScheme, type SchemeLike } from '../../masks/scheme.ts';
import type { Subject } from '../subject.ts';
import { expectAlone } from './alone.ts';
import { GraphRunner } from './graph-runner.ts';

/** What `onnxSubject` is told of a file. */
export interface OnnxSubjectOptions {
  /** What the layer says that it drops; what the file says when left out. */
  readonly claims?: SchemeLike;
  /** What the report calls it. */
  readonly name?: string;
}

/**
 * The recurrent layer of an ONNX file as a subject of the verifier, run by onnxruntime-web (an optional package): one LSTM, GRU or
 * RNN of one layer, whose weights the file has as initializers. Of a file that `exportModel` wrote with `{ masks: true, lengths: true }`
 * the masks are drawn here and given to the graph, so that all of its dropout is looked at; of others what they do by themselves.
 * @throws DataError for a file without such a layer, or with others, EngineError where onnxruntime-web is not installed
 * @example
 * ```ts
 * import { recurrent, variational } from 'keepgate';
 * import { exportModel } from 'keepgate/interop';
 * import { onnxSubject, verify } from 'keepgate/verify';
 *
 * const layer = recurrent({ cell: 'rnn', inputSize: 3, hiddenSize: 4 });
 * const scheme = variational({ recurrent: 0.35 });
 * const files = await exportModel(layer, 'onnx', { masks: true, lengths: true, scheme });
 * const { passed, observed } = await verify(await onnxSubject(files), { runs: 2 });
 * console.log(passed, observed.map(({ site, scope }) => `${site} ${scope}`)); // prints: true [ 'recurrent sequence' ]
 * ```
 */
export async function onnxSubject(source: FileSource, options: OnnxSubjectOptions = {}): Promise<Subject> {
  const { claims, name } = optionsOf('onnxSubject', options, { claims: true, name: true });
  if (name !== undefined) expectText('onnxSubject', 'name', name);
  const files = await filesOf('onnxSubject', source);
  const read = await tensorsOf(files, {});
  const config = read.config as unknown as OnnxConfig;
  const [file] = files;
  if (read.format !== 'onnx' || !file || files.length > 1) {
    throw new DataError(
      `onnxSubject: one file of ONNX was expected, but ${read.format} came; pass its bytes or its path`,
    );
  }
  const layer = await theRecurrent(read, config);
  const { cell, inputSize, hiddenSize, bidirectional } = layer.facts;
  const scheme = schemeOf(config);
  const runner = await GraphRunner.open(file.bytes, config, layer, scheme);
  return {
    name: name ?? `${cell} of ${config.producer || 'an ONNX file'}${layer.name === '' ? '' : `, ${layer.name}`}`,
    cell,
    ...cellConfigOf(layer.facts),
    inputSize,
    hiddenSize,
    bidirectional,
    claims: resolveScheme(claims ?? scheme),
    setWeights: (weights, reverse) => runner.setWeights(bidirectional ? [weights, reverse] : [weights]),
    forward: (x, call) => runner.forward(x, call),
  };
}

/** @throws DataError unless there is one, of one layer, and nothing else */
async function theRecurrent(read: TensorFile, config: OnnxConfig): Promise<ImportedRecurrent> {
  const { layers, refused } = await layersOf(read, {});
  const found = layers.filter((layer) => layer.kind === 'recurrent');
  const [first] = found;
  if (first && found.length === 1 && first.facts.layers === 1) {
    expectAlone(first, layers, config);
    return first;
  }
  const came = found.map(({ name, facts }) => `${show(name)} of ${facts.layers}`).join(', ');
  throw new DataError(
    `onnxSubject: one recurrent layer was expected, but ${came || (refused[0]?.reason ?? 'none')} came; export it alone`,
  );
}

/** The scheme that a file of this package says its masks are of. */
function schemeOf({ metadata }: OnnxConfig): SchemeLike {
  const text = Object.hasOwn(metadata, 'keepgate.recurrent') ? metadata['keepgate.recurrent'] : '[]';
  try {
    const [first] = JSON.parse(text as string);
    return resolveScheme(typeof first?.scheme === 'string' ? parseScheme(first.scheme) : (first?.scheme ?? []));
  } catch (error) {
    throw new DataError(
      `onnxSubject: a scheme was expected in the metadata of the file, but ${show(error)} came; pass claims`,
    );
  }
}
