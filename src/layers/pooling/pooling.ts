import { expectNoMore, optionsOf } from '../../checks.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle } from '../../engines/ops.ts';
import { OptionError, show } from '../../errors.ts';
import type { Layer, LayerContext } from '../layer.ts';
import { expectKind } from '../signature.ts';
import { pickStep } from './last-step.ts';

export type PoolingKind = 'last' | 'mean' | 'max';

/** A sequence [T,B,N] to a vector [B,N] over each sample's valid steps; zeros for a sample without steps. */
export function pooling(options: { readonly over: PoolingKind }): Layer {
  const { over, ...rest } = optionsOf('pooling', options);
  expectNoMore('pooling', rest);
  if (!Object.hasOwn(POOLINGS, over)) {
    throw new OptionError(`pooling: one of ${Object.keys(POOLINGS).join(', ')} was expected, but ${show(over)} came`);
  }
  return {
    config: { type: 'pooling', over },
    takes: ['sequence'],

    output(input) {
      expectKind('pooling', input, 'sequence');
      return { kind: 'vector', size: input.size };
    },

    weightShapes: () => ({}),
    initialise: () => ({}),

    run(context, _, x) {
      const { y, backward } = POOLINGS[over](context, x);
      return { y, backward: (dy) => ({ x: () => backward(dy), weights: {} }) };
    },
  };
}

type Pool = (context: LayerContext, x: Handle) => { readonly y: Handle; backward(dy: Handle): Handle };

const POOLINGS: Readonly<Record<PoolingKind, Pool>> = {
  last: (context, x) => pickStep(context, x, 'last'),

  mean: (context, x) => {
    const { ops, batch, time, lengths, validSteps } = context;
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

  max: (context, x) => {
    const { ops, batch, time, lengths } = context;
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
