import { optionsOf } from '../../../checks.ts';
import { Recurrent } from '../../../layers/recurrent/recurrent.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { ImportedRecurrent, RecurrentFacts } from '../../imported/imported-layer.ts';

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
    notes: [...notes, ...(facts.bias ? [] : ['it has no biases: they are zeros'])],
    toRecurrent(options = {}) {
      const { engine } = optionsOf('toRecurrent', options, { engine: true });
      const { cell, resetAfter, inputSize, hiddenSize, layers, bidirectional } = facts;
      const layer = new Recurrent({
        cell,
        inputSize,
        hiddenSize,
        layers,
        bidirectional,
        ...(resetAfter === undefined ? {} : { resetAfter }),
        ...(engine === undefined ? {} : { engine }),
      });
      layer.setWeights(weights);
      return layer;
    },
  };
}
