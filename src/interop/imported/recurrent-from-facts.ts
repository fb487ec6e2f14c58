import { cellConfigOf } from '../../cells/cells.ts';
import { optionsOf } from '../../checks.ts';
import { type Recurrent, recurrent } from '../../layers/recurrent/recurrent.ts';
import type { ImportedRecurrent, RecurrentFacts, ToRecurrentOptions } from './imported-layer.ts';

/** A recurrent layer of a file, of whatever format, by what was found of it. */
export function importedRecurrent(
  name: string,
  facts: RecurrentFacts,
  weights: ImportedRecurrent['weights'],
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

/** A layer of these facts, with these weights in it. */
function recurrentFrom(
  facts: RecurrentFacts,
  weights: ImportedRecurrent['weights'],
  options: ToRecurrentOptions = {},
): Recurrent {
  const { engine } = optionsOf('toRecurrent', options, { engine: true });
  const { cell, inputSize, hiddenSize, layers, bidirectional, bias } = facts;
  const sizes = { cell, inputSize, hiddenSize, layers, bidirectional, bias };
  const layer = recurrent({ ...sizes, ...cellConfigOf(facts), ...(engine === undefined ? {} : { engine }) });
  layer.setWeights(weights);
  return layer;
}

/** What can be said of a layer of one of our cells; undefined for a cell of a user's own. */
export function factsOf({ config }: Recurrent): RecurrentFacts | undefined {
  const { cell, resetAfter, activation = 'tanh', recurrentActivation = 'sigmoid' } = config;
  if (typeof cell !== 'string') return undefined;
  const { inputSize, hiddenSize, layers, bidirectional, bias } = config;
  return {
    cell,
    ...(cell === 'gru' ? { resetAfter: resetAfter ?? true } : {}),
    activation,
    ...(cell === 'rnn' ? {} : { recurrentActivation }),
    inputSize,
    hiddenSize,
    layers,
    bidirectional,
    bias,
  };
}
