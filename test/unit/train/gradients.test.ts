import { createEngine, type Examples, fold, key, type Loss, Tensor } from 'keepgate';
import { describe, expect, test } from 'vitest';
import type { Layer, Signature } from '../../../src/layers/layer.ts';
import { signatureOf } from '../../../src/train/examples.ts';
import { layersFor, type Network, uploadTargets } from '../../../src/train/network.ts';
import { drawing, signatures, uploadBatch } from '../../../src/train/pass.ts';
import { gradientsOf } from '../../../src/train/step.ts';
import { MODELS } from '../../helpers/models.ts';
import { isClose } from '../../helpers/numeric.ts';

/** The loss and the gradients of a model in training, as a function of its weights; the masks are always the same. */
async function trainingLoss(layers: readonly Layer[], loss: Loss, examples: Examples, weights: Record<string, Tensor>) {
  const ops = await createEngine('reference');
  const input = signatureOf(layers[0] as Layer, examples.x);
  const used = layersFor(loss, layers);
  const handles = Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, ops.upload(w.data, w.shape)]));
  const network = { ops, layers: used, weights: handles, input, output: signatures(used, input).at(-1) } as Network;
  const batch = uploadBatch(ops, input, examples.x);
  const target = uploadTargets(network, loss, examples.y, batch);
  const found = await gradientsOf(ops, ops.openScope(), used, handles, { batch, target, loss, plans: drawing(key(5)) });
  const grads = Object.entries(found.grads).map(async ([name, grad]) => [name, await ops.read(grad)] as const);
  return { loss: found.loss, norm: found.norm, grads: Object.fromEntries(await Promise.all(grads)) };
}

function freshWeights(layers: readonly Layer[], examples: Examples): Record<string, Tensor> {
  const input = signatureOf(layers[0] as Layer, examples.x);
  const inputs = [input, ...signatures(layers, input)];
  return Object.fromEntries(
    layers.flatMap((layer, i) =>
      Object.entries(layer.initialise(inputs[i] as Signature, fold(key(2), i))).map(([name, w]) => [`${i}.${name}`, w]),
    ),
  );
}

describe('the gradient of a model in training equals central differences', () => {
  test.each(MODELS)('$name', async ({ layers: build, loss, examples }) => {
    const layers = build();
    const weights = freshWeights(layers, examples);
    const { grads, norm } = await trainingLoss(layers, loss, examples, weights);
    expect(Object.keys(grads).sort()).toEqual(Object.keys(weights).sort());
    expect(isClose(norm, Math.hypot(...Object.values(grads).flatMap((grad) => [...grad])), 1e-12)).toBe(true);

    const step = 1e-5;
    for (const [name, { data, shape }] of Object.entries(weights)) {
      // Every third entry: enough to see any wrong term, at a third of the time.
      for (let i = 0; i < data.length; i += 3) {
        const at = async (delta: number): Promise<number> => {
          const moved = new Tensor(Float64Array.from(data).with(i, (data[i] as number) + delta), shape);
          return (await trainingLoss(layers, loss, examples, { ...weights, [name]: moved })).loss;
        };
        const numeric = ((await at(step)) - (await at(-step))) / (2 * step);
        const analytic = grads[name]?.[i] as number;
        expect(isClose(analytic, numeric, 1e-7), `${name}[${i}]: ${analytic} against ${numeric}`).toBe(true);
      }
    }
  });
});
