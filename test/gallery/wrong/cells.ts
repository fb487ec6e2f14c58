import {
  type Cell,
  kernel,
  lockedDropout,
  recurrentDropout,
  rnnDrop,
  type Scheme,
  variational,
  weightDrop,
  zoneout,
} from 'keepgate';
import type { ForwardStep, StepContext, StepResult } from '../../../src/cells/cell.ts';
import { gru } from '../../../src/cells/gru.ts';
import { gruResetBefore } from '../../../src/cells/gru-reset-before.ts';
import { lstm } from '../../../src/cells/lstm.ts';
import { recurrentProduct } from '../../../src/cells/recurrent-product.ts';
import { rnn } from '../../../src/cells/rnn.ts';
import type { Factors, Handle, Ops } from '../../../src/engines/ops.ts';
import type { CellSubject } from '../../../src/verify/subject.ts';
import type { WrongCell } from '../entry.ts';

/** The same step as if there were no masks. */
const unmasked = <S extends StepContext>(ops: Ops, step: S): S => ({ ...step, factors: ops.uploadFactors({}) });

/** Forward with its masks, backward without. */
const withoutMasksInItsGradient = (cell: Cell): Cell => ({
  ...cell,
  backward: (ops, step) => cell.backward(ops, unmasked(ops, step)),
});

/** No gradient goes back from a step to the one before. */
const detached = (cell: Cell): Cell => ({
  ...cell,
  backward(ops, step) {
    const grads = cell.backward(ops, step);
    const none = (handle: Handle): Handle => ops.zeros(handle.shape);
    return {
      ...grads,
      state: Object.fromEntries(Object.entries(grads.state).map(([part, grad]) => [part, none(grad)])),
    };
  },
});

/** Another way of going forward; backward is as it was. */
const forwardAs = (cell: Cell, forward: (ops: Ops, step: ForwardStep) => StepResult): Cell => ({ ...cell, forward });

/** Masks are kept where the cell is, from the first step that it ever takes. */
function cached(cell: Cell): Cell {
  let factors: Factors | undefined;
  return forwardAs(cell, (ops, step) => {
    factors ??= step.factors;
    return cell.forward(ops, { ...step, factors });
  });
}

const carriesTheMasked = kernel({
  name: 'carriesTheMasked',
  inputs: { a: ['ar', 'az', 'an'], b: ['br', 'bz', 'bn'], h: ['hOld'] },
  factors: { recurrent: 0 },
  outputs: { y: ['y'], h: ['h'], saved: ['r', 'z', 'n', 'savedBn'] },
  body: ({ constant, add, sub, mul, sigmoid, tanh, blend }, v) => {
    const r = sigmoid(add(v.ar, v.br));
    const z = sigmoid(add(v.az, v.bz));
    const n = tanh(add(v.an, mul(r, v.bn)));
    const hNew = add(mul(sub(constant(1), z), n), mul(z, mul(v.hOld, v.recurrent)));
    return { y: mul(v.live, hNew), h: blend(v.live, hNew, v.hOld), r, z, n, savedBn: v.bn };
  },
});

const readsTheZonedCell = kernel({
  name: 'readsTheZonedCell',
  inputs: { a: ['ai', 'af', 'ag', 'ao'], h: ['hOld'], c: ['cOld'] },
  factors: { zoneCell: 0 },
  outputs: { y: ['y'], h: ['h'], c: ['c'], saved: ['i', 'f', 'g', 'o', 'tanhC'] },
  body: ({ add, mul, sigmoid, tanh, blend }, v) => {
    const i = sigmoid(v.ai);
    const f = sigmoid(v.af);
    const g = tanh(v.ag);
    const o = sigmoid(v.ao);
    const cZoned = blend(v.zoneCell, add(mul(f, v.cOld), mul(i, g)), v.cOld);
    const tanhC = tanh(cZoned);
    const hNew = mul(o, tanhC);
    const c = blend(v.live, cZoned, v.cOld);
    return { y: mul(v.live, hNew), h: blend(v.live, hNew, v.hOld), c, i, f, g, o, tanhC };
  },
});

const gruThatCarriesTheMasked = forwardAs(gru, (ops, step) => {
  const h = step.state.h as Handle;
  const b = recurrentProduct(ops, gru, 0, step, h);
  const { y, saved, ...state } = ops.run(carriesTheMasked, { ...step, inputs: { a: step.input, b, h } });
  return { y, state, products: [h], saved };
});

