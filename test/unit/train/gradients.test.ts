import { createEngine, key, type Layer, type Loss, Tensor } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { isMoved, type WeightSpec } from '../../../src/layers/weight-spec.ts';
import { GiveWay } from '../../../src/engines/give-way.ts';
import { uploadInputs, uploadTargets } from '../../../src/train/examples/batch.ts';
import { type AnyExamples, checkExamples, targetsOfHead } from '../../../src/train/examples/examples.ts';
import { headsOf, lossOf } from '../../../src/train/losses/loss-by-head.ts';
import { architectureOf } from '../../../src/train/model/network.ts';
import { drawing, freshWeights } from '../../../src/train/pass.ts';
import { readLearnedRates } from '../../../src/train/model/read-learned-dropout-rates.ts';
import type { ResumedOptions } from '../../../src/train/fit-options.ts';
import { inputsOfExamples } from '../../../src/train/sources/run-data.ts';
import { gradientsOf } from '../../../src/train/step.ts';
import { MODELS } from '../../helpers/models.ts';
import { isClose } from '../../helpers/numeric.ts';

const inputsOf = (layers: readonly Layer[], examples: AnyExamples) =>
  inputsOfExamples(layers[0] as Layer, examples, { resume: null } as ResumedOptions);

/**
 * What training minimises, and its gradients, as functions of its weights; the noise is always the same.
 * @param kappa of fraternal dropout, if it is trained so
 */
async function trainingLoss(
  layers: readonly Layer[],
  loss: Loss,
  examples: AnyExamples,
  weights: Record<string, Tensor>,
  kappa: number | null,
) {
  const ops = await createEngine('reference');
  const architecture = architectureOf(layers, await inputsOf(layers, examples), loss);
  const { layers: used, inputs, outputs, specs } = architecture;
  const checked = checkExamples(loss, architecture, examples);
  const handles = Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, ops.upload(w.data, w.shape)]));
  const found = await gradientsOf(ops, ops.openScope(), used, handles, {
    batch: uploadInputs(ops, inputs, checked),
    target: (head, at) => uploadTargets(ops, head.loss, head.output, targetsOfHead(checked, head.name), at),
    heads: headsOf(loss, outputs),
    metrics: [],
    progress: { updates: 3, learned: await readLearnedRates(ops, handles, specs) },
    plans: drawing(key(5)),
    twin: kappa === null ? null : { kappa, plans: drawing(key(6)) },
  });
  const grads = Object.entries(found.grads).map(async ([name, grad]) => [name, await ops.read(grad)] as const);
  return { total: found.loss + found.penalty, norm: found.norm, grads: Object.fromEntries(await Promise.all(grads)) };
}

/**
 * f' from values around it. The error of two values h apart is about h² f‴/6, and that of four h⁴ f⁗′/30. A concrete
 * mask is rounded to float32, and with it the loss as a function of its rate: there the steps must be long.
 */
async function slope(f: (delta: number) => Promise<number>, isRate: boolean): Promise<number> {
  if (!isRate) return ((await f(1e-5)) - (await f(-1e-5))) / 2e-5;
  const h = 0.03;
  return (8 * ((await f(h)) - (await f(-h))) - ((await f(2 * h)) - (await f(-2 * h)))) / (12 * h);
}

describe.each([
  { kappa: null, rows: MODELS },
  // Two passes are as many sums again: every other model will do.
  { kappa: 0.4, rows: MODELS.filter((_, i) => i % 2 === 0) },
])('the gradient of a model in training equals central differences, kappa $kappa', ({ kappa, rows }) => {
  test.each(rows)('$name', async ({ layers: build, loss: told, examples }) => {
    const loss = lossOf('test', told);
    const layers = build();
    const giveWay = new GiveWay('test');
    const weights = await freshWeights(layers, await inputsOf(layers, examples), key(2), giveWay);
    const { grads, norm } = await trainingLoss(layers, loss, examples, weights, kappa);
    const { specs } = architectureOf(layers, await inputsOf(layers, examples), loss);
    const moved = Object.keys(weights).filter((name) => isMoved(specs[name] as WeightSpec));
    expect(Object.keys(grads).sort()).toEqual(moved.sort());
    expect(isClose(norm, Math.hypot(...Object.values(grads).flatMap((grad) => [...grad])), 1e-12)).toBe(true);

    for (const name of moved) {
      const { data, shape } = weights[name] as Tensor;
      const isRate = name.includes('rate_logit');
      // Every third entry: enough to see any wrong term, at a third of the time.
      for (let i = 0; i < data.length; i += 3) {
        const at = async (delta: number): Promise<number> => {
          const moved = new Tensor(Float64Array.from(data).with(i, (data[i] as number) + delta), shape);
          return (await trainingLoss(layers, loss, examples, { ...weights, [name]: moved }, kappa)).total;
        };
        const numeric = await slope(at, isRate);
        const analytic = grads[name]?.[i] as number;
        expect(isClose(analytic, numeric, isRate ? 1e-6 : 1e-7), `${name}[${i}]: ${analytic} against ${numeric}`).toBe(
          true,
        );
      }
    }
  });
});
