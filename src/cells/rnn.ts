import { kernel } from '../engines/kernel.ts';
import type { Handle } from '../engines/ops.ts';
import { type CellFormulas, USUAL, variantsOf } from './activations.ts';
import type { Cell } from './cell.ts';
import { RNN_GATES, segments } from './gates.ts';
import { kernelArgs } from './kernel-args.ts';
import { recurrentProduct, recurrentProductGrad } from './recurrent-product.ts';
import { zoneHidden, zoneHiddenGrad } from './zoneout.ts';

/**
 * The RNN (Elman 1990), of tanh or another activation φ. A site is the factor 1 where the plan has none; [keep | new, old] =
 * keep new + (1 - keep) old:
 *
 *     n = φ(W (x ⊙ input) + b_ih + U (h' ⊙ recurrent) + b_hh)
 *     h = [zoneHidden | n update, h']
 *     y = h output
 */
export const rnnWith: ReturnType<typeof variantsOf> = variantsOf('rnn', [], (name, formulas) => {
  const [forward, backward] = [rnnForward(formulas), rnnBackward(formulas)];
  const cell: Cell = {
    name,
    gates: RNN_GATES,
    sites: ['input', 'recurrent', 'weight', 'update', 'zoneHidden', 'output'],
    carries: ['h'],
    products: [{ gates: RNN_GATES, masked: true }],

    forward(ops, step) {
      const h = step.state.h as Handle;
      const a = recurrentProduct(ops, cell, 0, step, h, step.input);
      const next = ops.run(forward, kernelArgs(step, { a, h }));
      return { y: next.y, state: { h: next.h }, products: [h], saved: next.saved };
    },

    backward(ops, step) {
      const dh = step.dstate.h as Handle;
      const grad = ops.run(backward, kernelArgs(step, { saved: step.saved, dy: step.dy, dh }));
      const state = { h: recurrentProductGrad(ops, cell, 0, step, grad.a, grad.h) };
      return { input: grad.a, products: [grad.a], state };
    },
  };
  return cell;
});

/** Of tanh. */
export const rnn: Cell = rnnWith(USUAL);

function rnnForward({ value }: CellFormulas) {
  return kernel({
    name: 'rnnForward',
    inputs: { a: segments('a', RNN_GATES), h: ['hOld'] },
    factors: { update: 0, zoneHidden: 0, output: 0 },
    outputs: { y: ['y'], h: ['h'], saved: RNN_GATES },
    body: (algebra, v) => {
      const n = value.value(algebra, v.an);
      return { ...zoneHidden(algebra, v, algebra.mul(n, v.update)), n };
    },
  });
}

function rnnBackward({ value }: CellFormulas) {
  return kernel({
    name: 'rnnBackward',
    inputs: { saved: RNN_GATES, dy: ['dy'], dh: ['dh'] },
    factors: { update: 0, zoneHidden: 0, output: 0 },
    outputs: { a: segments('da', RNN_GATES), h: ['dhOld'] },
    body: (algebra, v) => {
      const { mul } = algebra;
      const { dhNew, dhOld } = zoneHiddenGrad(algebra, v);
      return { dan: mul(dhNew, mul(v.update, value.derivative(algebra, v.n))), dhOld };
    },
  });
}
