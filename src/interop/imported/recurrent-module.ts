import { GRU_GATES, LSTM_GATES, RNN_GATES } from '../../cells/gates.ts';
import type { CellName } from '../../cells/cells.ts';
import { optionsOf } from '../../checks.ts';
import { show } from '../../errors.ts';
import { Recurrent } from '../../layers/recurrent/recurrent.ts';
import { laneNames, WEIGHT_NAMES, weightShape } from '../../sequence/lanes.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { ImportedRecurrent, RecurrentFacts } from './imported-layer.ts';
import { keptWeight } from './kept-weight.ts';
import { Refusal } from './refusal.ts';
import type { TorchModule } from './torch-modules.ts';

const LEAF =
  /^(weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)((?:_l\d{1,4})?(?:_reverse)?)(_raw|_g|_v|_parametrized)?$/;

/** Cells by the number of their gates, which are in PyTorch's order here as there. */
const CELLS: ReadonlyMap<number, CellName> = new Map([
  [LSTM_GATES.length, 'lstm'],
  [GRU_GATES.length, 'gru'],
  [RNN_GATES.length, 'rnn'],
]);

/** Whether a module has weights by the names of nn.LSTM, GRU and RNN, or of their cells. */
export function isRecurrentModule({ tensors }: TorchModule): boolean {
  return [...tensors.keys()].some((leaf) => LEAF.test(leaf));
}

/**
 * nn.LSTM, GRU and RNN, stacked and in both directions, and LSTMCell, GRUCell and RNNCell.
 * @throws Refusal when it cannot be had exactly
 */
export function recurrentOf(module: TorchModule): ImportedRecurrent {
  const lanes = lanesOf(module);
  const facts = factsOf(module, lanes);
  const { weights, notes } = weightsOf(module, facts, lanes[0] === '');
  return {
    kind: 'recurrent',
    name: module.name,
    facts,
    weights,
    notes: [...notesOf(module, facts), ...notes],
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

/** The ends of the names of its weights: _l0, _l0_reverse, ...; '' alone for a cell. */
function lanesOf({ tensors }: TorchModule): readonly string[] {
  const lanes = new Set<string>();
  for (const leaf of tensors.keys()) {
    const [, weight, lane] = LEAF.exec(leaf) ?? [];
    if (weight === undefined)
      throw new Refusal('weights and biases alone', show(leaf), 'no layer here has such a weight');
    if (weight === 'weight_hr')
      throw new Refusal('a state as wide as the layer', 'a projection of it (proj_size)', 'train it without');
    lanes.add(lane as string);
  }
  return [...lanes];
}

function factsOf(module: TorchModule, lanes: readonly string[]): RecurrentFacts {
  const first = lanes[0] === '' ? '' : '_l0';
  const [input, recurrent] = ['weight_ih', 'weight_hh'].map((name) => keptWeight(module, name + first)?.value.shape);
  const [rows, hiddenSize] = recurrent ?? [];
  const [, inputSize] = input ?? [];
  const cell = CELLS.get((rows ?? 0) / (hiddenSize ?? 0));
  if (!cell || recurrent?.length !== 2 || input?.length !== 2 || !inputSize || !hiddenSize) {
    throw new Refusal(
      'weight_ih [G*H,I] and weight_hh [G*H,H] with 4, 3 or 1 gates',
      `shapes ${show(input)} and ${show(recurrent)}`,
      'save the whole state dict',
    );
  }
  expectTanh(module);
  const bidirectional = lanes.includes('_l0_reverse');
  const layers = lanes.length / (bidirectional ? 2 : 1);
  const { dropout } = module.attributes;
  return {
    cell,
    ...(cell === 'gru' ? { resetAfter: true } : {}),
    inputSize,
    hiddenSize,
    layers,
    bidirectional,
    bias: [...module.tensors.keys()].some((leaf) => leaf.startsWith('bias_')),
    ...(typeof dropout === 'number' && dropout > 0 ? { dropout } : {}),
  };
}

/** A state dict does not say it; a whole module does. */
function expectTanh({ attributes }: TorchModule): void {
  const { mode, nonlinearity } = attributes;
  if (mode !== 'RNN_RELU' && nonlinearity !== 'relu') return;
  throw new Refusal('an RNN of tanh', 'one of relu', "no cell here has it; see 'a cell of your own'");
}

function weightsOf(
  module: TorchModule,
  { cell, layers, bidirectional, inputSize, hiddenSize, bias }: RecurrentFacts,
  isCell: boolean,
): { weights: Record<string, Tensor>; notes: readonly string[] } {
  const gates = [...CELLS].find(([, name]) => name === cell)?.[0] as number;
  const weights: Record<string, Tensor> = {};
  const notes: string[] = [];
  let count = 0;
  for (const { suffix, inputSize: width } of laneNames(
    Math.ceil(layers),
    bidirectional ? 2 : 1,
    inputSize,
    hiddenSize,
  )) {
    for (const name of WEIGHT_NAMES) {
      const shape = weightShape(name, gates, width, hiddenSize);
      const full = isCell ? name : name + suffix;
      const kept = keptWeight(module, full);
      if (kept?.note) notes.push(kept.note);
      if (kept) count += 1;
      const value =
        kept?.value ??
        (name.startsWith('bias_') && !bias ? new Tensor(new Float32Array(shape[0] ?? 0), shape) : undefined);
      if (!value || String(value.shape) !== String(shape)) {
        throw new Refusal(
          `${full} of shape [${shape}]`,
          value ? `shape [${value.shape}]` : 'none',
          'save the whole state dict',
        );
      }
      weights[name + suffix] = value;
    }
  }
  const given = new Set([...module.tensors.keys()].map((leaf) => leaf.replace(/(_raw|_g|_v)$/, '')));
  if (given.size !== count) {
    throw new Refusal(
      'both directions in each layer of a stack',
      [...given].map(show).join(', '),
      'save the whole state dict',
    );
  }
  return { weights, notes };
}

function notesOf({ attributes }: TorchModule, { cell, bias, dropout }: RecurrentFacts): readonly string[] {
  const { type } = attributes;
  const isOwn = typeof type === 'string' && !/^torch\.nn\.modules\.rnn\./.test(type);
  return [
    ...(cell === 'rnn' && attributes.mode === undefined && attributes.nonlinearity === undefined
      ? ['an RNN of tanh, as far as its weights tell: one of relu has the same']
      : []),
    ...(bias ? [] : ['it has no biases: they are zeros']),
    ...(dropout === undefined
      ? []
      : [`PyTorch drops ${dropout} between its layers in training: it is not part of the weights`]),
    ...(isOwn ? [`its class is ${show(type)}, taken for PyTorch's own by the names of its weights`] : []),
  ];
}
