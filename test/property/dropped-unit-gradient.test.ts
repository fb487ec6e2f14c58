import type { Plan, Scheme, Site, Tensor } from 'keepgate';
import { describe, expect } from 'vitest';
import { forEveryScheme, ONE_LAYER } from '../helpers/laws.ts';
import { expectSameBits, only, type Results } from '../helpers/numeric.ts';
import { type SavedMask, savedMasks } from '../helpers/plans.ts';
import { generate, range } from '../helpers/tensors.ts';
import { drawPlans, results, type Trial } from '../helpers/trials.ts';

interface Place {
  readonly gate: number;
  readonly sample: number;
  readonly step: number;
  readonly unit: number;
}

/** Whether a mask drops what stands at a place. */
function drops({ mask, rule }: SavedMask, { gate, sample, step, unit }: Place): boolean {
  return mask.at(...(rule.untied ? [gate] : []), sample, ...(rule.scope === 'step' ? [step] : []), unit) === 0;
}

/** Whether a mask drops a unit of a gate in every sample at every step. */
function dropsAlways(saved: SavedMask, { batch, time }: Trial, gate: number, unit: number): boolean {
  return range(0, batch).every((sample) => range(0, time).every((step) => drops(saved, { gate, sample, step, unit })));
}

function expectZeros(values: Tensor, where: (index: readonly number[]) => boolean): void {
  const wrong = generate(values.shape, (index) => (where(index) && values.at(...index) !== 0 ? 1 : 0));
  expect(wrong.toFlat().indexOf(1)).toBe(-1);
}

/** The law of one site: a run, its gradients, and the mask of the site. */
function lawAt(site: Site, check: (trial: Trial, grads: Results, saved: SavedMask) => Promise<void> | void): void {
  describe(site, () => {
    forEveryScheme(
      async (trial) => {
        const plans = drawPlans(trial);
        const saved = savedMasks(plans[0] as Plan).find((mask) => mask.site === site) as SavedMask;
        await check(trial, await results(trial.layer, plans, trial.inputs), saved);
      },
      {
        where: (scheme: Scheme) => scheme.some((entry) => entry.site === site),
        stacks: ONE_LAYER,
        sizes: { batch: 1 },
      },
    );
  });
}

/** The rows of W, U and the biases that belong to a gate's unit; all gates' when the gate is left out. */
function expectNoWeightGradient(trial: Trial, grads: Results, saved: SavedMask, gate?: number): void {
  const { cell, layer } = trial;
  const rows = range(0, cell.gates * layer.hiddenSize).filter((row) => {
    const ofGate = gate === undefined || Math.floor(row / layer.hiddenSize) === gate;
    return ofGate && dropsAlways(saved, trial, 0, row % layer.hiddenSize);
  });
  const ofWeights = only(grads, (name) => /weight|bias/.test(name));
  for (const values of Object.values(ofWeights)) expectZeros(values, ([row = 0]) => rows.includes(row));
}

/** The gate of each cell that computes what `update` masks: g, n, and the RNN's only one. */
const CANDIDATE: Readonly<Record<string, number>> = { lstm: 2, gru: 2, 'gru (reset before)': 2, rnn: 0 };

describe('the gradient through a dropped unit is exactly 0', () => {
  lawAt('input', ({ cell }, { dx }, saved) => {
    const gates = range(0, saved.rule.untied ? cell.gates : 1);
    expectZeros(dx as Tensor, ([sample = 0, step = 0, unit = 0]) =>
      gates.every((gate) => drops(saved, { gate, sample, step, unit })),
    );
  });

  lawAt('recurrent', (trial, { dweight_hh }, saved) => {
    expectZeros(dweight_hh as Tensor, ([row = 0, unit = 0]) =>
      dropsAlways(saved, trial, Math.floor(row / trial.layer.hiddenSize), unit),
    );
  });

  lawAt('weight', (_, { dweight_hh }, { mask }) => {
    expectZeros(dweight_hh as Tensor, (index) => mask.at(...index) === 0);
  });

  lawAt('update', (trial, grads, saved) => {
    expectNoWeightGradient(trial, grads, saved, CANDIDATE[trial.cell.name]);
  });

  lawAt('memory', expectNoWeightGradient);

  lawAt('output', async ({ layer, inputs, ...trial }, grads, saved) => {
    const dy = generate(inputs.dy.shape, (index) => {
      const [sample = 0, step = 0, unit = 0] = index;
      return drops(saved, { gate: 0, sample, step, unit }) ? 1e3 : inputs.dy.at(...index);
    });
    expectSameBits(await results(layer, drawPlans({ layer, inputs, ...trial }), { ...inputs, dy }), grads);
  });
});
