import { optionsOf } from '../../../checks.ts';
import { kernel } from '../../../engines/kernel.ts';
import type { Handle } from '../../../engines/ops.ts';
import { OptionError, show } from '../../../errors.ts';
import { fold } from '../../../random/key.ts';
import { sumOf } from '../../../sequence/arithmetic.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { xavier } from '../../initialise.ts';
import { atStepsOf, type Batch, defineLayer, type Layer, type LayerMaker } from '../../layer.ts';
import { rowSize } from '../../signature.ts';
import { trained, trainedInParts } from '../../weight-spec.ts';
import { expectSameSteps, innerSchemes } from '../inner-layers.ts';
import { restoredLayers } from '../restored-layers.ts';
import { shapeKeeping } from './shape-keeping.ts';

/** What `highway` can be told. */
export interface HighwayOptions {
  /** What the bias of the gate starts at: below 0, so that a deep stack first hands on x. -2 when left out. */
  readonly gateBias?: number;
}

/**
 * A highway layer (Srivastava, Greff and Schmidhuber 2015, arXiv:1505.00387): t f(x) + (1 - t) x with a gate t = σ(W x + b) for each unit,
 * where f is layers one behind the other that hand on what is shaped like x, on a vector [B,N] or a sequence [T,B,N]. Weights are
 * `gate_weight` [N,N], `gate_bias` [N], and those of the layers by path: `0.weight`.
 * @throws ModelError for what are no layers, or where something else than x comes of them
 * @throws OptionError for a bias that is no finite number
 * @example
 * ```ts
 * import { dense, dropout, highway, key, sequential } from 'keepgate';
 *
 * const block = () => highway([dense({ units: 4, activation: 'relu' }), dropout({ rate: 0.2 })]);
 * const model = sequential([block(), block(), dense({ units: 1 })]);
 * await model.build({ kind: 'vector', size: 4 }, key(1));
 * console.log(Object.keys(await model.getWeights()).slice(0, 4));
 * // prints: [ '0.gate_weight', '0.gate_bias', '0.0.weight', '0.0.bias' ]
 * await model.dispose();
 * ```
 */
export const highway: LayerMaker<[layers: readonly Layer[], options?: HighwayOptions], string> = defineLayer({
  type: 'highway',
  parse(options, restore) {
    const { layers, ...told } = options as { layers?: unknown } & HighwayOptions;
    return [restoredLayers('highway', layers, restore), told];
  },

  make(layers, options = {}) {
    const { gateBias = -2 } = optionsOf('highway', options, { gateBias: true });
    if (typeof gateBias !== 'number' || !Number.isFinite(gateBias))
      throw new OptionError(`highway: a finite number was expected as gateBias, but ${show(gateBias)} came`);
    const { chain, kinds, output } = shapeKeeping('highway', layers);
    const inner = [...layers];
    return {
      config: { layers: inner.map(({ config }) => config), gateBias },
      inputs: { x: { kinds } },
      ...innerSchemes(inner),
      outputs: ({ x }) => ({ y: output(x) }),

      weights({ x }) {
        const size = rowSize('highway', x);
        const bias = (): Tensor => new Tensor(new Float64Array(size).fill(gateBias), [size]);
        return {
          gate_weight: trainedInParts([size, size], (key) => xavier(fold(key, 'gate_weight'), size, size)),
          gate_bias: trained([size], bias),
          ...chain.weights(x),
        };
      },

      ...(chain.isCarrying && { carries: ({ x }) => chain.carries(x) }),

      run(context, { gate_weight: weight, gate_bias: bias, ...others }, { x }) {
        const { ops } = context;
        const run = chain.run(context, others, x);
        const handed = run.flows.x as Batch;
        expectSameSteps('highway', x, handed);
        const f = ops.reshape(handed.values, x.values.shape);
        const a = ops.project(x.values, weight as Handle, { bias });
        const { y, t } = ops.run(gated, { inputs: { x: x.values, f, a } });
        return {
          outputs: { y: atStepsOf(x, y) },
          penalties: run.penalties,
          statistics: run.statistics,
          state: run.state,
          backward({ y: dy }) {
            const d = ops.run(gatedGrad, { inputs: { x: x.values, f, t, dy } });
            const { weights, inputs } = run.backward({ x: ops.reshape(d.f, handed.values.shape) });
            const gate = { gate_weight: ops.projectWeightGrad(d.a, x.values), gate_bias: ops.sumRows(d.a) };
            const through = (): Handle => {
              const dx = ops.projectInputGrad(d.a, weight as Handle, { plus: d.x });
              const inside = inputs.x?.();
              return inside ? sumOf(ops, dx, ops.reshape(inside, dx.shape)) : dx;
            };
            return { weights: { ...weights, ...gate }, inputs: { x: through } };
          },
        };
      },
    };
  },
});

const gated = kernel({
  name: 'highway',
  inputs: { x: ['x'], f: ['f'], a: ['a'] },
  outputs: { y: ['y'], t: ['t'] },
  body: ({ sigmoid, blend }, v) => {
    const t = sigmoid(v.a);
    return { y: blend(t, v.f, v.x), t };
  },
});

const gatedGrad = kernel({
  name: 'highwayGrad',
  inputs: { x: ['x'], f: ['f'], t: ['t'], dy: ['dy'] },
  outputs: { f: ['df'], a: ['da'], x: ['dx'] },
  body: ({ constant, sub, mul }, v) => {
    const shut = sub(constant(1), v.t);
    return { df: mul(v.dy, v.t), da: mul(mul(v.dy, sub(v.f, v.x)), mul(v.t, shut)), dx: mul(v.dy, shut) };
  },
});
