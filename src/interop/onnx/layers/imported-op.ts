import type { Tensor } from '../../../tensor/tensor.ts';
import type { ImportedRecurrent, RecurrentFacts } from '../../imported/imported-layer.ts';
import { recurrentFrom } from '../../imported/recurrent-from-facts.ts';

/** A recurrent layer of a graph, by what was found of it. */
export function importedOp(
  name: string,
  facts: RecurrentFacts,
  weights: Readonly<Record<string, Tensor>>,
  notes: readonly string[],
): ImportedRecurrent {
  return {
    kind: 'recurrent',
    name,
    facts,
    weights,
    notes,
    toRecurrent: (options) => recurrentFrom(facts, weights, options),
  };
}
