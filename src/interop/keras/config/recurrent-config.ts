import { ACTIVATIONS, type ElementwiseActivation } from '../../../cells/activations.ts';
import type { CellName } from '../../../cells/cells.ts';
import { DataError, show } from '../../../errors.ts';
import type { Scheme } from '../../../masks/scheme.ts';
import { variational } from '../../../masks/schemes/variational.ts';
import { Refusal } from '../../imported/refusal.ts';
import { kerasLayer, type KerasLayer, own } from './keras-layer.ts';
import { activationName, type KerasWriter } from './writer.ts';
import { Settings } from './settings.ts';

/** What a config says of a recurrent layer, in one direction. */
export interface RecurrentConfig {
  readonly cell: CellName;
  readonly units: number;
  /** Of a GRU. */
  readonly resetAfter: boolean;
  readonly activation: ElementwiseActivation;
  /** Of the gates of an LSTM or a GRU. */
  readonly recurrentActivation?: ElementwiseActivation;
  readonly bias: boolean;
  readonly returnSequences: boolean;
  readonly goBackwards: boolean;
  /** What becomes of outputs at steps that are masked: they repeat the one before, or are zeros. */
  readonly zeroOutput: boolean;
  readonly scheme: Scheme;
  readonly notes: readonly string[];
}

/** A recurrent layer of a config, in one direction or both. */
export interface RecurrentLayerConfig {
  readonly forward: RecurrentConfig;
  readonly backward?: RecurrentConfig;
}

const CELLS: ReadonlyMap<string, CellName> = new Map([
  ['LSTM', 'lstm'],
  ['GRU', 'gru'],
  ['SimpleRNN', 'rnn'],
  ['CuDNNLSTM', 'lstm'],
  ['CuDNNGRU', 'gru'],
  ['LSTMCell', 'lstm'],
  ['GRUCell', 'gru'],
  ['SimpleRNNCell', 'rnn'],
]);

const WRAPPERS = new Set(['Bidirectional', 'RNN']);

/** Whether a layer is recurrent, by the name of its class. */
export function isRecurrent({ className }: KerasLayer): boolean {
  return CELLS.has(className) || WRAPPERS.has(className);
}

/** @throws Refusal when no layer here does the same */
export function recurrentConfig(layer: KerasLayer, writer: KerasWriter): RecurrentLayerConfig {
  if (layer.className !== 'Bidirectional') return { forward: directionOf(layer, writer) };
  const settings = new Settings(layer.config);
  const inside = innerLayer(settings.get('layer'));
  const given = settings.get('backward_layer');
  const [forward, backward] = [
    directionOf(inside, writer),
    directionOf(given === undefined ? inside : innerLayer(given), writer),
  ];
  const merge = own(layer.config, 'merge_mode') === undefined ? 'concat' : (settings.get('merge_mode') ?? null);
  if (merge !== 'concat') {
    throw new Refusal('merge_mode "concat"', show(merge), 'train it with both directions side by side');
  }
  for (const name of [
    'return_sequences',
    'return_state',
    'stateful',
    'go_backwards',
    'merge_mode',
    'weights',
    'zero_output_for_mask',
  ])
    settings.get(name);
  settings.done();
  if (forward.goBackwards || (given !== undefined && !backward.goBackwards)) {
    throw new Refusal('one layer forward and one backward', 'other directions', 'turn the input round');
  }
  return { forward, backward: { ...backward, goBackwards: true } };
}

function innerLayer(value: unknown): KerasLayer {
  try {
    return kerasLayer('keras', value);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new Refusal('a layer inside', show(value), 'save the model again');
  }
}

function directionOf(layer: KerasLayer, writer: KerasWriter): RecurrentConfig {
  const outer = new Settings(layer.config);
  const inner = layer.className === 'RNN' ? innerLayer(outer.get('cell')) : layer;
  const cell = CELLS.get(inner.className);
  const custom = layer.custom ?? inner.custom;
  if (!cell || custom !== undefined || (layer.className === 'RNN' && !inner.className.endsWith('Cell'))) {
    throw new Refusal(
      'LSTM, GRU or SimpleRNN of Keras',
      custom ?? inner.className,
      "write its step down: see 'a cell of your own'",
    );
  }
  const settings = inner === layer ? outer : new Settings(inner.config);
  const isCudnn = inner.className.startsWith('CuDNN');
  const units = settings.count('units');
  const isUsual = writer === 'tfjs' && cell === 'rnn' && settings.get('activation') === undefined;
  // A simple RNN of TensorFlow.js takes null for what is left out.
  const activation = isUsual ? 'tanh' : activationOf('activation', settings.activation('activation', 'tanh'), writer);
  const usual = isCudnn || writer === 'keras-3' ? 'sigmoid' : 'hard_sigmoid';
  const gates = settings.activation('recurrent_activation', usual);
  const bias = settings.flag('use_bias', true);
  const resetAfter = cell === 'gru' && settings.flag('reset_after', isCudnn || writer === 'keras-3');
  const returnSequences = outer.flag('return_sequences', false);
  const goBackwards = outer.flag('go_backwards', false);
  const stateful = outer.flag('stateful', false);
  outer.flag('return_state', false);
  outer.expect('time_major', false, 'turn time and batch round');
  const zeroOutput = outer.get('zero_output_for_mask') === true;
  const scheme = schemeOf(settings, cell, writer);
  if (inner !== layer) outer.done();
  settings.done();
  const notes = [
    ...(stateful ? ['it was stateful: hand the state of a batch to the next one, by forward({ state })'] : []),
  ];
  return {
    cell,
    units,
    resetAfter,
    activation,
    ...(cell === 'rnn' ? {} : { recurrentActivation: activationOf('recurrent_activation', gates, writer) }),
    bias,
    returnSequences,
    goBackwards,
    zeroOutput,
    scheme,
    notes,
  };
}

/** @throws Refusal for a function that no cell here applies */
function activationOf(setting: string, name: string, writer: KerasWriter): ElementwiseActivation {
  const here = activationName(name, writer);
  if (Object.hasOwn(ACTIVATIONS, here)) return here as ElementwiseActivation;
  throw new Refusal(
    `${setting} of ${Object.keys(ACTIVATIONS).map(show).join(', ')}`,
    show(name),
    "write the cell down: see 'a cell of your own'",
  );
}

/**
 * What is dropped in training. With implementation 0 or 1 each gate has masks of its own, with 2 all have those of the first. What is not told
 * is 1 where the state is dropped, and else 2. TensorFlow.js draws masks for all gates, and uses the first.
 */
function schemeOf(settings: Settings, cell: CellName, writer: KerasWriter): Scheme {
  const [input, recurrent] = [settings.rate('dropout'), settings.rate('recurrent_dropout')];
  if (input === 0 && recurrent === 0) return [];
  const implementation = settings.get('implementation') ?? (recurrent > 0 ? 1 : 2);
  const tied = writer === 'tfjs' || cell === 'rnn' || implementation === 2;
  return variational({ ...(input > 0 ? { input } : {}), ...(recurrent > 0 ? { recurrent } : {}), tied });
}
