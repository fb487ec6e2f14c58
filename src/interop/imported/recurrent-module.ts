import type { CellName } from '../../cells/cells.ts';
import { GRU_GATES, LSTM_GATES, RNN_GATES } from '../../cells/gates.ts';
import { show } from '../../errors.ts';
import { laneNames, weightNames, weightShape } from '../../sequence/lanes.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { ImportedRecurrent, RecurrentFacts } from './imported-layer.ts';
import { keptWeight } from './kept-weight.ts';
import { importedRecurrent } from './recurrent-from-facts.ts';
import { Refusal } from './refusal.ts';
import type { TorchModule } from './torch-modules.ts';

const LEAF =
  /^(weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)((?:_l\d{1,4})?(?:_reverse)?)(_raw|_g|_v|_parametrized|_orig|_mask|_u)?$/;

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
 * @param told the activation of an RNN, if its owner says so
 * @throws Refusal when it cannot be had exactly
 */
export function recurrentOf(module: TorchModule, told: 'tanh' | 'relu' | undefined): ImportedRecurrent {
  const lanes = lanesOf(module);
  const facts = factsOf(module, lanes, told);
  const { weights, notes } = weightsOf(module, facts, lanes[0] === '');
  return importedRecurrent(module.name, facts, weights, [...notesOf(module, facts, told), ...notes]);
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

function factsOf(module: TorchModule, lanes: readonly string[], told: 'tanh' | 'relu' | undefined): RecurrentFacts {
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
  const activation = activationOf(module, cell, told);
  const bidirectional = lanes.includes('_l0_reverse');
  const layers = lanes.length / (bidirectional ? 2 : 1);
  const { dropout } = module.attributes;
  return {
    cell,
    ...(cell === 'gru' ? { resetAfter: true } : {}),
    activation,
    ...(cell === 'rnn' ? {} : { recurrentActivation: 'sigmoid' }),
    inputSize,
    hiddenSize,
    layers,
    bidirectional,
    bias: [...module.tensors.keys()].some((leaf) => leaf.startsWith('bias_')),
    ...(typeof dropout === 'number' && dropout > 0 ? { dropout } : {}),
  };
}

/** What a whole module says, or its owner of a state dict. */
function activationOf({ attributes }: TorchModule, cell: CellName, told: 'tanh' | 'relu' | undefined): 'tanh' | 'relu' {
  if (cell !== 'rnn') {
    if (told === undefined) return 'tanh';
    throw new Refusal('an RNN, as activations name it,', show(cell), 'leave it out of activations');
  }
  const { mode, nonlinearity } = attributes;
  const said = mode ?? nonlinearity;
  const inFile = said === undefined ? undefined : said === 'RNN_RELU' || said === 'relu' ? 'relu' : 'tanh';
  if (told !== undefined && inFile !== undefined && told !== inFile) {
    throw new Refusal(`an RNN of ${told}, as activations say,`, `one of ${inFile}`, 'leave it out of activations');
  }
  return told ?? inFile ?? 'tanh';
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
    for (const name of weightNames(bias)) {
      const shape = weightShape(name, gates, width, hiddenSize);
      const full = isCell ? name : name + suffix;
      const kept = keptWeight(module, full);
      if (kept?.note) notes.push(kept.note);
      if (kept) count += 1;
      const value = kept?.value;
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

function notesOf(
  { attributes }: TorchModule,
  { cell, dropout }: RecurrentFacts,
  told: 'tanh' | 'relu' | undefined,
): readonly string[] {
  const { type } = attributes;
  const isOwn = typeof type === 'string' && !/^torch\.nn\.modules\.rnn\./.test(type);
  return [
    ...(cell === 'rnn' && told === undefined && attributes.mode === undefined && attributes.nonlinearity === undefined
      ? ['an RNN of tanh, as far as its weights tell: one of relu has the same; see { activations }']
      : []),
    ...(dropout === undefined
      ? []
      : [`PyTorch drops ${dropout} between its layers in training: it is not part of the weights`]),
    ...(isOwn ? [`its class is ${show(type)}, taken for PyTorch's own by the names of its weights`] : []),
  ];
}
