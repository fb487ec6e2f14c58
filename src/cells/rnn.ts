import { kernel } from '../engines/kernel.ts';
import type { Handle } from '../engines/ops.ts';
import type { Cell } from './cell.ts';
import { RNN_GATES, segments } from './gates.ts';
import { kernelArgs } from './kernel-args.ts';
import { recurrentProduct, recurrentProductGrad } from './recurrent-product.ts';
import { zoneHidden, zoneHiddenGrad } from './zoneout.ts';

/**
 * The tanh RNN (Elman 1990). A site is the factor 1 where the plan has none; [keep | new, old] = keep new + (1 - keep) old:
 *
 *     n = tanh(W (x ⊙ input) + b_ih + U (h' ⊙ recurrent) + b_hh)
 *     h = [zoneHidden | n update, h']
 *     y = h output
 */
export const rnn: Cell = {
  name: 'rnn',
  gates: RNN_GATES,
  sites: ['input', 'recurrent', 'weight', 'update', 'zoneHidden', 'output'],
  carries: ['h'],
  products: [{ gates: RNN_GATES, masked: true }],

  forward(ops, step) {
    const h = step.state.h as Handle;
    const a = recurrentProduct(ops, rnn, 0, step, h, step.input);
    const next = ops.run(rnnForward, kernelArgs(step, { a, h }));
    return { y: next.y, state: { h: next.h }, products: [h], saved: next.saved };
  },

  backward(ops, step) {
    const dh = step.dstate.h as Handle;
    const grad = ops.run(rnnBackward, kernelArgs(step, { saved: step.saved, dy: step.dy, dh }));
    return { input: grad.a, products: [grad.a], state: { h: recurrentProductGrad(ops, rnn, 0, step, grad.a, grad.h) } };
  },
};

const rnnForward = kernel({
  name: 'rnnForward',
  inputs: { a: segments('a', RNN_GATES), h: ['hOld'] },
  factors: { update: 0, zoneHidden: 0, output: 0 },
  outputs: { y: ['y'], h: ['h'], saved: RNN_GATES },
  body: (algebra, v) => {
    const n = algebra.tanh(v.an);
    return { ...zoneHidden(algebra, v, algebra.mul(n, v.update)), n };
  },
});

const rnnBackward = kernel({
  name: 'rnnBackward',
  inputs: { saved: RNN_GATES, dy: ['dy'], dh: ['dh'] },
  factors: { update: 0, zoneHidden: 0, output: 0 },
  outputs: { a: segments('da', RNN_GATES), h: ['dhOld'] },
  body: (algebra, v) => {
    const { constant, sub, mul } = algebra;
    const { dhNew, dhOld } = zoneHiddenGrad(algebra, v);
    return { dan: mul(dhNew, mul(v.update, sub(constant(1), mul(v.n, v.n)))), dhOld };
  },
});
