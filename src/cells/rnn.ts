import { kernel } from '../engines/kernel.ts';
import type { Handle } from '../engines/ops.ts';
import type { Cell } from './cell.ts';
import { kernelArgs } from './kernel-args.ts';
import { recurrentProduct, recurrentProductGrad } from './recurrent-product.ts';
import { handOn, handOnGrad } from './zoneout.ts';

/**
 * The tanh RNN (Elman 1990). A site is the factor 1 where the plan has none; [keep | new, old] = keep new + (1 - keep) old:
 *
 *     n = tanh(W (x ⊙ input) + b_ih + U (h' ⊙ recurrent) + b_hh)
 *     h = [zoneHidden | n update, h']
 *     y = h output
 */
export const rnn: Cell = {
  name: 'rnn',
  gates: 1,
  sites: ['input', 'recurrent', 'weight', 'update', 'zoneHidden', 'output'],
  carries: ['h'],
  products: [{ firstGate: 0, gates: 1, masked: true }],

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
  inputs: { a: ['a'], h: ['hOld'] },
  factors: { update: 0, zoneHidden: 0, output: 0 },
  outputs: { y: ['y'], h: ['h'], saved: ['n'] },
  body: (algebra, v) => {
    const n = algebra.tanh(v.a);
    return { ...handOn(algebra, v, algebra.mul(n, v.update)), n };
  },
});

const rnnBackward = kernel({
  name: 'rnnBackward',
  inputs: { saved: ['n'], dy: ['dy'], dh: ['dh'] },
  factors: { update: 0, zoneHidden: 0, output: 0 },
  outputs: { a: ['da'], h: ['dhOld'] },
  body: (algebra, v) => {
    const { constant, sub, mul } = algebra;
    const { dhNew, dhOld } = handOnGrad(algebra, v);
    return { da: mul(dhNew, mul(v.update, sub(constant(1), mul(v.n, v.n)))), dhOld };
  },
});
