import { kernel } from '../engines/kernel.ts';
import type { Handle } from '../engines/ops.ts';
import type { Cell } from './cell.ts';
import { recurrentProduct, recurrentProductGrad } from './recurrent-product.ts';

/**
 * The GRU with the reset gate after the product, as in cuDNN and PyTorch; gates in PyTorch's order r, z, n, and z keeps
 * the old state. A site is the factor 1 where the plan has none; [keep | new, old] = keep new + (1 - keep) old:
 *
 *     a = W (x ⊙ input) + b_ih      b = U (h' ⊙ recurrent) + b_hh
 *     r = σ(a_r + b_r)   z = σ(a_z + b_z)   n = tanh(a_n + r b_n)
 *     h = [zoneHidden | (1 - z) (n update) + z h', h']      the blend reads the unmasked h'
 *     y = h output
 */
export const gru: Cell = {
  name: 'gru',
  gates: 3,
  sites: ['input', 'recurrent', 'weight', 'update', 'zoneHidden', 'output'],
  carries: ['h'],
  products: [{ firstGate: 0, gates: 3, masked: true }],

  forward(ops, step) {
    const h = step.state.h as Handle;
    const b = recurrentProduct(ops, gru, 0, step, h);
    const { y, saved, ...state } = ops.run(gruForward, { ...step, inputs: { a: step.input, b, h } });
    return { y, state, products: [h], saved };
  },

  backward(ops, step) {
    const h = step.state.h as Handle;
    const dh = step.dstate.h as Handle;
    const grad = ops.run(gruBackward, { ...step, inputs: { saved: step.saved, h, dy: step.dy, dh } });
    return { input: grad.a, products: [grad.b], state: { h: recurrentProductGrad(ops, gru, 0, step, grad.b, grad.h) } };
  },
};

const gruForward = kernel({
  name: 'gruForward',
  inputs: { a: ['ar', 'az', 'an'], b: ['br', 'bz', 'bn'], h: ['hOld'] },
  factors: { update: 0, zoneHidden: 0, output: 0 },
  outputs: { y: ['y'], h: ['h'], saved: ['r', 'z', 'n', 'savedBn'] },
  body: ({ constant, add, sub, mul, sigmoid, tanh, blend }, v) => {
    const r = sigmoid(add(v.ar, v.br));
    const z = sigmoid(add(v.az, v.bz));
    const n = tanh(add(v.an, mul(r, v.bn)));
    const hNew = add(mul(sub(constant(1), z), mul(n, v.update)), mul(z, v.hOld));
    const hZoned = blend(v.zoneHidden, hNew, v.hOld);
    return { y: mul(v.live, mul(hZoned, v.output)), h: blend(v.live, hZoned, v.hOld), r, z, n, savedBn: v.bn };
  },
});

const gruBackward = kernel({
  name: 'gruBackward',
  inputs: { saved: ['r', 'z', 'n', 'bn'], h: ['hOld'], dy: ['dy'], dh: ['dh'] },
  factors: { update: 0, zoneHidden: 0, output: 0 },
  outputs: { a: ['dar', 'daz', 'dan'], b: ['dbr', 'dbz', 'dbn'], h: ['dhOld'] },
  body: ({ constant, add, sub, mul }, v) => {
    const one = constant(1);
    const dhZoned = mul(v.live, add(v.dh, mul(v.dy, v.output)));
    const dhNew = mul(dhZoned, v.zoneHidden);
    const dan = mul(dhNew, mul(sub(one, v.z), mul(v.update, sub(one, mul(v.n, v.n)))));
    const daz = mul(dhNew, mul(sub(v.hOld, mul(v.n, v.update)), mul(v.z, sub(one, v.z))));
    const dar = mul(dan, mul(v.bn, mul(v.r, sub(one, v.r))));
    const dhDirect = add(mul(dhZoned, sub(one, v.zoneHidden)), mul(sub(one, v.live), v.dh));
    return { dar, daz, dan, dbr: dar, dbz: daz, dbn: mul(dan, v.r), dhOld: add(dhDirect, mul(dhNew, v.z)) };
  },
});
