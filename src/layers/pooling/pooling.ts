import { expectOneOf, optionsOf } from '../../checks.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { type Batch, defineLayer, type LayerMaker, onePerSample } from '../layer.ts';
import { rowSize, vector } from '../signature.ts';
import { pickStep } from './last-step.ts';

/** What becomes of the steps of a sample: its last one, their mean, or the largest value of each unit. */
export type PoolingKind = 'last' | 'mean' | 'max';

/**
 * A sequence [T,B,N] to a vector [B,N] over each sample's valid steps; zeros for a sample without steps.
 * @example
 * ```ts
 * import { key, pooling, sequential } from 'keepgate';
 *
 * const model = sequential([pooling({ over: 'mean' })]);
 * await model.build({ kind: 'sequence', size: 1 }, key(1));
 * console.log(await model.predict([[[1], [3]], [[5]]])); // prints: [ [ 2 ], [ 5 ] ]
 * await model.dispose();
 * ```
 */
export const pooling: LayerMaker<[{ readonly over: PoolingKind }]> = defineLayer({
  type: 'pooling',

  make(options) {
    const { over } = optionsOf('pooling', options, { over: true });
    expectOneOf('pooling', 'over', over, Object.keys(POOLINGS) as PoolingKind[]);
    return {
      config: { over },
      inputs: { x: { kinds: ['sequence'] } },
      outputs: ({ x }) => ({ y: vector(rowSize('pooling', x)) }),
      weights: () => ({}),
      // The last step so far; a mean or a maximum is of the whole sequence.
      ...(over === 'last' ? { carries: () => ({}) } : {}),

      run({ ops }, _, { x }) {
        const { y, backward } = POOLINGS[over](ops, x);
        return {
          outputs: { y: onePerSample(x.batch, y) },
          backward: ({ y: dy }) => ({ weights: {}, inputs: { x: () => backward(dy) } }),
        };
      },
    };
  },
});

type Pool = (ops: Ops, x: Batch) => { readonly y: Handle; backward(dy: Handle): Handle };

const POOLINGS: Readonly<Record<PoolingKind, Pool>> = {
  last: (ops, x) => pickStep(ops, x, 'last'),

  mean: (ops, { values: x, batch, time, lengths, validSteps }) => {
    const size = x.shape.at(-1) ?? 0;
    const shares = Float64Array.from(
      { length: batch * size },
      (_, i) => 1 / Math.max(1, validSteps[Math.floor(i / size)] as number),
    );
    const share = ops.upload(shares, [batch, size]);
    let total = ops.zeros([batch, size]);
    for (let t = 0; t < time; t++)
      total = ops.run(addStep, { inputs: { total, x: ops.at(x, t), share }, t, lengths }).total;
    return {
      y: total,
      backward(dy) {
        const steps = Array.from(
          { length: time },
          (_, t) => ops.run(meanGrad, { inputs: { dy, share }, t, lengths }).dx,
        );
        return ops.reshape(ops.concat(steps), x.shape);
      },
    };
  },

  max: (ops, { values: x, batch, time, lengths }) => {
    let top = ops.zeros([batch, x.shape.at(-1) ?? 0]);
    const wins: Handle[] = [];
    for (let t = 0; t < time; t++) {
      const step = ops.run(maxStep, {
        inputs: { top, x: ops.at(x, t) },
        t,
        lengths,
        scalars: { first: t === 0 ? 1 : 0 },
      });
      top = step.top;
      wins.push(step.wins);
    }
    return {
      y: top,
      backward(dy) {
        // Backwards, the first win met is the last one made: it takes the gradient, and no other does.
        let rest = dy;
        const steps: Handle[] = [];
        for (let t = time - 1; t >= 0; t--) {
          const step = ops.run(maxGrad, { inputs: { rest, wins: wins[t] as Handle } });
          steps[t] = step.dx;
          rest = step.rest;
        }
        return ops.reshape(ops.concat(steps), x.shape);
      },
    };
  },
};

const addStep = kernel({
  name: 'meanPoolStep',
  inputs: { total: ['before'], x: ['x'], share: ['share'] },
  outputs: { total: ['total'] },
  body: (a, v) => ({ total: a.add(v.before, a.mul(v.live, a.mul(v.x, v.share))) }),
});

const meanGrad = kernel({
  name: 'meanPoolGrad',
  inputs: { dy: ['dy'], share: ['share'] },
  outputs: { dx: ['dx'] },
  body: (a, v) => ({ dx: a.mul(v.live, a.mul(v.dy, v.share)) }),
});

const maxStep = kernel({
  name: 'maxPoolStep',
  inputs: { top: ['before'], x: ['x'] },
  scalars: ['first'],
  outputs: { top: ['top'], wins: ['wins'] },
  body: (a, v) => {
    const wins = a.mul(v.live, a.blend(v.first, a.constant(1), a.greater(v.x, v.before)));
    return { top: a.blend(wins, v.x, v.before), wins };
  },
});

const maxGrad = kernel({
  name: 'maxPoolGrad',
  inputs: { rest: ['before'], wins: ['wins'] },
  outputs: { dx: ['dx'], rest: ['rest'] },
  body: (a, v) => ({ dx: a.mul(v.wins, v.before), rest: a.mul(a.sub(a.constant(1), v.wins), v.before) }),
});
