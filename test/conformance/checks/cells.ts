import { type Cell, mean, type Ops, recurrent, Tensor } from 'keepgate';
import { CELLS, VARIANTS } from '../../helpers/cells.ts';
import { RATES, type SchemeRow, schemesFor } from '../../helpers/schemes.ts';
import { mapValues } from '../../helpers/tensors.ts';
import { drawPlans, makeTrial, type Plans, results, type Setting, type Trial } from '../../helpers/trials.ts';
import { type Check, largestError, type Outcome } from './check.ts';

/** No size is a multiple of four, and no two are alike. */
const SMALL: Setting = {
  batch: 5,
  time: 7,
  inputSize: 3,
  hiddenSize: 6,
  stack: { layers: 1, bidirectional: false },
  rates: RATES,
  ragged: true,
  seed: 3,
};
const STACKED: Setting = { ...SMALL, stack: { layers: 2, bidirectional: true }, seed: 4 };
const LONG: Setting = { ...SMALL, batch: 32, time: 20, inputSize: 24, hiddenSize: 40, seed: 5 };

/** Schemes that differ in all that an engine sees: rows of every kind, gates apart, and weights with masks. */
const FEW = ['variational, untied, per step, literal', 'everything'];
const BARE: SchemeRow = { name: 'no dropout', build: () => [] };

/** Each cell with each scheme, and others with few: outputs, final state and all gradients. */
export const CELL_CHECKS: readonly Check[] = [
  ...CELLS.flatMap((cell) => {
    const rows = schemesFor(cell);
    const few = rows.filter(({ name }) => FEW.includes(name));
    return [
      ...[BARE, ...rows].map((row) => check(cell, row, SMALL, 'small')),
      ...few.map((row) => check(cell, row, SMALL, 'evaluated', ({ scheme }) => mean(scheme))),
      ...[BARE, ...few].map((row) => check(cell, row, { ...SMALL, ragged: false, seed: 6 }, 'all of one length')),
      ...few.map((row) => check(cell, row, STACKED, 'two layers, both ways')),
      ...[BARE, ...few].map((row) => check(cell, row, LONG, 'long')),
    ];
  }),
  ...VARIANTS.flatMap((cell) => {
    const few = schemesFor(cell).filter(({ name }) => FEW.includes(name));
    return [BARE, ...few].map((row) => check(cell, row, SMALL, 'small'));
  }),
  ...CELLS.map((cell) => check(cell, BARE, { ...STACKED, stack: { ...STACKED.stack, bias: false } }, 'without biases')),
];

function check(
  cell: Cell,
  row: SchemeRow,
  setting: Setting,
  how: string,
  plans: (trial: Trial) => Plans = drawPlans,
): Check {
  return {
    name: `${cell.name}, ${row.name}, ${how}`,
    run: (engine) => errorOf(engine, setting, makeTrial(cell, row, setting), plans),
  };
}

/** The same weights, masks and inputs on an engine and on the reference engine. */
async function errorOf(
  engine: Ops,
  { batch, time, inputSize, hiddenSize, stack }: Setting,
  trial: Trial,
  plansOf: (trial: Trial) => Plans,
): Promise<number> {
  const plans = plansOf(trial);
  const layer = recurrent({ cell: trial.cell, inputSize, hiddenSize, ...stack, engine });
  // Weights of the size of fresh ones. Larger ones make a network chaotic: then each step multiplies an error of
  // rounding, and a comparison would tell about the network and not about the engine.
  const weights = mapValues(trial.layer.getWeights(), (weight) => scaled(weight, 1 / Math.sqrt(hiddenSize)));
  // Gradients by weights are sums over all rows: so they come to the size of 1, as those of a mean loss would.
  const inputs = { ...trial.inputs, dy: scaled(trial.inputs.dy, 1 / Math.sqrt(batch * time)) };
  const found: Named[] = [];
  for (const one of [layer, trial.layer]) {
    one.setWeights(weights);
    found.push(Object.entries(await results(one, plans, inputs)).sort(([a], [b]) => (a < b ? -1 : 1)));
    await one.dispose();
  }
  const [actual, expected] = found as [Named, Named];
  return names(actual) === names(expected)
    ? largestError(outcomes(actual), outcomes(expected))
    : Number.POSITIVE_INFINITY;
}

type Named = readonly (readonly [string, Tensor])[];

function names(found: Named): string {
  return found.map(([name]) => name).join();
}

function outcomes(found: Named): Outcome[] {
  return found.map(([, value]) => ({ shape: value.shape, values: value.toFlat() }));
}

function scaled(value: Tensor, scale: number): Tensor {
  return new Tensor(
    value.toFlat().map((entry) => entry * scale),
    value.shape,
  );
}
