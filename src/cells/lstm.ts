import { kernel } from '../engines/kernel.ts';
import type { Handle } from '../engines/ops.ts';
import type { Cell } from './cell.ts';
import { LSTM_GATES, segments } from './gates.ts';
import { kernelArgs } from './kernel-args.ts';
import { recurrentProduct, recurrentProductGrad } from './recurrent-product.ts';
import { zoneCell, zoneCellGrad, zoneHidden, zoneHiddenGrad } from './zoneout.ts';

/**
 * The LSTM (Hochreiter and Schmidhuber 1997; forget gate by Gers et al. 2000), gates in PyTorch's order i, f, g, o.
 * A site is the factor 1 where the plan has none; [keep | new, old] = keep new + (1 - keep) old:
 *
 *     a  = W (x ⊙ input) + b_ih + U (h' ⊙ recurrent) + b_hh
 *     i  = σ(a_i)   f = σ(a_f)   g = tanh(a_g)   o = σ(a_o)
 *     c~ = (f c' + i (g update)) memory
 *     c  = [zoneCell | c~, c']
 *     h  = [zoneHidden | o tanh(c~), h']        reads c~, before the zone (Krueger et al. 2017, eq. 5)
 *     y  = h output
 */
export const lstm: Cell = {
  name: 'lstm',
  gates: LSTM_GATES,
  sites: ['input', 'recurrent', 'weight', 'update', 'memory', 'zoneCell', 'zoneHidden', 'output'],
  carries: ['h', 'c'],
  forgetGate: 'f',
  products: [{ gates: LSTM_GATES, masked: true }],

  forward(ops, step) {
    const { h, c } = step.state as LstmState;
    const a = recurrentProduct(ops, lstm, 0, step, h, step.input);
    const next = ops.run(lstmForward, kernelArgs(step, { a, h, c }));
    return { y: next.y, state: { h: next.h, c: next.c }, products: [h], saved: next.saved };
  },

  backward(ops, step) {
    const { c } = step.state as LstmState;
    const { h: dh, c: dc } = step.dstate as LstmState;
    const grad = ops.run(lstmBackward, kernelArgs(step, { saved: step.saved, c, dy: step.dy, dh, dc }));
    const state = { h: recurrentProductGrad(ops, lstm, 0, step, grad.a, grad.h), c: grad.c };
    return { input: grad.a, products: [grad.a], state };
  },
};

type LstmState = Readonly<Record<'h' | 'c', Handle>>;

const lstmForward = kernel({
  name: 'lstmForward',
  inputs: { a: segments('a', LSTM_GATES), h: ['hOld'], c: ['cOld'] },
  factors: { update: 0, memory: 0, zoneCell: 0, zoneHidden: 0, output: 0 },
  outputs: { y: ['y'], h: ['h'], c: ['c'], saved: [...LSTM_GATES, 'tanhC'] },
  body: (algebra, v) => {
    const { add, mul, sigmoid, tanh } = algebra;
    const i = sigmoid(v.ai);
    const f = sigmoid(v.af);
    const g = tanh(v.ag);
    const o = sigmoid(v.ao);
    const cNew = mul(add(mul(f, v.cOld), mul(i, mul(g, v.update))), v.memory);
    const tanhC = tanh(cNew);
    return { ...zoneHidden(algebra, v, mul(o, tanhC)), c: zoneCell(algebra, v, cNew), i, f, g, o, tanhC };
  },
});

const lstmBackward = kernel({
  name: 'lstmBackward',
  inputs: { saved: [...LSTM_GATES, 'tanhC'], c: ['cOld'], dy: ['dy'], dh: ['dh'], dc: ['dc'] },
  factors: { update: 0, memory: 0, zoneCell: 0, zoneHidden: 0, output: 0 },
  outputs: { a: segments('da', LSTM_GATES), h: ['dhOld'], c: ['dcOld'] },
  body: (algebra, v) => {
    const { constant, add, sub, mul } = algebra;
    const one = constant(1);
    const sigmoidGrad = (s: typeof one) => mul(s, sub(one, s));
    const tanhGrad = (s: typeof one) => sub(one, mul(s, s));

    const { dhNew, dhOld } = zoneHiddenGrad(algebra, v);
    const { dcNew, dcOld } = zoneCellGrad(algebra, v);
    const dMemory = add(dcNew, mul(dhNew, mul(v.o, tanhGrad(v.tanhC))));
    const dSum = mul(dMemory, v.memory);
    return {
      dai: mul(dSum, mul(mul(v.g, v.update), sigmoidGrad(v.i))),
      daf: mul(dSum, mul(v.cOld, sigmoidGrad(v.f))),
      dag: mul(dSum, mul(v.i, mul(v.update, tanhGrad(v.g)))),
      dao: mul(dhNew, mul(v.tanhC, sigmoidGrad(v.o))),
      dhOld,
      dcOld: add(dcOld, mul(dSum, v.f)),
    };
  },
});
