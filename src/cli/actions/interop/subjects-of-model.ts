import { type CellOptions, cellConfigOf, cellOf } from '../../../cells/cells.ts';
import { ModelError } from '../../../errors.ts';
import type { Layer } from '../../../layers/layer.ts';
import { loadModel } from '../../../train/model/load-model.ts';
import { subjectOf } from '../../../verify/own-subjects.ts';
import type { AnySubject } from '../../../verify/verify.ts';

/**
 * The recurrent layers of a saved model, each as a layer of its cell with its dropout: small, and with weights of the verifier's,
 * as what dropout does is no matter of sizes and weights.
 * @throws ModelError when it has none, or there is no model in the folder
 */
export async function subjectsOfModel(dir: string): Promise<readonly AnySubject[]> {
  const model = await loadModel(dir, { engine: 'reference' });
  const subjects = model.layers.flatMap((layer, i) => subjectOfLayer(layer, i));
  await model.dispose();
  if (subjects.length > 0) return subjects;
  const types = model.layers.map(({ config }) => config.type).join(', ');
  throw new ModelError(`verify: a model with a recurrent layer was expected, but its layers are ${types}`);
}

function subjectOfLayer({ config, scheme = [] }: Layer, i: number): readonly AnySubject[] {
  const bidirectional = config.type === 'bidirectional';
  const inside: Layer['config'] = bidirectional ? Object(config.layer) : config;
  const { type: cell } = inside;
  if (cell !== 'lstm' && cell !== 'gru' && cell !== 'rnn') return [];
  const name = `layer ${i}: ${bidirectional ? `bidirectional ${cell}` : cell}`;
  const options = cellConfigOf(inside as CellOptions);
  // What a normalised cell drops is not to be read from its outputs: it is verified as a cell.
  if (options.normalization !== undefined) return [{ name, cell: cellOf(cell, options), claims: scheme }];
  const { normalization: _, ...plain } = options;
  return [subjectOf({ cell, name, scheme, bidirectional, ...plain })];
}