const lstmThatReadsTheZonedCell = forwardAs(lstm, (ops, step) => {
  const { h, c } = step.state as { readonly h: Handle; readonly c: Handle };
  const a = recurrentProduct(ops, lstm, 0, step, h, step.input);
  const { y, saved, ...state } = ops.run(readsTheZonedCell, { ...step, inputs: { a, h, c } });
  return { y, state, products: [h], saved };
});

const carriesWhatItHandsOn = forwardAs(lstm, (ops, step) => {
  const result = lstm.forward(ops, step);
  return { ...result, state: { ...result.state, h: result.y } };
});

const GAL = variational({ recurrent: 0.35 });

const subject = (cell: Cell, claims: Scheme) => (): CellSubject => ({ name: `wrong ${cell.name}`, cell, claims });

export const cells: readonly WrongCell[] = [
  {
    name: 'gru-cell-carries-the-masked-h',
    group: 'E1',
    says: 'the blend of the GRU reads the masked state (TensorFlow.js 4.22)',
    subject: subject(gruThatCarriesTheMasked, GAL),
    caughtBy: 'recurrent-mask-leaves-the-carry',
  },
  {
    name: 'mask-cached-on-the-cell',
    group: 'E2',
    says: 'the cell keeps the first masks that it sees, and they outlive their batch (TensorFlow.js 4.22)',
    subject: () => subject(cached(lstm), GAL)(),
    caughtBy: 'evaluation-draws-nothing',
  },
  {
    name: 'gradient-passes-dropped-units',
    group: 'E3',
    says: 'backward does not know what was dropped, so that dropped units learn (brain.js)',
    subject: subject(withoutMasksInItsGradient(lstm), recurrentDropout({ update: 0.35 })),
    caughtBy: 'dropped-unit-gradient',
  },
  {
    name: 'memory-mask-hidden-from-the-gradient',
    group: 'E9',
    says: 'the mask of the cell is written past the automatic differentiation (lstms.pth, moon)',
    subject: subject(withoutMasksInItsGradient(lstm), rnnDrop({ memory: 0.3, scaling: 'literal' })),
    caughtBy: 'gradients',
  },
  {
    name: 'recurrent-mask-hidden-from-the-gradient',
    group: 'E9',
    says: 'the mask of h is written past the automatic differentiation (lstms.pth, gal)',
    subject: subject(withoutMasksInItsGradient(gruResetBefore), GAL),
    caughtBy: 'gradients',
  },
  {
    name: 'zones-hidden-from-the-gradient',
    group: 'ours',
    says: 'a unit that kept its old state gets the gradient of the new one',
    subject: subject(withoutMasksInItsGradient(rnn), zoneout({ hidden: 0.3, scope: 'step' })),
    caughtBy: 'gradients',
  },
  {
    name: 'state-is-detached',
    group: 'ours',
    says: 'no gradient goes back through time',
    subject: subject(detached(gru), weightDrop({ recurrent: 0.4 })),
    caughtBy: 'gradients',
  },
  {
    name: 'cell-whose-h-reads-the-zoned-c',
    group: 'ours',
    says: 'h is computed from the cell after its zones',
    subject: subject(lstmThatReadsTheZonedCell, zoneout({ cell: 0.4, scope: 'step' })),
    caughtBy: 'zone-holds-the-state',
  },
  {
    name: 'dropped-output-is-carried',
    group: 'ours',
    says: 'what is carried is the output, dropped (AllenNLP, LstmCellWithProjection)',
    subject: subject(carriesWhatItHandsOn, lockedDropout({ output: 0.3 })),
    caughtBy: 'output-leaves-the-state',
  },
  {
    name: 'masks-never-reach-the-cell',
    group: 'ours',
    says: 'the site is declared, and the step does not use its mask',
    subject: subject(
      forwardAs(rnn, (ops, step) => rnn.forward(ops, unmasked(ops, step))),
      recurrentDropout({ update: 0.35 }),
    ),
    caughtBy: 'every-site-acts',
  },
  {
    name: 'first-steps-mask-for-all',
    group: 'E14',
    says: 'masks are drawn for each step, and every step uses that of the first',
    subject: subject(
      forwardAs(gru, (ops, step) => gru.forward(ops, { ...step, t: 0 })),
      [{ site: 'recurrent', rate: 0.35, scope: 'step' }],
    ),
    caughtBy: 'chunking',
  },
  {
    name: 'lengths-are-ignored',
    group: 'ours',
    says: 'the state goes on changing past the end of a sample',
    subject: subject(
      forwardAs(lstm, (ops, step) => lstm.forward(ops, { ...step, lengths: null })),
      GAL,
    ),
    caughtBy: 'padding-changes-nothing',
  },
];
