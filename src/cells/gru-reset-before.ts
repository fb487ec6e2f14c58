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

/** The gates of the two products with U. */
const RESET_AND_UPDATE = ['r', 'z'] as const;
const CANDIDATE = ['n'] as const;
const N: number = GRU_GATES.indexOf('n');

const SITES: Cell['sites'] = ['input', 'recurrent', 'weight', 'update', 'zoneHidden', 'output'];

/**
 * The GRU with the reset gate before the product (Cho et al. 2014, arXiv:1406.1078v3; Keras `reset_after=False`); gates
 * in the order r, z, n, and z keeps the old state. σ is the sigmoid and φ is tanh, or other activations. With m_k the site
 * `recurrent` of gate k:
 *
 *     a = W (x ⊙ input) + b_ih
 *     r = σ(a_r + U_r (h' ⊙ m_r) + b_r)   z = σ(a_z + U_z (h' ⊙ m_z) + b_z)
 *     n = φ(a_n + U_n (r (h' ⊙ m_n)) + b_n)
 *     h = [zoneHidden | (1 - z) (n update) + z h', h']      the blend reads the unmasked h'
 *     y = h output
 */
export const gruResetBeforeWith: ReturnType<typeof variantsOf> = variantsOf(
  'gru',
  ['reset before'],
  (name, formulas) => {
    const [gatesForward, candidateForward] = [forwardOfGates(formulas), forwardOfCandidate(formulas)];
    const [candidateBackward, gatesBackward] = [backwardOfCandidate(formulas), backwardOfGates(formulas)];
    const cell: Cell = {
      name,
      gates: GRU_GATES,
      sites: SITES,
      carries: ['h'],
      // What enters the candidate's product is masked by the kernel already, before the reset gate.
      products: [
        { gates: RESET_AND_UPDATE, masked: true },
        { gates: CANDIDATE, masked: false },
      ],

      forward(ops, step) {
        const h = step.state.h as Handle;
        const b = recurrentProduct(ops, cell, 0, step, h);
        const { rz, resetH } = ops.run(gatesForward, kernelArgs(step, { a: step.input, b, h }));
        const bn = recurrentProduct(ops, cell, 1, step, resetH);
        const next = ops.run(candidateForward, kernelArgs(step, { a: step.input, rz, bn, h }));
        return { y: next.y, state: { h: next.h }, products: [h, resetH], saved: next.saved };
      },

      backward(ops, step) {
        const h = step.state.h as Handle;
        const dh = step.dstate.h as Handle;
        const { saved } = step;
        const candidate = ops.run(candidateBackward, kernelArgs(step, { saved, h, dy: step.dy, dh }));
        const dResetH = recurrentProductGrad(ops, cell, 1, step, candidate.n);
        const grad = ops.run(gatesBackward, kernelArgs(step, { saved, h, dResetH, zn: candidate.zn, dh: candidate.h }));
        const state = { h: recurrentProductGrad(ops, cell, 0, step, grad.rz, grad.h) };
        return { input: grad.a, products: [grad.rz, candidate.n], state };
      },
    };
    return cell;
  },
);

/** Of sigmoid and tanh. */
export const gruResetBefore: Cell = gruResetBeforeWith(USUAL);

const rows = normalisedRows([RESET_AND_UPDATE, CANDIDATE]);
const [gateRows, candidateRows] = [normalisedRows([RESET_AND_UPDATE]), normalisedRows([CANDIDATE])];

/**
 * The layer-normalised one (Ba et al. 2016, arXiv:1607.06450): with LN over the 2H pre-activations of r and z of each product, and over
 * the H of n,
 *
 *     a = LN(W (x ⊙ input)) gain_ih + b_ih
 *     r = σ(a_r + LN(U_r (h' ⊙ m_r)) gain_r + b_r)   z = σ(a_z + LN(U_z (h' ⊙ m_z)) gain_z + b_z)
 *     n = φ(a_n + LN(U_n (r (h' ⊙ m_n))) gain_n + b_n)
 */
