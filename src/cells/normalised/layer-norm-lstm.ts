import { kernel } from '../../engines/kernel.ts';
import type { Handle } from '../../engines/ops.ts';
import { type CellFormulas, USUAL, variantsOf } from '../activations.ts';
import type { Cell } from '../cell.ts';
import { LSTM_GATES, segments } from '../gates.ts';
import { kernelArgs } from '../kernel-args.ts';
import { zoneCell, zoneCellGrad, zoneHidden, zoneHiddenGrad } from '../zoneout.ts';
import { GAINS, normalisedProducts, normalisedProductsGrad } from './normalised-products.ts';
import { EPSILON, normalisedRows } from './normalised-rows.ts';

/** The gates that the new c is made from. */
const OF_STATE = ['i', 'f', 'g'] as const;

const rows = normalisedRows([LSTM_GATES]);

/**
 * The layer-normalised LSTM (Ba et al. 2016, arXiv:1607.06450, equations 20 to 22): the LSTM, with LN(v) = (v - mean) /
 * sqrt(variance + 1e-5) over the 4H pre-activations of each product, and over the H units of the new c where o reads it. The c that
 * is carried is not normalised:
 *
 *     a  = LN(W (x ⊙ input)) gain_ih + b_ih + LN(U (h' ⊙ recurrent)) gain_hh + b_hh
 *     i  = σ(a_i)   f = σ(a_f)   g = φ(a_g)   o = σ(a_o)
 *     c~ = (f c' + i (g update)) memory
 *     c  = [zoneCell | c~, c']
 *     h  = [zoneHidden | o φ(LN(c~) gain_c + b_c), h']
 *     y  = h output
 */
export const layerNormLstmWith: ReturnType<typeof variantsOf> = variantsOf('lstm', ['layer norm'], (name, formulas) => {
  const [stateForward, stateBackward] = [forwardOfState(formulas), backwardOfState(formulas)];
  const [outputForward, outputBackward] = [forwardOfOutput(formulas), backwardOfOutput(formulas)];
  const cell: Cell = {
    name,
    gates: LSTM_GATES,
    sites: ['input', 'recurrent', 'weight', 'update', 'memory', 'zoneCell', 'zoneHidden', 'output'],
    carries: ['h', 'c'],
    forgetGate: 'f',
    products: [{ gates: LSTM_GATES, masked: true }],
    vectors: {
      ...GAINS,
      gain_c: { per: 'unit', starts: 1, isBias: false },
      bias_c: { per: 'unit', starts: 0, isBias: true },
    },
    inputRows: rows,

    forward(ops, step) {
      const { h, c } = step.state as LstmState;
      const { gain_c: gain, bias_c: bias = ops.zeros(gain.shape) } = step.vectors as VectorsOfState;
      const { y: b, kept } = normalisedProducts(ops, cell, rows, step, h);
      const found = ops.run(stateForward, kernelArgs(step, { a: step.input, b, c }));
      const { y: normal, inverseDeviation } = ops.normalise(found.memory, EPSILON);
      const next = ops.run(outputForward, kernelArgs(step, { normal, gain, bias, o: found.o, h }));
      return {
        y: next.y,
        state: { h: next.h, c: found.c },
        products: [h],
        saved: found.saved,
        kept: [normal, inverseDeviation, next.shown, ...kept],
      };
    },

    backward(ops, step) {
      const { c } = step.state as LstmState;
      const { h: dh, c: dc } = step.dstate as LstmState;
      const { gain_c: gain } = step.vectors as VectorsOfState;
      const [normal, inverse, shown, ...kept] = step.kept as readonly [Handle, Handle, Handle, ...Handle[]];
      const out = ops.run(outputBackward, kernelArgs(step, { shown, normal, gain, dy: step.dy, dh }));
      const dMemory = ops.normaliseGrad(normal, inverse, out.normal);
      const grad = ops.run(stateBackward, kernelArgs(step, { saved: step.saved, c, dMemory, dc, o: out.o }));
      const back = normalisedProductsGrad(ops, cell, rows, step, kept, grad.a, out.h);
      return {
        input: grad.a,
        products: back.products,
        state: { h: back.entered, c: grad.c },
        vectors: { gain_hh: [back.gain], bias_hh: [grad.a], gain_c: [out.gain], bias_c: [out.bias] },
      };
    },
  };
  return cell;
});

