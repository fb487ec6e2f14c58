import { kernel } from '../engines/kernel.ts';
import type { Handle } from '../engines/ops.ts';
import { type CellFormulas, USUAL, variantsOf } from './activations.ts';
import type { Cell } from './cell.ts';
import { LSTM_GATES, segments } from './gates.ts';
import { kernelArgs } from './kernel-args.ts';
import { recurrentProduct, recurrentProductGrad } from './recurrent-product.ts';
import { zoneCell, zoneCellGrad, zoneHidden, zoneHiddenGrad } from './zoneout.ts';

/**
 * The LSTM (Hochreiter and Schmidhuber 1997; forget gate by Gers et al. 2000), gates in PyTorch's order i, f, g, o. σ is the
 * sigmoid and φ is tanh, or other activations. A site is the factor 1 where the plan has none; [keep | new, old] =
 * keep new + (1 - keep) old:
 *
 *     a  = W (x ⊙ input) + b_ih + U (h' ⊙ recurrent) + b_hh
 *     i  = σ(a_i)   f = σ(a_f)   g = φ(a_g)   o = σ(a_o)
 *     c~ = (f c' + i (g update)) memory
 *     c  = [zoneCell | c~, c']
 *     h  = [zoneHidden | o φ(c~), h']           reads c~, before the zone (Krueger et al. 2017, eq. 5)
 *     y  = h output
 */
export const lstmWith: ReturnType<typeof variantsOf> = variantsOf('lstm', [], (name, formulas) => {
  const [forward, backward] = [lstmForward(formulas), lstmBackward(formulas)];
  const cell: Cell = {
    name,
    gates: LSTM_GATES,
    sites: ['input', 'recurrent', 'weight', 'update', 'memory', 'zoneCell', 'zoneHidden', 'output'],
    carries: ['h', 'c'],
    forgetGate: 'f',
    products: [{ gates: LSTM_GATES, masked: true }],

    forward(ops, step) {
      const { h, c } = step.state as LstmState;
      const a = recurrentProduct(ops, cell, 0, step, h, step.input);
      const next = ops.run(forward, kernelArgs(step, { a, h, c }));
      return { y: next.y, state: { h: next.h, c: next.c }, products: [h], saved: next.saved };
    },

    backward(ops, step) {
      const { c } = step.state as LstmState;
      const { h: dh, c: dc } = step.dstate as LstmState;
      const grad = ops.run(backward, kernelArgs(step, { saved: step.saved, c, dy: step.dy, dh, dc }));
      const state = { h: recurrentProductGrad(ops, cell, 0, step, grad.a, grad.h), c: grad.c };
      return { input: grad.a, products: [grad.a], state };
    },
  };
  return cell;
});

/** Of sigmoid and tanh. */
export const lstm: Cell = lstmWith(USUAL);

type LstmState = Readonly<Record<'h' | 'c', Handle>>;

function lstmForward({ gate, value }: CellFormulas) {
  return kernel({
    name: 'lstmForward',
    inputs: { a: segments('a', LSTM_GATES), h: ['hOld'], c: ['cOld'] },
    factors: { update: 0, memory: 0, zoneCell: 0, zoneHidden: 0, output: 0 },
    outputs: { y: ['y'], h: ['h'], c: ['c'], saved: [...LSTM_GATES, 'shownC'] },
    body: (algebra, v) => {
      const { add, mul } = algebra;
      const i = gate.value(algebra, v.ai);
      const f = gate.value(algebra, v.af);
      const g = value.value(algebra, v.ag);
      const o = gate.value(algebra, v.ao);
      const cNew = mul(add(mul(f, v.cOld), mul(i, mul(g, v.update))), v.memory);
      const shownC = value.value(algebra, cNew);
      return { ...zoneHidden(algebra, v, mul(o, shownC)), c: zoneCell(algebra, v, cNew), i, f, g, o, shownC };
    },
  });
}

function lstmBackward({ gate, value }: CellFormulas) {
  return kernel({
    name: 'lstmBackward',
    inputs: { saved: [...LSTM_GATES, 'shownC'], c: ['cOld'], dy: ['dy'], dh: ['dh'], dc: ['dc'] },
    factors: { update: 0, memory: 0, zoneCell: 0, zoneHidden: 0, output: 0 },
    outputs: { a: segments('da', LSTM_GATES), h: ['dhOld'], c: ['dcOld'] },
    body: (algebra, v) => {
      const { add, mul } = algebra;
      const { dhNew, dhOld } = zoneHiddenGrad(algebra, v);
      const { dcNew, dcOld } = zoneCellGrad(algebra, v);
      const dMemory = add(dcNew, mul(dhNew, mul(v.o, value.derivative(algebra, v.shownC))));
      const dSum = mul(dMemory, v.memory);
      return {
        dai: mul(dSum, mul(mul(v.g, v.update), gate.derivative(algebra, v.i))),
        daf: mul(dSum, mul(v.cOld, gate.derivative(algebra, v.f))),
        dag: mul(dSum, mul(v.i, mul(v.update, value.derivative(algebra, v.g)))),
        dao: mul(dhNew, mul(v.shownC, gate.derivative(algebra, v.o))),
        dhOld,
        dcOld: add(dcOld, mul(dSum, v.f)),
      };
    },
  });
}
