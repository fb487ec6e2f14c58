import {
  defineLayer,
  dense,
  dropout,
  type Handle,
  type LayerMaker,
  type LayerRun,
  type LayerWeights,
  ModelError,
} from 'keepgate';

type Names = 'hidden.weight' | 'hidden.bias' | 'output.weight' | 'output.bias';

/**
 * 784-128-10 as a module: its forward pass calls the layers one by one, and is followed back. What stands between
 * them is free: arithmetic of your own would go by kernels.
 */
export const digits: LayerMaker<[{ readonly units: number; readonly rate: number }], Names> = defineLayer({
  type: 'digits',

  make({ units, rate }) {
    const hidden = dense({ units, activation: 'relu' });
    const drop = dropout({ rate });
    const output = dense({ units: 10 });
    const of = (weights: LayerWeights<Names>, name: 'hidden' | 'output') =>
      ({ weight: weights[`${name}.weight`], bias: weights[`${name}.bias`] }) as const;
    return {
      config: { units, rate },
      inputs: { x: { kinds: ['vector'] } },
      // What asks for masks names its scheme.
      scheme: drop.scheme ?? [],
      outputs: ({ x }) => output.outputs({ x: hidden.outputs({ x }).y }),

      weights({ x }) {
        const first = hidden.weights({ x });
        const last = output.weights({ x: hidden.outputs({ x }).y });
        return {
          'hidden.weight': first.weight,
          'hidden.bias': first.bias,
          'output.weight': last.weight,
          'output.bias': last.bias,
        };
      },

      run(context, weights, { x }) {
        const h = hidden.run(context, of(weights, 'hidden'), { x });
        const dropped = drop.run(context, {}, { x: h.outputs.y });
        const logits = output.run(context, of(weights, 'output'), { x: dropped.outputs.y });
        return {
          outputs: logits.outputs,
          backward({ y }) {
            const last = logits.backward({ y });
            const between = dropped.backward({ y: gradOf(last) });
            const first = h.backward({ y: gradOf(between) });
            return {
              weights: { ...named('hidden', first.weights), ...named('output', last.weights) },
              inputs: first.inputs,
            };
          },
        };
      },
    };
  },
});

/** Gradients by the names that the module has for them. */
function named(
  layer: 'hidden' | 'output',
  { weight, bias }: Partial<LayerWeights<'weight' | 'bias'>>,
): Partial<LayerWeights<Names>> {
  return { ...(weight && { [`${layer}.weight`]: weight }), ...(bias && { [`${layer}.bias`]: bias }) };
}

/** The gradient by the input of a layer: layers of numbers have it. */
function gradOf({ inputs: { x } }: ReturnType<LayerRun<string, 'x'>['backward']>): Handle {
  if (!x) throw new ModelError('digits: a gradient by x was expected, but none came');
  return x();
}
