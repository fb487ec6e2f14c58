import { type Cell, type Handle, kernel, recurrentProduct, recurrentProductGrad } from 'keepgate';

const forwardKernel = kernel({
  name: 'leakyForward',
  inputs: { a: ['an'], h: ['hOld'] },
  factors: { output: 0 },
  scalars: ['leak'],
  outputs: { y: ['y'], h: ['h'], saved: ['n'] },
  body: ({ constant, add, sub, mul, tanh, blend }, v) => {
    const n = tanh(v.an);
    const h = add(mul(sub(constant(1), v.leak), v.hOld), mul(v.leak, n));
    return { y: mul(v.live, mul(h, v.output)), h: blend(v.live, h, v.hOld), n };
  },
});

const backwardKernel = kernel({
  name: 'leakyBackward',
  inputs: { saved: ['n'], dy: ['dy'], dh: ['dh'] },
  factors: { output: 0 },
  scalars: ['leak'],
  outputs: { a: ['dan'], h: ['dhOld'] },
  body: ({ constant, add, sub, mul }, v) => {
    const dh = mul(v.live, add(v.dh, mul(v.dy, v.output)));
    const held = mul(sub(constant(1), v.live), v.dh);
    return {
      dan: mul(mul(dh, v.leak), sub(constant(1), mul(v.n, v.n))),
      dhOld: add(held, mul(dh, sub(constant(1), v.leak))),
    };
  },
});

/** A leaky unit (Jaeger et al. 2007): a = W x + b_ih + U h' + b_hh, h = (1 - leak) h' + leak tanh(a). */
export function leaky(leak: number): Cell {
  const cell: Cell = {
    name: `leaky ${leak}`,
    gates: ['n'],
    sites: ['input', 'recurrent', 'weight', 'output'],
    carries: ['h'],
    products: [{ gates: ['n'], masked: true }],
    forward(ops, step) {
      const h = step.state.h as Handle;
      const a = recurrentProduct(ops, cell, 0, step, h, step.input);
      const { y, saved, ...state } = ops.run(forwardKernel, { ...step, inputs: { a, h }, scalars: { leak } });
      return { y, state, products: [h], saved };
    },
    backward(ops, step) {
      const inputs = { saved: step.saved, dy: step.dy, dh: step.dstate.h as Handle };
      const grad = ops.run(backwardKernel, { ...step, inputs, scalars: { leak } });
      return {
        input: grad.a,
        products: [grad.a],
        state: { h: recurrentProductGrad(ops, cell, 0, step, grad.a, grad.h) },
      };
    },
  };
  return cell;
}
