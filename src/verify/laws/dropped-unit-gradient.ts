import type { Cell } from '../../cells/cell.ts';
import { GRU_GATES, LSTM_GATES, RNN_GATES } from '../../cells/gates.ts';
import type { Mask } from '../../masks/mask.ts';
import type { Site } from '../../masks/sites.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { expectSameBits, expectTrue, only, type Results } from '../white-box/compare.ts';
import { isBernoulli, type Law, ONE_LAYER } from '../white-box/law.ts';
import { generate, range } from '../white-box/tensors.ts';
import { drawPlans, results, type Trial } from '../white-box/trial.ts';

export const droppedUnitGradient: Law = {
  name: 'dropped-unit-gradient',
  says: 'the gradient through a dropped unit is exactly 0',
  // A mask of real numbers drops no unit.
  applies: (_, scheme) => scheme.some((rule) => isBernoulli(rule) && LAWS[rule.site]),
  stacks: ONE_LAYER,
  runs: 6,
  sizes: () => ({ batch: 1 }),
  async check(trial) {
    const plans = drawPlans(trial);
    const grads = await results(trial.layer, plans, trial.inputs);
    for (const mask of Object.values(plans[0]?.masks ?? {})) await LAWS[mask.rule.site]?.(trial, grads, mask);
  },
};

/** The law of one site: of a run, its gradients, and the mask of the site. */
type LawAt = (trial: Trial, grads: Results, mask: Mask) => Promise<void> | void;

const LAWS: Readonly<Partial<Record<Site, LawAt>>> = {
  input: ({ cell }, { dx }, mask) => {
    const gates = range(0, mask.rule.tied ? 1 : cell.gates.length);
    expectZeros('input: dx', dx as Tensor, ([sample = 0, step = 0, unit = 0]) =>
      gates.every((gate) => drops(mask, { gate, sample, step, unit })),
    );
  },

  recurrent: (trial, { dweight_hh }, mask) => {
    expectZeros('recurrent: dweight_hh', dweight_hh as Tensor, ([row = 0, unit = 0]) =>
      dropsAlways(mask, trial, Math.floor(row / trial.layer.hiddenSize), unit),
    );
  },

  weight: (_, { dweight_hh }, mask) => {
    expectZeros('weight: dweight_hh', dweight_hh as Tensor, ([row = 0, unit = 0]) =>
      drops(mask, { gate: 0, sample: row, step: 0, unit }),
    );
  },

  update: (trial, grads, mask) => {
    const { gates } = trial.cell;
    const known = CANDIDATES.get(gates);
    // Of a user's cell it is not known which gate computes the update: one of them must have zeros.
    const candidates = known === undefined ? gates : [known];
    const strays = candidates.map((gate) => strayWeightGradient(trial, grads, mask, gates.indexOf(gate)));
    expectTrue(strays.includes(undefined), `update: ${strays[0]}`);
  },

  memory: (trial, grads, mask) => {
    // Where the new c is normalised, o lets out of a dropped unit what the mean of the others leaves there.
    if (trial.cell.inputRows) return;
    const stray = strayWeightGradient(trial, grads, mask);
    expectTrue(stray === undefined, `memory: ${stray}`);
  },

  output: async (trial, grads, mask) => {
    const { layer, inputs } = trial;
    const dy = generate(inputs.dy.shape, (index) => {
      const [sample = 0, step = 0, unit = 0] = index;
      return drops(mask, { gate: 0, sample, step, unit }) ? 1e3 : inputs.dy.at(...index);
    });
    expectSameBits(await results(layer, drawPlans(trial), { ...inputs, dy }), grads);
  },
};

/** The gate that computes what `update` masks, by the lists of gates that our cells have: g, n, and the RNN's only one. */
const CANDIDATES: ReadonlyMap<Cell['gates'], string> = new Map<Cell['gates'], string>([
  [LSTM_GATES, 'g'],
  [GRU_GATES, 'n'],
  [RNN_GATES, 'n'],
]);

/** Whether a mask drops what stands at a place; of a weight, samples are rows. */
function drops(
  mask: Mask,
  { gate, sample, step, unit }: { gate: number; sample: number; step: number; unit: number },
): boolean {
  return mask.at({ gate, time: step, row: sample, unit }) === 0;
}

/** Whether a mask drops a unit of a gate in every sample at every step. */
function dropsAlways(mask: Mask, { batch, time }: Trial, gate: number, unit: number): boolean {
  return range(0, batch).every((sample) => range(0, time).every((step) => drops(mask, { gate, sample, step, unit })));
}

/**
 * Where the rows of W, U and the biases that belong to a gate's dropped units have a gradient other than 0; all gates'
 * when the gate is left out.
 */
function strayWeightGradient(trial: Trial, grads: Results, mask: Mask, gate?: number): string | undefined {
  const { cell, layer } = trial;
  const rows = range(0, cell.gates.length * layer.hiddenSize).filter((row) => {
    const ofGate = gate === undefined || Math.floor(row / layer.hiddenSize) === gate;
    return ofGate && dropsAlways(mask, trial, 0, row % layer.hiddenSize);
  });
  // Where pre-activations are normalised, units see each other: up to there, in gains and biases, each has its own gradient.
  const names = cell.inputRows ? /^d(gain|bias)_(ih|hh)/ : /weight|bias/;
  const ofWeights = Object.entries(only(grads, (name) => names.test(name)));
  return ofWeights
    .map(([name, values]) => strayNumber(name, values, ([row = 0]) => rows.includes(row)))
    .find((stray) => stray !== undefined);
}

function expectZeros(name: string, values: Tensor, where: (index: readonly number[]) => boolean): void {
  const stray = strayNumber(name, values, where);
  expectTrue(stray === undefined, stray ?? '');
}

/** The first number in these places that is not 0, in words. */
function strayNumber(name: string, values: Tensor, where: (index: readonly number[]) => boolean): string | undefined {
  const wrong = generate(values.shape, (index) => (where(index) && values.at(...index) !== 0 ? 1 : 0));
  const at = wrong.toFlat().indexOf(1);
  return at < 0
    ? undefined
    : `${name}[${at}] of shape [${values.shape}]: 0 was expected through a dropped unit, but ${values.toFlat()[at]} came`;
}
