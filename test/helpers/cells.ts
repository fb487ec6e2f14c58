import type { Cell } from 'keepgate';
import { gru, gruWith, layerNormGru } from '../../src/cells/gru.ts';
import { gruResetBefore, gruResetBeforeWith, layerNormGruResetBefore } from '../../src/cells/gru-reset-before.ts';
import { lstm, lstmWith } from '../../src/cells/lstm.ts';
import { layerNormLstm, layerNormLstmWith } from '../../src/cells/normalised/layer-norm-lstm.ts';
import { rnn, rnnWith } from '../../src/cells/rnn.ts';

/** Every cell that the laws are checked for. A new cell is one more entry. */
export const CELLS: readonly Cell[] = [lstm, gru, gruResetBefore, rnn];

/** Those whose pre-activations are normalised: units of a row see each other. */
export const NORMALISED: readonly Cell[] = [
  layerNormLstm,
  layerNormGru,
  layerNormGruResetBefore,
  layerNormLstmWith({ activation: 'sigmoid', recurrentActivation: 'hardSigmoid' }),
];

/** The same cells with other activations, each of them in gates and in what is new: as files of other programs have them. */
export const VARIANTS: readonly Cell[] = [
  ...NORMALISED,
  lstmWith({ activation: 'tanh', recurrentActivation: 'hardSigmoid0.2' }),
  lstmWith({ activation: 'relu', recurrentActivation: 'hardSigmoid' }),
  lstmWith({ activation: 'sigmoid', recurrentActivation: 'relu' }),
  lstmWith({ activation: 'tanh', recurrentActivation: 'linear' }),
  gruWith({ activation: 'hardSigmoid', recurrentActivation: 'hardSigmoid' }),
  gruWith({ activation: 'relu', recurrentActivation: 'tanh' }),
  gruResetBeforeWith({ activation: 'tanh', recurrentActivation: 'hardSigmoid0.2' }),
  gruResetBeforeWith({ activation: 'linear', recurrentActivation: 'hardSigmoid' }),
  rnnWith({ activation: 'relu', recurrentActivation: 'sigmoid' }),
  rnnWith({ activation: 'hardSigmoid0.2', recurrentActivation: 'sigmoid' }),
];
