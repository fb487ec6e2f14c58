import {
  adagrad,
  adam,
  bidirectional,
  binaryCrossEntropy,
  dense,
  dropout,
  gru,
  huber,
  type Kernel,
  key,
  lstm,
  meanAbsoluteError,
  meanSquaredError,
  nadam,
  type Ops,
  pooling,
  radam,
  rmsprop,
  sequential,
  sgd,
} from 'keepgate';
import { createReferenceEngine } from '../../src/engines/reference/engine.ts';
import { CELLS } from './cells.ts';
import { RATES, schemesFor } from './schemes.ts';
import { drawPlans, makeTrial, results } from './trials.ts';

/** The kernels that run when every cell runs with every scheme, both ways, and when small models train. */
export async function everyKernel(): Promise<readonly Kernel[]> {
  const kernels = new Set<Kernel>();
  await runCells(kernels);
  await trainModels(kernels);
  return [...kernels].sort((a, b) => a.name.localeCompare(b.name));
}

/** Let an engine write down the kernels that it runs. */
function watch(engine: Ops, kernels: Set<Kernel>): void {
  const { run } = engine;
  engine.run = ((kernel: Kernel, args: Parameters<typeof run>[1]) => {
    kernels.add(kernel);
    return run(kernel, args);
  }) as typeof run;
}

async function runCells(kernels: Set<Kernel>): Promise<void> {
  const stack = { layers: 2, bidirectional: true };
  const sizes = { batch: 2, time: 2, inputSize: 2, hiddenSize: 2, ragged: true, rates: RATES, seed: 1, stack };
  for (const cell of CELLS) {
    for (const row of schemesFor(cell)) {
      const trial = makeTrial(cell, row, sizes);
      watch(trial.engine, kernels);
      await results(trial.layer, drawPlans(trial), trial.inputs);
    }
  }
}

async function trainModels(kernels: Set<Kernel>): Promise<void> {
  const engine = createReferenceEngine();
  watch(engine, kernels);
  const x = [
    [[1, 2]],
    [
      [3, 4],
      [5, 6],
    ],
  ];
  const y = [[0.25], [1]];
  const options = { key: key(1), epochs: 1, clipNorm: 1 };

  const both = bidirectional(lstm({ units: 2 }));
  const yesNo = sequential([both, dropout({ rate: 0.2 }), dense({ units: 1, activation: 'sigmoid' })], { engine });
  await yesNo.fit({ x, y: [0, 1] }, { ...options, loss: binaryCrossEntropy(), optimizer: sgd() });

  const regularization = { l1: 0.1, l2: 0.1, weightDecay: 0.1, maxNorm: 0.5 };
  const optimizers = [rmsprop(), rmsprop({ centered: true }), adagrad(), nadam(), radam()];
  for (const [i, optimizer] of optimizers.entries()) {
    const loss = i % 2 === 0 ? huber() : meanAbsoluteError();
    const model = sequential([lstm({ units: 2 }), dense({ units: 1 })], { engine });
    await model.fit({ x, y }, { ...options, loss, optimizer, regularization, clipValue: 0.1 });
  }

  for (const over of ['mean', 'max'] as const) {
    for (const activation of ['relu', 'tanh', 'sigmoid'] as const) {
      const layers = [gru({ units: 2, returnSequences: true }), pooling({ over }), dense({ units: 1, activation })];
      await sequential(layers, { engine }).fit({ x, y }, { ...options, loss: meanSquaredError(), optimizer: adam() });
    }
  }
}