/** Of sigmoid and tanh. */
export const layerNormLstm: Cell = layerNormLstmWith(USUAL);

type LstmState = Readonly<Record<'h' | 'c', Handle>>;
type VectorsOfState = { readonly gain_c: Handle; readonly bias_c?: Handle };

function forwardOfState({ gate, value }: CellFormulas) {
  return kernel({
    name: 'layerNormLstmStateForward',
    inputs: { a: segments('a', LSTM_GATES), b: segments('b', LSTM_GATES), c: ['cOld'] },
    factors: { update: 0, memory: 0, zoneCell: 0 },
    outputs: { memory: ['memoryNew'], c: ['c'], o: ['o'], saved: OF_STATE },
    body: (algebra, v) => {
      const { add, mul } = algebra;
      const i = gate.value(algebra, add(v.ai, v.bi));
      const f = gate.value(algebra, add(v.af, v.bf));
      const g = value.value(algebra, add(v.ag, v.bg));
      const o = gate.value(algebra, add(v.ao, v.bo));
      const memoryNew = mul(add(mul(f, v.cOld), mul(i, mul(g, v.update))), v.memory);
      return { memoryNew, c: zoneCell(algebra, v, memoryNew), o, i, f, g };
    },
  });
}

function forwardOfOutput({ value }: CellFormulas) {
  return kernel({
    name: 'layerNormLstmOutputForward',
    inputs: { normal: ['normal'], gain: ['gain'], bias: ['bias'], o: ['o'], h: ['hOld'] },
    factors: { zoneHidden: 0, output: 0 },
    outputs: { y: ['y'], h: ['h'], shown: ['shownC', 'savedO'] },
    body: (algebra, v) => {
      const { add, mul } = algebra;
      const shownC = value.value(algebra, add(mul(v.normal, v.gain), v.bias));
      return { ...zoneHidden(algebra, v, mul(v.o, shownC)), shownC, savedO: v.o };
    },
  });
}

function backwardOfOutput({ gate, value }: CellFormulas) {
  return kernel({
    name: 'layerNormLstmOutputBackward',
    inputs: { shown: ['shownC', 'o'], normal: ['normal'], gain: ['gain'], dy: ['dy'], dh: ['dh'] },
    factors: { zoneHidden: 0, output: 0 },
    outputs: { normal: ['dNormal'], gain: ['gainRow'], bias: ['dScaled'], o: ['dao'], h: ['dhOld'] },
    body: (algebra, v) => {
      const { mul } = algebra;
      const { dhNew, dhOld } = zoneHiddenGrad(algebra, v);
      const dScaled = mul(dhNew, mul(v.o, value.derivative(algebra, v.shownC)));
      return {
        dNormal: mul(dScaled, v.gain),
        gainRow: mul(dScaled, v.normal),
        dScaled,
        dao: mul(dhNew, mul(v.shownC, gate.derivative(algebra, v.o))),
        dhOld,
      };
    },
  });
}

function backwardOfState({ gate, value }: CellFormulas) {
  return kernel({
    name: 'layerNormLstmStateBackward',
    inputs: { saved: OF_STATE, c: ['cOld'], dMemory: ['dMemory'], dc: ['dc'], o: ['oGrad'] },
    factors: { update: 0, memory: 0, zoneCell: 0 },
    outputs: { a: segments('da', LSTM_GATES), c: ['dcOld'] },
    body: (algebra, v) => {
      const { add, mul } = algebra;
      const { dcNew, dcOld } = zoneCellGrad(algebra, v);
      const dSum = mul(add(dcNew, v.dMemory), v.memory);
      return {
        dai: mul(dSum, mul(mul(v.g, v.update), gate.derivative(algebra, v.i))),
        daf: mul(dSum, mul(v.cOld, gate.derivative(algebra, v.f))),
        dag: mul(dSum, mul(v.i, mul(v.update, value.derivative(algebra, v.g)))),
        dao: v.oGrad,
        dcOld: add(dcOld, mul(dSum, v.f)),
      };
    },
  });
}