export const layerNormGruResetBeforeWith: ReturnType<typeof variantsOf> = variantsOf(
  'gru',
  ['reset before', 'layer norm'],
  (name, formulas) => {
    const [gatesForward, candidateForward] = [forwardOfGates(formulas), forwardOfCandidate(formulas)];
    const [candidateBackward, gatesBackward] = [backwardOfCandidate(formulas), backwardOfGates(formulas)];
    const cell: Cell = {
      name,
      gates: GRU_GATES,
      sites: SITES,
      carries: ['h'],
      products: [
        { gates: RESET_AND_UPDATE, masked: true },
        { gates: CANDIDATE, masked: false },
      ],
      vectors: GAINS,
      inputRows: rows,

      forward(ops, step) {
        const h = step.state.h as Handle;
        const gates = normalisedProducts(ops, cell, gateRows, step, h);
        const { rz, resetH } = ops.run(gatesForward, kernelArgs(step, { a: step.input, b: gates.y, h }));
        const candidate = normalisedProducts(ops, cell, candidateRows, step, resetH, 1);
        const next = ops.run(candidateForward, kernelArgs(step, { a: step.input, rz, bn: candidate.y, h }));
        const kept = [...gates.kept, ...candidate.kept];
        return { y: next.y, state: { h: next.h }, products: [h, resetH], saved: next.saved, kept };
      },

      backward(ops, step) {
        const h = step.state.h as Handle;
        const dh = step.dstate.h as Handle;
        const { saved, kept = [] } = step;
        const found = ops.run(candidateBackward, kernelArgs(step, { saved, h, dy: step.dy, dh }));
        const n = normalisedProductsGrad(ops, cell, candidateRows, step, kept.slice(2), found.n, undefined, 1);
        const inputs = { saved, h, dResetH: n.entered, zn: found.zn, dh: found.h };
        const grad = ops.run(gatesBackward, kernelArgs(step, inputs));
        const rz = normalisedProductsGrad(ops, cell, gateRows, step, kept, grad.rz, grad.h);
        return {
          input: grad.a,
          products: [...rz.products, ...n.products],
          state: { h: rz.entered },
          vectors: { gain_hh: [rz.gain, n.gain], bias_hh: [grad.rz, found.n] },
        };
      },
    };
    return cell;
  },
);

/** Of sigmoid and tanh. */
export const layerNormGruResetBefore: Cell = layerNormGruResetBeforeWith(USUAL);

function forwardOfGates({ gate }: CellFormulas) {
  return kernel({
    name: 'gruResetBeforeGatesForward',
    inputs: { a: segments('a', GRU_GATES), b: segments('b', RESET_AND_UPDATE), h: ['hOld'] },
    factors: { recurrent: N },
    outputs: { rz: RESET_AND_UPDATE, resetH: ['resetH'] },
    body: (algebra, v) => {
      const { add, mul } = algebra;
      const r = gate.value(algebra, add(v.ar, v.br));
      return { r, z: gate.value(algebra, add(v.az, v.bz)), resetH: mul(r, mul(v.hOld, v.recurrent)) };
    },
  });
}

function forwardOfCandidate({ value }: CellFormulas) {
  return kernel({
    name: 'gruResetBeforeCandidateForward',
    inputs: { a: segments('a', GRU_GATES), rz: RESET_AND_UPDATE, bn: segments('b', CANDIDATE), h: ['hOld'] },
    factors: { update: 0, zoneHidden: 0, output: 0 },
    outputs: { y: ['y'], h: ['h'], saved: ['savedR', 'savedZ', 'n'] },
    body: (algebra, v) => {
      const n = value.value(algebra, algebra.add(v.an, v.bn));
      return { ...zoneHidden(algebra, v, updateGate(algebra, v, { z: v.z, n })), savedR: v.r, savedZ: v.z, n };
    },
  });
}

function backwardOfCandidate(formulas: CellFormulas) {
  return kernel({
    name: 'gruResetBeforeCandidateBackward',
    inputs: { saved: GRU_GATES, h: ['hOld'], dy: ['dy'], dh: ['dh'] },
    factors: { update: 0, zoneHidden: 0, output: 0 },
    outputs: { zn: ['daz', 'dan'], n: segments('db', CANDIDATE), h: ['dhOld'] },
    body: (algebra, v) => {
      const zoned = zoneHiddenGrad(algebra, v);
      const { daz, dan, dhOld } = updateGateGrad(algebra, v, zoned.dhNew, formulas);
      return { daz, dan, dbn: dan, dhOld: algebra.add(zoned.dhOld, dhOld) };
    },
  });
}

function backwardOfGates({ gate }: CellFormulas) {
  return kernel({
    name: 'gruResetBeforeGatesBackward',
    inputs: { saved: GRU_GATES, h: ['hOld'], dResetH: ['dResetH'], zn: ['zGrad', 'nGrad'], dh: ['dh'] },
    factors: { recurrent: N },
    outputs: { a: segments('da', GRU_GATES), rz: segments('db', RESET_AND_UPDATE), h: ['dhOld'] },
    body: (algebra, v) => {
      const { add, mul } = algebra;
      const dar = mul(v.dResetH, mul(mul(v.hOld, v.recurrent), gate.derivative(algebra, v.r)));
      const dhOld = add(v.dh, mul(v.dResetH, mul(v.r, v.recurrent)));
      return { dar, daz: v.zGrad, dan: v.nGrad, dbr: dar, dbz: v.zGrad, dhOld };
    },
  });
}
