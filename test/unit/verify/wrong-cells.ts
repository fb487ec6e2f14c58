import {
  type Algebra,
  type Cell,
  type Handle,
  kernel,
  type Ops,
  recurrentProduct,
  recurrentProductGrad,
  type Values,
} from 'keepgate';

type Value<V, N extends string> = Values<V, N>;

/** The parts of a tanh RNN, of which a wrong cell has one of its own. */
interface Parts {
  readonly name: string;
  /** What the mask of `update` makes of the new state. */
  update<V>(algebra: Algebra<V>, mask: V, fresh: V): V;
  /** What the zone makes of new and old. */
  zone<V>(algebra: Algebra<V>, v: Value<V, 'zoneHidden' | 'hOld'>, fresh: V): V;
  /** What is handed on. */
  output<V>(algebra: Algebra<V>, mask: V, h: V): V;
  /** The gradient by the new state, before the update. */
  updateGrad<V>(algebra: Algebra<V>, mask: V, grad: V): V;
  /** The state that is carried, of what was handed on and what should be carried. */
  carry(y: Handle, h: Handle): Handle;
  /** What comes before the step: what it reads in place of its arguments. */
  before<S extends Step>(ops: Ops, step: S): S;
}

type Step = Parameters<Cell['forward']>[1];

const RIGHT: Parts = {
  name: 'right',
  update: ({ mul }, mask, fresh) => mul(fresh, mask),
  zone: ({ blend }, v, fresh) => blend(v.zoneHidden, fresh, v.hOld),
  output: ({ mul }, mask, h) => mul(h, mask),
  updateGrad: ({ mul }, mask, grad) => mul(grad, mask),
  carry: (_, h) => h,
  before: (_, step) => step,
};

/** A tanh RNN as in keepgate, but for some of its parts. */
export function cellWith(name: string, parts: Partial<Parts> = {}): Cell {
  const { update, zone, output, updateGrad, carry, before } = { ...RIGHT, ...parts };
  const forward = kernel({
    name: `${name} forward`,
    inputs: { a: ['a'], h: ['hOld'] },
    factors: { update: 0, zoneHidden: 0, output: 0 },
    outputs: { y: ['y'], h: ['h'], saved: ['n'] },
    body: (algebra, v) => {
      const n = algebra.tanh(v.a);
      const zoned = zone(algebra, v, update(algebra, v.update, n));
      const y = algebra.mul(v.live, output(algebra, v.output, zoned));
      return { n, y, h: algebra.blend(v.live, zoned, v.hOld) };
    },
  });
  const backward = kernel({
    name: `${name} backward`,
    inputs: { saved: ['n'], dy: ['dy'], dh: ['dh'] },
    factors: { update: 0, zoneHidden: 0, output: 0 },
    outputs: { a: ['da'], h: ['dhOld'] },
    body: (algebra, v) => {
      const { add, constant, mul, sub } = algebra;
      const dZoned = mul(v.live, add(v.dh, mul(v.dy, v.output)));
      const dn = updateGrad(algebra, v.update, mul(dZoned, v.zoneHidden));
      const held = mul(sub(constant(1), v.live), v.dh);
      return {
        da: mul(dn, sub(constant(1), mul(v.n, v.n))),
        dhOld: add(mul(dZoned, sub(constant(1), v.zoneHidden)), held),
      };
    },
  });
  const cell: Cell = {
    name,
    gates: ['n'],
    sites: ['input', 'recurrent', 'weight', 'update', 'zoneHidden', 'output'],
    carries: ['h'],
    products: [{ gates: ['n'], masked: true }],
    forward(ops, given) {
      const step = before(ops, given);
      const h = step.state.h as Handle;
      const a = recurrentProduct(ops, cell, 0, step, h, step.input);
      const found = ops.run(forward, { ...step, inputs: { a, h } });
      return { y: found.y, state: { h: carry(found.y, found.h) }, products: [h], saved: found.saved };
    },
    backward(ops, step) {
      const dh = step.dstate.h as Handle;
      const grad = ops.run(backward, { ...step, inputs: { saved: step.saved, dy: step.dy, dh } });
      const h = recurrentProductGrad(ops, cell, 0, step, grad.a, grad.h);
      return { input: grad.a, products: [grad.a], state: { h } };
    },
  };
  return cell;
}

/** The carried state under the mask of the recurrent product, as in the GRU of tfjs. */
const maskCarry = kernel({
  name: 'maskCarry',
  inputs: { h: ['h'] },
  factors: { recurrent: 0 },
  outputs: { masked: ['masked'] },
  body: ({ mul }, v) => ({ masked: mul(v.h, v.recurrent) }),
});

