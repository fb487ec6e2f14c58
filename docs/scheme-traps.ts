import {
  createEngine,
  injectMasks,
  key,
  mean,
  none,
  type Plan,
  recurrent,
  type Scaling,
  sample,
  type Tensor,
  zoneout,
} from 'keepgate';
import { range, round, SEED, table } from './scheme-tables.ts';

const OPEN = 40; // σ(40) is 1 in float64
const engine = await createEngine('reference');

/** A cell of one unit whose gates are set by its biases alone, run over T steps without input. */
async function oneUnit(
  cell: 'lstm' | 'gru' | 'rnn',
  biases: readonly number[],
  plan: Plan,
  { time, batch = 1, state = {} }: { time: number; batch?: number; state?: Readonly<Record<string, number>> },
): Promise<Readonly<Record<string, Tensor>>> {
  const layer = recurrent({ cell, inputSize: 1, hiddenSize: 1, engine });
  const zeros = biases.map(() => [0]);
  layer.setWeights({ weight_ih: zeros, weight_hh: zeros, bias_ih: [...biases], bias_hh: biases.map(() => 0) });
  const run = await layer.forward(
    range(batch).map(() => range(time).map(() => [0])),
    {
      plan,
      state: Object.fromEntries(Object.entries(state).map(([part, value]) => [part, range(batch).map(() => [value])])),
    },
  );
  run.dispose();
  return run.state;
}

/** The section about traps, every number of which is measured here. */
export async function traps(): Promise<string> {
  return ['## Three scaling traps', await carriedState(), await zoneoutMixes(), await updatesGrow()].join('\n\n');
}

async function carriedState(): Promise<string> {
  const [rate, time] = [0.5, 20];
  const biases = [OPEN, OPEN, Math.atanh(0.1), OPEN];
  const memory = async (plan: Plan): Promise<number> =>
    ((await oneUnit('lstm', biases, plan, { time })).c as Tensor).at(0, 0);
  const kept = (scaling: Scaling): Plan => injectMasks({ memory: { rate, scaling, mask: [[1]] } });
  const evaluation = (scaling: Scaling): Plan => mean([{ site: 'memory', rate, scaling }]);
  const rows = [
    ['without dropout', round(await memory(none()))],
    ['literal, training, a kept unit', round(await memory(kept('literal')))],
    ['literal, training, the mean over kept and dropped units', round((await memory(kept('literal'))) * (1 - rate))],
    ['literal, evaluation', round(await memory(evaluation('literal')))],
    ['inverted, training, a kept unit', (await memory(kept('inverted'))).toFixed(0)],
    ['inverted, evaluation', round(await memory(evaluation('inverted')))],
  ];

  const stays = await oneUnit('gru', [0, OPEN, 0], injectMasks({ recurrent: { rate, mask: [[1]] } }), {
    time: 4,
    state: { h: 1 },
  });
  return `### 1. A fixed mask on a carried state

Whatever is multiplied at every step and carried on is multiplied T times. With a mask that is fixed, the factor is the
same each time: inverted scaling gives (1/(1-p))^T, literal scaling gives (1-p)^T in evaluation. An LSTM unit with
f = 1, i g = 0.1 and rnnDrop at p = ${rate}, after T = ${time} steps:

${table(['what', 'c'], rows)}

So neither scaling makes evaluation the mean of training: literal training means ${round((await memory(kept('literal'))) * (1 - rate))} and evaluates to ${round(await memory(evaluation('literal')))}, inverted
training explodes. \`rnnDrop\` is the only preset on a carried state; take it with \`scaling: 'literal'\` and short
sequences, or take \`recurrentDropout\`, which leaves the memory alone. \`schemeWarnings(scheme)\` tells the factor.

The same happens to a GRU that multiplies the h it carries, where only the copy that enters U should be: with
z = 1, p = ${rate} and h = 1, a kept unit goes 2, 4, 8, 16 in four steps. Here the carried h is left alone, and it is still
${round((stays.h as Tensor).at(0, 0))} after four.`;
}

