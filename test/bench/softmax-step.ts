/**
 * What a training step costs by its last layer: npx tsx test/bench/softmax-step.ts [CLASSES ...]
 * An embedding of 128, an LSTM of 128, and a softmax over so many classes, 20 rows of 35 steps, sgd, engine simd; medians of some steps.
 */
import {
  adaptiveSoftmax,
  dense,
  embedding,
  key,
  type Layer,
  lstm,
  sampledSoftmax,
  sequential,
  sgd,
  softmaxCrossEntropy,
  uniform,
} from 'keepgate';

const [ROWS, STEPS, UNITS, REPEATS] = [20, 35, 128, 7];

async function medianStep(classes: number, last: Layer): Promise<number> {
  const layers = [
    embedding({ vocabulary: classes, units: UNITS }),
    lstm({ units: UNITS, returnSequences: true }),
    last,
  ];
  const model = sequential(layers, { engine: 'simd' });
  // Frequent classes are the first, as in text.
  const ids = (seed: number): number[][] =>
    Array.from({ length: ROWS }, (_, row) =>
      Array.from(uniform(key(seed + row), STEPS), (u) => Math.floor(Math.exp(u * Math.log(classes)) - 1e-9)),
    );
  const told = { key: key(1), epochs: REPEATS, batchSize: ROWS, loss: softmaxCrossEntropy(), metrics: [] };
  const trainer = await model.trainer({ x: ids(0), y: ids(100) }, { ...told, optimizer: sgd({ learningRate: 0.1 }) });
  const times: number[] = [];
  while (!trainer.done) {
    const begun = performance.now();
    await trainer.next();
    times.push(performance.now() - begun);
    await trainer.endEpoch();
  }
  await trainer.finish();
  await model.dispose();
  return times.slice(1).sort((a, b) => a - b)[Math.floor((times.length - 1) / 2)] as number;
}

const given = process.argv.slice(2).map(Number);
for (const units of given.length > 0 ? given : [10_000, 50_000]) {
  const lasts: Readonly<Record<string, Layer>> = {
    'dense, the full softmax': dense({ units }),
    'sampledSoftmax, 1,000 samples': sampledSoftmax({ units, samples: 1000 }),
    'adaptiveSoftmax, cut at 2,000 and a fifth': adaptiveSoftmax({
      units,
      cutoffs: [2000, Math.max(2001, Math.floor(units / 5))],
    }),
  };
  for (const [name, last] of Object.entries(lasts))
    console.log(`${units} classes, ${name}: ${(await medianStep(units, last)).toFixed(0)} ms a step`);
}
