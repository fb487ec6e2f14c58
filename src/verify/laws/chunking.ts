import type { Plan } from '../../masks/plan.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { expectClose, expectSameBits, only, type Results } from '../white-box/compare.ts';
import { type Law, ONE_DIRECTION } from '../white-box/law.ts';
import { generate, join, mapValues, range, take } from '../white-box/tensors.ts';
import { drawPlans, type Inputs, results, type Trial } from '../white-box/trial.ts';

export const chunking: Law = {
  name: 'chunking',
  says: 'two chunks with the state carried are one call: results bit for bit, gradients to rounding',
  applies: () => true,
  stacks: ONE_DIRECTION,
  runs: 6,
  async check(trial) {
    const { layer, cell, time, inputs, setting } = trial;
    if (time === 1) return;
    const atOnce = await results(layer, drawPlans(trial), inputs);
    const split = await inTwoChunks(trial, 1 + (setting.seed % (time - 1)));

    const exact = (name: string): boolean => name === 'y' || cell.carries.includes(name);
    expectSameBits(only(split, exact), only(atOnce, exact));
    expectClose(split, atOnce, 1e-12);
  },
};

/** The steps of a trial from (inclusive) to (exclusive), with their plans and inputs. */
function chunk(
  { inputs, layer, scheme, key, batch }: Trial,
  from: number,
  to: number,
): { plans: readonly Plan[]; inputs: Inputs } {
  const { x, dy, lengths } = inputs;
  return {
    plans: layer.sample(scheme, key, { batch, time: to - from, first: { step: from } }),
    inputs: {
      ...inputs,
      x: take(x, 1, range(from, to)),
      dy: take(dy, 1, range(from, to)),
      lengths: lengths?.map((length) => Math.min(Math.max(length - from, 0), to - from)) ?? null,
    },
  };
}

/** What a run over both chunks gives: the first with the second's gradient by its initial state, then the second. */
async function inTwoChunks(trial: Trial, at: number): Promise<Results> {
  const { layer, time, cell } = trial;
  const [early, late] = [chunk(trial, 0, at), chunk(trial, at, time)];
  const parts = (all: Results, prefix = ''): Record<string, Tensor> =>
    Object.fromEntries(cell.carries.map((part) => [part, all[prefix + part] as Tensor]));

  const weights = new Set(Object.keys(layer.getWeights()).map((name) => `d${name}`));
  const carried = parts(await results(layer, early.plans, early.inputs));
  const second = await results(layer, late.plans, { ...late.inputs, state: carried });
  const first = await results(layer, early.plans, { ...early.inputs, dstate: parts(second, 'd') });
  return mapValues(first, (value, name) => {
    const other = second[name] as Tensor;
    if (name === 'y' || name === 'dx') return join(1, value, other);
    if (weights.has(name)) return sum(value, other);
    return name.startsWith('d') ? value : other;
  });
}

function sum(a: Tensor, b: Tensor): Tensor {
  return generate(a.shape, (index) => a.at(...index) + b.at(...index));
}
