import type { Plan, Tensor } from 'keepgate';
import { describe } from 'vitest';
import { forEveryScheme, ONE_DIRECTION } from '../helpers/laws.ts';
import { expectClose, expectSameBits, type Results } from '../helpers/numeric.ts';
import { generate, join, mapValues, range, take } from '../helpers/tensors.ts';
import { drawPlans, type Inputs, results, type Trial } from '../helpers/trials.ts';

/** The steps of a trial from (inclusive) to (exclusive), as a trial of its own. */
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

  const carried = parts(await results(layer, early.plans, early.inputs));
  const second = await results(layer, late.plans, { ...late.inputs, state: carried });
  const first = await results(layer, early.plans, { ...early.inputs, dstate: parts(second, 'd') });
  return mapValues(first, (value, name) => {
    const other = second[name] as Tensor;
    if (name === 'y' || name === 'dx') return join(1, value, other);
    if (name.includes('weight') || name.includes('bias')) return sum(value, other);
    return name.startsWith('d') ? value : other;
  });
}

function sum(a: Tensor, b: Tensor): Tensor {
  return generate(a.shape, (index) => a.at(...index) + b.at(...index));
}

describe('two chunks with the state carried are one call: results bit for bit, gradients to rounding', () => {
  forEveryScheme(
    async (trial, { seed }) => {
      const { layer, cell, time, inputs } = trial;
      if (time === 1) return;
      const whole = await results(layer, drawPlans(trial), inputs);
      const split = await inTwoChunks(trial, 1 + (seed % (time - 1)));

      const exact = ['y', ...cell.carries];
      const pick = (all: Results): Results => Object.fromEntries(exact.map((name) => [name, all[name] as Tensor]));
      expectSameBits(pick(split), pick(whole));
      expectClose(split, whole, 1e-12);
    },
    { stacks: ONE_DIRECTION },
  );
});
