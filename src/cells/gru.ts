import { kernel } from '../engines/kernel.ts';
import type { Handle } from '../engines/ops.ts';
import { type CellFormulas, USUAL, variantsOf } from './activations.ts';
import type { Cell } from './cell.ts';
import { GRU_GATES, segments } from './gates.ts';
import { kernelArgs } from './kernel-args.ts';
import { GAINS, normalisedProducts, normalisedProductsGrad } from './normalised/normalised-products.ts';
import { normalisedRows } from './normalised/normalised-rows.ts';
import { recurrentProduct, recurrentProductGrad } from './recurrent-product.ts';
import { updateGate, updateGateGrad } from './update-gate.ts';
import { zoneHidden, zoneHiddenGrad } from './zoneout.ts';

const SITES: Cell['sites'] = ['input', 'recurrent', 'weight', 'update', 'zoneHidden', 'output'];

/**
 * The GRU with the reset gate after the product, as in cuDNN and PyTorch; gates in PyTorch's order r, z, n, and z keeps
 * the old state. σ is the sigmoid and φ is tanh, or other activations. A site is the factor 1 where the plan has none;
 * [keep | new, old] = keep new + (1 - keep) old:
 *
 *     a = W (x ⊙ input) + b_ih      b = U (h' ⊙ recurrent) + b_hh
 *     r = σ(a_r + b_r)   z = σ(a_z + b_z)   n = φ(a_n + r b_n)
 *     h = [zoneHidden | (1 - z) (n update) + z h', h']      the blend reads the unmasked h'
 *     y = h output
 */
export const gruWith: ReturnType<typeof variantsOf> = variantsOf('gru', [], (name, formulas) => {
  const [forward, backward] = [gruForward(formulas), gruBackward(formulas)];
  const cell: Cell = {
    name,
    gates: GRU_GATES,
    sites: SITES,
    carries: ['h'],
    products: [{ gates: GRU_GATES, masked: true }],

    forward(ops, step) {
      const h = step.state.h as Handle;
      const b = recurrentProduct(ops, cell, 0, step, h);
      const next = ops.run(forward, kernelArgs(step, { a: step.input, b, h }));
      return { y: next.y, state: { h: next.h }, products: [h], saved: next.saved };
    },

    backward(ops, step) {
      const h = step.state.h as Handle;
      const dh = step.dstate.h as Handle;
      const grad = ops.run(backward, kernelArgs(step, { saved: step.saved, h, dy: step.dy, dh }));
      const state = { h: recurrentProductGrad(ops, cell, 0, step, grad.b, grad.h) };
      return { input: grad.a, products: [grad.b], state };
    },
  };
  return cell;
});

/** Of sigmoid and tanh. */
export const gru: Cell = gruWith(USUAL);

const rows = normalisedRows([['r', 'z'], ['n']]);

/**
 * The layer-normalised GRU (Ba et al. 2016, arXiv:1607.06450, equations 23 to 26), whose reset gate is after the product: the GRU, with
 * LN over the 2H pre-activations of r and z of each product, and over the H of n:
 *
 *     a = LN(W (x ⊙ input)) gain_ih + b_ih      b = LN(U (h' ⊙ recurrent)) gain_hh + b_hh
 *     r = σ(a_r + b_r)   z = σ(a_z + b_z)   n = φ(a_n + r b_n)
 *     h = [zoneHidden | (1 - z) (n update) + z h', h']      the blend reads the unmasked h'
 *     y = h output
 */
export const layerNormGruWith: ReturnType<typeof variantsOf> = variantsOf('gru', ['layer norm'], (name, formulas) => {
  const [forward, backward] = [gruForward(formulas), gruBackward(formulas)];
  const cell: Cell = {
    name,
    gates: GRU_GATES,
    sites: SITES,
    carries: ['h'],
    products: [
      { gates: ['r', 'z'], masked: true },
      { gates: ['n'], masked: true },
    ],
    vectors: GAINS,
    inputRows: rows,

    forward(ops, step) {
      const h = step.state.h as Handle;
      const { y: b, kept } = normalisedProducts(ops, cell, rows, step, h);
      const next = ops.run(forward, kernelArgs(step, { a: step.input, b, h }));
      return { y: next.y, state: { h: next.h }, products: [h, h], saved: next.saved, kept };
    },

    backward(ops, step) {
      const h = step.state.h as Handle;
      const dh = step.dstate.h as Handle;
      const grad = ops.run(backward, kernelArgs(step, { saved: step.saved, h, dy: step.dy, dh }));
      const back = normalisedProductsGrad(ops, cell, rows, step, step.kept as readonly Handle[], grad.b, grad.h);
      return {
        input: grad.a,
        products: back.products,
        state: { h: back.entered },
        vectors: { gain_hh: [back.gain], bias_hh: [grad.b] },
      };
    },
  };
  return cell;
});

/** Of sigmoid and tanh. */
export const layerNormGru: Cell = layerNormGruWith(USUAL);

function gruForward({ gate, value }: CellFormulas) {
  return kernel({
    name: 'gruForward',
    inputs: { a: segments('a', GRU_GATES), b: segments('b', GRU_GATES), h: ['hOld'] },
    factors: { update: 0, zoneHidden: 0, output: 0 },
    outputs: { y: ['y'], h: ['h'], saved: [...GRU_GATES, 'savedBn'] },
    body: (algebra, v) => {
      const { add, mul } = algebra;
      const r = gate.value(algebra, add(v.ar, v.br));
      const z = gate.value(algebra, add(v.az, v.bz));
      const n = value.value(algebra, add(v.an, mul(r, v.bn)));
      return { ...zoneHidden(algebra, v, updateGate(algebra, v, { z, n })), r, z, n, savedBn: v.bn };
    },
  });
}

function gruBackward(formulas: CellFormulas) {
  return kernel({
    name: 'gruBackward',
    inputs: { saved: [...GRU_GATES, 'bn'], h: ['hOld'], dy: ['dy'], dh: ['dh'] },
    factors: { update: 0, zoneHidden: 0, output: 0 },
    outputs: { a: segments('da', GRU_GATES), b: segments('db', GRU_GATES), h: ['dhOld'] },
    body: (algebra, v) => {
      const { add, mul } = algebra;
      const zoned = zoneHiddenGrad(algebra, v);
      const { daz, dan, dhOld } = updateGateGrad(algebra, v, zoned.dhNew, formulas);
      const dar = mul(dan, mul(v.bn, formulas.gate.derivative(algebra, v.r)));
      return { dar, daz, dan, dbr: dar, dbz: daz, dbn: mul(dan, v.r), dhOld: add(zoned.dhOld, dhOld) };
    },
  });
}