async function zoneoutMixes(): Promise<string> {
  const rates = { hidden: 0.05, cell: 0.5 };
  const scheme = zoneout({ ...rates, scope: 'step' });
  const biases = [0.5, 1, 1, 0];
  const state = { h: 0.2, c: 1 };
  const batch = 20_000;
  const after = async (plan: Plan, time: number, samples = 1): Promise<{ h: number; c: number }> => {
    const found = await oneUnit('lstm', biases, plan, { time, batch: samples, state });
    const average = (values: Tensor): number => values.toFlat().reduce((sum, x) => sum + x, 0) / samples;
    return { h: average(found.h as Tensor), c: average(found.c as Tensor) };
  };
  const drawn = (time: number): Plan =>
    sample(scheme, key(SEED), { batch, time, inputSize: 1, hiddenSize: 1, gates: 4 });
  const rows: string[][] = [];
  for (const time of [1, 10]) {
    const found = [await after(none(), time), await after(drawn(time), time, batch), await after(mean(scheme), time)];
    rows.push([`h after ${time}`, ...found.map(({ h }) => h.toFixed(3))]);
    rows.push([`c after ${time}`, ...found.map(({ c }) => c.toFixed(3))]);
  }
  const fixed = zoneout({ hidden: 0.5 });
  const steps = { time: 10 };
  const held = async (plan: Plan): Promise<number> =>
    ((await oneUnit('rnn', [OPEN], plan, steps)).h as Tensor).at(0, 0);
  const ofFixed = async (bit: 0 | 1): Promise<number> =>
    held(injectMasks({ zoneHidden: { rate: 0.5, mask: [[bit]] } }));
  const fixedMean = ((await ofFixed(0)) + (await ofFixed(1))) / 2;
  return `### 2. Zoneout in evaluation is not the cell without dropout

Evaluation blends: (1-p) new + p old, at every step. Leaving the blend out, as some implementations do, evaluates another
network than the one that was trained. One LSTM unit (biases ${biases.join(', ')}; from h = ${state.h}, c = ${state.c}), cell ${rates.cell} and hidden
${rates.hidden} per step, ${batch.toLocaleString('en')} samples:

${table(['steps', 'without dropout', 'training, mean of the samples', 'evaluation'], rows)}

After one step evaluation is the mean of training (to the error of the sample), since h reads c~ and not the zoned c.
After several it is near it: gates and tanh are not linear. Do not test zoneout for equality with the plain cell.

All this is for masks per step, as in the paper. With a fixed mask (\`scope: 'sequence'\`, the default) a dropped unit holds its
initial state to the end, while evaluation still lets every unit move: a tanh RNN unit whose new state is always 1, from
0, hidden 0.5, ${steps.time} steps: ${round(await ofFixed(1))} kept, ${round(await ofFixed(0))} dropped, so ${round(fixedMean)} on average; evaluation gives ${round(await held(mean(fixed)))}.`;
}

async function updatesGrow(): Promise<string> {
  const rate = 0.5;
  const biases = [0, 0, OPEN];
  const hidden = async (plan: Plan): Promise<string> =>
    round(((await oneUnit('gru', biases, plan, { time: 40 })).h as Tensor).at(0, 0));
  const kept = (scaling: Scaling): Plan => injectMasks({ update: { rate, scaling, mask: [[1]] } });
  const evaluation = (scaling: Scaling): Plan => mean([{ site: 'update', rate, scaling }]);
  const rows = [
    ['without dropout', await hidden(none()), await hidden(none())],
    ['inverted', await hidden(kept('inverted')), await hidden(evaluation('inverted'))],
    ['literal', await hidden(kept('literal')), await hidden(evaluation('literal'))],
  ];
  return `### 3. Inverted updates leave the range of tanh

g and n are within ±1, but g / (1-p) is not: at p = ${rate} it reaches ${round(1 / (1 - rate))}. A cell whose gates are tied (the GRU: z and 1 - z)
then no longer keeps its state within ±1. A GRU unit with n = 1 and z = 0.5, after 40 steps of one
mask of recurrentDropout at p = ${rate}:

${table(['scaling', 'training, a kept unit', 'evaluation'], rows)}

Literal scaling stays within ±1 in training and gives 1-p of it in evaluation; it is what the code of Semeniuta
et al. does, and that of Melis et al. 2018 (arXiv:1707.05589): \`recurrentDropout({ update: 0.5, scaling: 'literal' })\`.`;
}
