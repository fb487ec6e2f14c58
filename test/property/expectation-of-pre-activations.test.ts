import { type Cell, type Handle, key, mean, type Plan, recurrent, type Site, tensor } from 'keepgate';
import { describe, test } from 'vitest';
import { gru } from '../../src/cells/gru.ts';
import { gruResetBefore } from '../../src/cells/gru-reset-before.ts';
import { lstm } from '../../src/cells/lstm.ts';
import { rnn } from '../../src/cells/rnn.ts';
import { createReferenceEngine } from '../../src/engines/reference/engine.ts';
import type { MaskRule } from '../../src/masks/scheme.ts';
import { expectationOf } from '../../src/verify/white-box/enumerate.ts';
import { SEED } from '../helpers/laws.ts';
import { expectClose, type Results } from '../helpers/numeric.ts';
import { describeRule, rulesOf } from '../helpers/schemes.ts';
import { generate, mapValues, randomTensor } from '../helpers/tensors.ts';

/** What of a cell's step is linear in the masks before the gates: the pre-activations, from what the step saved. */
interface Probe {
  readonly name: string;
  readonly cell: Cell;
  /** Gates whose rows of W and U are zero, where another gate's pre-activation would multiply two masked numbers. */
  readonly still: readonly number[];
  preActivations(saved: readonly number[]): number[];
}

const PROBES: readonly Probe[] = [
  {
    name: 'lstm',
    cell: lstm,
    still: [],
    preActivations: ([i = 0, f = 0, g = 0, o = 0]) => [logit(i), logit(f), Math.atanh(g), logit(o)],
  },
  {
    name: 'gru',
    cell: gru,
    still: [],
    preActivations: ([r = 0, z = 0, n = 0, bn = 0]) => [logit(r), logit(z), Math.atanh(n) - r * bn, bn],
  },
  {
    name: 'gru, reset before: its gates',
    cell: gruResetBefore,
    still: [],
    preActivations: ([r = 0, z = 0]) => [logit(r), logit(z)],
  },
  {
    name: 'gru, reset before: its candidate, with r at rest',
    cell: gruResetBefore,
    still: [0],
    preActivations: ([, z = 0, n = 0]) => [logit(z), Math.atanh(n)],
  },
  { name: 'rnn', cell: rnn, still: [], preActivations: ([n = 0]) => [Math.atanh(n)] },
];

function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}

/** The sizes that show a site, with few enough bits to try all masks. */
function sizesFor(
  { site, scope, tied }: MaskRule,
  { gates }: Cell,
): Record<'time' | 'inputSize' | 'hiddenSize', number> {
  return {
    // Past the first step, what enters a later one is linear in the masks of `input` only, with U at rest.
    time: site === 'input' ? 2 : 1,
    inputSize: scope === 'step' && !tied ? 1 : 2,
    hiddenSize: site === 'weight' && gates.length > 1 ? 1 : 2,
  };
}

/** What is linear in the mask of a site, as a function of the plan. */
function linearQuantity(rule: MaskRule, { cell, still, preActivations }: Probe): (plan: Plan) => Promise<Results> {
  const { time, inputSize, hiddenSize } = sizesFor(rule, cell);
  const engine = createReferenceEngine();
  const saved: Handle[] = [];
  const layer = recurrent({ cell: watched(cell, saved), inputSize, hiddenSize, engine });
  const source = key(SEED);
  layer.setWeights(
    mapValues(layer.getWeights(), ({ shape }, name) => {
      const random = randomTensor(source, name, shape, 0.5);
      const rests = (row: number): boolean => still.includes(Math.floor(row / hiddenSize)) && name.startsWith('weight');
      const whole = name === 'weight_hh' && rule.site === 'input';
      return generate(shape, ([row = 0, ...column]) => (whole || rests(row) ? 0 : random.at(row, ...column)));
    }),
  );
  const x = randomTensor(source, 'x', [1, time, inputSize]);
  const state = Object.fromEntries(cell.carries.map((part) => [part, randomTensor(source, part, [1, hiddenSize])]));

  return async (plan) => {
    saved.length = 0;
    const run = await layer.forward(x, { plan, state });
    const steps = await Promise.all(saved.map(async (handle) => [...(await engine.read(handle))]));
    run.dispose();
    const units = steps.flatMap((step) => unitsOf(step, hiddenSize));
    return { preActivations: tensor(Float64Array.from(units.flatMap(preActivations))) };
  };
}

/** A cell that does what another does and shows what each step saved. */
function watched(cell: Cell, saved: Handle[]): Cell {
  return {
    ...cell,
    forward(ops, step) {
      const result = cell.forward(ops, step);
      saved.push(result.saved);
      return result;
    },
  };
}

/** What was saved of one sample, [segments * H], unit by unit. */
function unitsOf(saved: readonly number[], hiddenSize: number): number[][] {
  return Array.from({ length: hiddenSize }, (_, unit) => saved.filter((_, i) => i % hiddenSize === unit));
}

/** Sites before the gates; what comes after them is the law `expectation-exact`. */
const beforeGates = (site: Site): boolean => ['input', 'recurrent', 'weight'].includes(site);

describe.each(PROBES)('the mean of the pre-activations over all masks is what evaluation computes: $name', (probe) => {
  const { cell } = probe;
  // Without scaling it is not, by design.
  const rules = cell.sites
    .filter(beforeGates)
    .flatMap(rulesOf)
    .filter(({ scaling }) => scaling !== 'none');
  test.each(rules.map((rule) => ({ rule, name: describeRule(rule) })))('$name', async ({ rule }) => {
    const quantity = linearQuantity(rule, probe);
    const extents = { batch: 1, gates: cell.gates.length, ...sizesFor(rule, cell) };
    expectClose(await expectationOf([rule], extents, quantity), await quantity(mean([rule])), 1e-12);
  });
});
