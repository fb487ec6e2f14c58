import { expect, test } from 'vitest';
import { GRU_GATES, LSTM_GATES, numberByName, RNN_GATES, segments } from '../../../src/cells/gates.ts';
import { gru } from '../../../src/cells/gru.ts';
import { gruResetBefore } from '../../../src/cells/gru-reset-before.ts';
import { lstm } from '../../../src/cells/lstm.ts';
import { rnn } from '../../../src/cells/rnn.ts';
import { GATES } from '../../../src/verify/black-box/decoding/cell-step.ts';

test("the gates are PyTorch's, in its order, for the cells and for the verifier", () => {
  expect([LSTM_GATES.join(), GRU_GATES.join(), RNN_GATES.join()]).toEqual(['i,f,g,o', 'r,z,n', 'n']);
  expect([lstm, gru, gruResetBefore, rnn].map(({ gates }) => gates)).toEqual(Object.values(GATES));
});

test('segments have the names of the gates, numbers their places', () => {
  expect(segments('da', LSTM_GATES)).toEqual(['dai', 'daf', 'dag', 'dao']);
  expect(numberByName(GRU_GATES)).toEqual({ r: 0, z: 1, n: 2 });
});
