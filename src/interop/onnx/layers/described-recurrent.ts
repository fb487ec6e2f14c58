import { USUAL } from '../../../cells/activations.ts';
import { type CellOptions, cellOf } from '../../../cells/cells.ts';
import { isPlain } from '../../../checks.ts';
import { expectSites, resolveScheme, type SchemeLike } from '../../../masks/scheme.ts';
import { laneNames, weightNames, weightShape } from '../../../sequence/lanes.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { evaluationFactors } from '../../exported/evaluated.ts';
import type { TensorFile } from '../../format.ts';
import type { RecurrentFacts } from '../../imported/imported-layer.ts';
import { GATES } from './recurrent-op.ts';

/** Where a file of this package says what its recurrent layers are. */
export const DESCRIPTION = 'keepgate.recurrent';

const ACTS =
  'its scheme acts in predictions as well: run it with { plan: mean(facts.scheme) }, one for each layer and direction, or give it to lstm, gru or rnn as dropout';

/** A recurrent layer whose steps are nodes of a Scan, as this package writes one: the nodes alone do not say what it is. */
export interface DescribedRecurrent {
  readonly name: string;
  readonly facts: RecurrentFacts;
  readonly weights: Readonly<Record<string, Tensor>>;
  /** What somebody who uses it should know, a line each. */
  readonly notes: readonly string[];
  /** The names of its tensors in the file. */
  readonly tensors: ReadonlySet<string>;
}

/** Those of a file that have weights by the names that they have here; what is described in another way is none. */
export function describedRecurrents({ config, tensors }: TensorFile): readonly DescribedRecurrent[] {
  const { metadata } = Object(config) as { metadata?: Readonly<Record<string, unknown>> };
  const text = isPlain(metadata) ? metadata[DESCRIPTION] : undefined;
  if (typeof text !== 'string' || text.length > 1_000_000) return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.flatMap((entry) => describedOf(entry, tensors) ?? []) : [];
  } catch {
    // Somebody else's words.
    return [];
  }
}

function describedOf(entry: unknown, tensors: TensorFile['tensors']): DescribedRecurrent | undefined {
  if (!isPlain(entry)) return undefined;
  const { prefix, cell, inputSize, hiddenSize, layers, bidirectional, bias } = entry;
  const { resetAfter, activation, recurrentActivation } = entry as CellOptions;
  const sizes = [inputSize, hiddenSize, layers];
  const isKnown =
    typeof prefix === 'string' &&
    (cell === 'lstm' || cell === 'gru' || cell === 'rnn') &&
    typeof bidirectional === 'boolean' &&
    typeof bias === 'boolean' &&
    sizes.every((size) => Number.isSafeInteger(size) && (size as number) > 0) &&
    (layers as number) <= 1000;
  if (!isKnown) return undefined;
  // Such a cell there must be, and such sites.
  const made = cellOf(cell, { activation, recurrentActivation, ...(cell === 'gru' ? { resetAfter } : {}) });
  const scheme = resolveScheme((entry.evaluation ?? entry.scheme ?? []) as SchemeLike);
  expectSites(scheme, made.name, made.sites);
  const { activation: value, recurrentActivation: gate } = USUAL;
  const facts: RecurrentFacts = {
    cell,
    ...(cell === 'gru' ? { resetAfter: resetAfter !== false } : {}),
    activation: activation ?? value,
    ...(cell === 'rnn' ? {} : { recurrentActivation: recurrentActivation ?? gate }),
    inputSize: inputSize as number,
    hiddenSize: hiddenSize as number,
    layers: layers as number,
    bidirectional,
    bias,
    ...(scheme.length > 0 ? { scheme } : {}),
  };
  const weights: Record<string, Tensor> = {};
  const names = new Set<string>();
  for (const lane of laneNames(facts.layers, bidirectional ? 2 : 1, facts.inputSize, facts.hiddenSize)) {
    for (const weight of weightNames(bias)) {
      const name = prefix + weight + lane.suffix;
      const value = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
      const shape = weightShape(weight, GATES[cell].length, lane.inputSize, facts.hiddenSize);
      if (!value || String(value.shape) !== String(shape)) return undefined;
      weights[weight + lane.suffix] = value;
      names.add(name);
    }
  }
  const notes = Object.keys(evaluationFactors(scheme, 0)).length > 0 ? [ACTS] : [];
  return { name: prefix.replace(/\.$/, ''), facts, weights, notes, tensors: names };
}
