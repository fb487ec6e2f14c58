import type { Scheme } from 'keepgate';
import { test } from 'vitest';
import { gruResetBefore } from '../../../src/cells/gru-reset-before.ts';
import { rnn } from '../../../src/cells/rnn.ts';
import { gradients } from '../../../src/verify/laws/gradients.ts';
import { makeTrial } from '../../../src/verify/white-box/trial.ts';

/*
 * One example of layers on each other, in both directions, with samples of different lengths; test/property has many of
 * them. The second cell has two products with U.
 */
const scheme: Scheme = [
  { site: 'input', rate: 0.2, scope: 'step', tied: false },
  { site: 'recurrent', rate: 0.35, scope: 'step', tied: false },
  { site: 'weight', rate: 0.3 },
  { site: 'output', rate: 0.55, scope: 'step' },
];
const setting = { batch: 2, time: 3, inputSize: 2, hiddenSize: 2, ragged: true, seed: 17 };

test.each([rnn, gruResetBefore])('gradients of a stack of $name are central differences', async (cell) => {
  await gradients.check(makeTrial(cell, scheme, { ...setting, stack: { layers: 2, bidirectional: true } }));
});
