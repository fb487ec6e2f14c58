import { expectOneOf, optionsOf } from '../../checks.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle } from '../../engines/ops.ts';
import { type Batch, defineLayer, type LayerMaker } from '../layer.ts';
import { rowSize } from '../signature.ts';

/** What `allSteps` is told. */
export interface AllStepsOptions {
  /** What stands behind a sample's last step: that one, again and again, or zeros. */
  readonly behind: 'repeat' | 'zeros';
}

/**
 * A sequence [T,B,N] whose steps all count from here on: those behind a sample's last one as well, up to the longest of its batch. Keras drops its mask
 * so behind the first recurrent layer from 3.16 on; what comes of a sample then depends on how far it is padded.
 * @example
 * ```ts
 * import { allSteps, embedding, gru, key, pooling, sequential } from 'keepgate';
 *
 * const ids = embedding({ vocabulary: 5, units: 2, padding: 0, keepPadding: true });
 * const layers = [gru({ units: 2, returnSequences: true }), allSteps({ behind: 'repeat' }), pooling({ over: 'mean' })];
 * const model = sequential([ids, ...layers]);
 * await model.build({ kind: 'tokens', vocabulary: 5 }, key(1));
 * const [short, padded] = [await model.predict([[3]]), await model.predict([[3, 0]])];
 * console.log(JSON.stringify(short) === JSON.stringify(padded)); // prints: true
 * await model.dispose();
 * ```
 */
export const allSteps: LayerMaker<[AllStepsOptions]> = defineLayer({
  type: 'allSteps',

  make(options) {
    const { behind } = optionsOf('allSteps', options, { behind: true });
    expectOneOf('allSteps', 'behind', behind, ['repeat', 'zeros']);
    return {
      config: { behind },
      inputs: { x: { kinds: ['sequence'] } },
      outputs({ x }) {
        rowSize('allSteps', x);
        return { y: x };
      },
      weights: () => ({}),

      run({ ops }, _, { x }) {
        const { lengths, time, batch } = x;
        const whole = (values: Handle): Batch => ({
          values,
          batch,
          time,
          lengths: null,
          validSteps: new Int32Array(batch).fill(time),
        });
        if (lengths === null) {
          return { outputs: { y: whole(x.values) }, backward: ({ y }) => ({ weights: {}, inputs: { x: () => y } }) };
        }
        const repeats = behind === 'repeat' ? 1 : 0;
        const zeros = ops.zeros([batch, x.values.shape.at(-1) ?? 0]);
        let before = zeros;
        const steps = Array.from({ length: time }, (_step, t) => {
          before = ops.run(heldStep, {
            inputs: { before, x: ops.at(x.values, t) },
            t,
            lengths,
            scalars: { repeats },
          }).y;
          return before;
        });
        return {
          outputs: { y: whole(ops.reshape(ops.concat(steps), x.values.shape)) },
          backward({ y: dy }) {
            const grads: Handle[] = [];
            let behindIt = zeros;
            for (let t = time - 1; t >= 0; t--) {
              const step = ops.run(heldStepGrad, {
                inputs: { rest: behindIt, dy: ops.at(dy, t) },
                t,
                lengths,
                scalars: { repeats },
              });
              grads[t] = step.dx;
              behindIt = step.rest;
            }
            return { weights: {}, inputs: { x: () => ops.reshape(ops.concat(grads), x.values.shape) } };
          },
        };
      },
    };
  },
});

const heldStep = kernel({
  name: 'heldStep',
  inputs: { before: ['before'], x: ['x'] },
  scalars: ['repeats'],
  outputs: { y: ['y'] },
  body: (a, v) => ({ y: a.blend(v.live, v.x, a.mul(v.repeats, v.before)) }),
});

const heldStepGrad = kernel({
  name: 'heldStepGrad',
  inputs: { rest: ['before'], dy: ['dy'] },
  scalars: ['repeats'],
  outputs: { dx: ['dx'], rest: ['rest'] },
  body: (a, v) => {
    const all = a.add(v.dy, v.before);
    return { dx: a.mul(v.live, all), rest: a.mul(v.repeats, a.mul(a.sub(a.constant(1), v.live), all)) };
  },
});
