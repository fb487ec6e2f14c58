import type { Cell } from 'keepgate';
import { gru } from '../../src/cells/gru.ts';
import { gruResetBefore } from '../../src/cells/gru-reset-before.ts';
import { lstm } from '../../src/cells/lstm.ts';
import { rnn } from '../../src/cells/rnn.ts';

/** Every cell that the laws are checked for. A new cell is one more entry. */
export const CELLS: readonly Cell[] = [lstm, gru, gruResetBefore, rnn];