const addFirstRow = (ops: Ops, x: Handle): Handle => {
  const [, width = 0] = x.shape;
  const first = ops.reshape(ops.rows(x, 0, 1), [width]);
  return ops.project(x, ops.zeros([width, width]), { bias: first, plus: x });
};

let calls = 0;

/** Each cell has one fault, and the law that names it. */
export const WRONG_CELLS: readonly { readonly law: string; readonly cell: Cell; readonly dropout: string }[] = [
  {
    law: 'rate-zero-is-bare-cell',
    dropout: 'recurrentDropout(update=0.3)',
    cell: cellWith('remembers how often it was called', {
      before: (ops, step) => {
        calls += 1;
        const { shape } = step.input;
        const drift = new Float64Array((shape[0] ?? 0) * (shape[1] ?? 0)).fill((calls * 0.618) % 1);
        return { ...step, input: ops.upload(drift, shape) };
      },
    }),
  },
  {
    law: 'every-site-acts',
    dropout: 'recurrentDropout(update=0.3)',
    cell: cellWith('leaves its update alone', { update: (_, __, fresh) => fresh, updateGrad: (_, __, grad) => grad }),
  },
  {
    law: 'recurrent-mask-leaves-the-carry',
    dropout: 'zoneout(hidden=0.4,scope=step)+variational(recurrent=0.3)',
    cell: cellWith('masks the state that it carries', {
      before: (ops, step) => {
        const { masked } = ops.run(maskCarry, { ...step, inputs: { h: step.state.h as Handle } });
        return { ...step, state: { h: masked } };
      },
    }),
  },
  {
    law: 'output-leaves-the-state',
    dropout: 'lockedDropout(output=0.4)',
    cell: cellWith('carries what it hands on', { carry: (y) => y }),
  },
  {
    law: 'zone-holds-the-state',
    dropout: 'zoneout(hidden=0.3,scope=step)',
    cell: cellWith('zones the other way round', {
      zone: ({ blend }, v, fresh) => blend(v.zoneHidden, v.hOld, fresh),
    }),
  },
  {
    law: 'expectation-exact',
    dropout: 'recurrentDropout(update=0.3)',
    cell: cellWith('masks its update twice', { update: ({ mul }, mask, fresh) => mul(mul(fresh, mask), mask) }),
  },
  {
    law: 'zoneout-expectation',
    dropout: 'zoneout(hidden=0.3,scope=step)',
    cell: cellWith('does not mix in evaluation', {
      zone: ({ blend, constant, greater }, v, fresh) => blend(greater(v.zoneHidden, constant(0.5)), fresh, v.hOld),
    }),
  },
  {
    law: 'dropped-unit-gradient',
    dropout: 'recurrentDropout(update=0.6)',
    cell: cellWith('learns through what it dropped', { updateGrad: (_, __, grad) => grad }),
  },
  {
    law: 'gradients',
    dropout: 'recurrentDropout(update=0.3)',
    cell: cellWith('scales its gradient', {
      updateGrad: ({ constant, mul }, mask, grad) => mul(mul(grad, mask), constant(0.9)),
    }),
  },
  {
    law: 'gradients-of-stacks',
    dropout: 'recurrentDropout(update=0.3)',
    cell: cellWith('scales its gradient', {
      updateGrad: ({ constant, mul }, mask, grad) => mul(mul(grad, mask), constant(0.9)),
    }),
  },
  {
    law: 'padding-changes-nothing',
    dropout: 'recurrentDropout(update=0.3)',
    cell: cellWith('reads on past the end', { before: (_, step) => ({ ...step, lengths: null }) }),
  },
  {
    law: 'batch-permutation',
    dropout: 'recurrentDropout(update=0.3)',
    cell: cellWith('adds the first sample to all', {
      before: (ops, step) => ({ ...step, input: addFirstRow(ops, step.input) }),
    }),
  },
  {
    law: 'chunking',
    dropout: 'recurrentDropout(update=0.3)',
    cell: cellWith('starts from zeros', {
      before: (ops, step) =>
        step.t === 0 ? { ...step, state: { h: ops.zeros([step.batch, step.state.h?.shape[1] ?? 0]) } } : step,
    }),
  },
  {
    law: 'loop-equals-layer',
    dropout: 'recurrentDropout(update=0.3)',
    cell: cellWith('starts from zeros', {
      before: (ops, step) =>
        step.t === 0 ? { ...step, state: { h: ops.zeros([step.batch, step.state.h?.shape[1] ?? 0]) } } : step,
    }),
  },
];

/** It breaks every law that compares two runs. */
export const REMEMBERS = WRONG_CELLS[0] as (typeof WRONG_CELLS)[number];
