/**
 * Times a training step of a language model with metrics against the same without, step by step in turns:
 * `npx tsx test/bench/metrics-step.ts [rounds] [threads]`. 32 x 50 tokens of 10,000 words, an embedding and an LSTM of 64 units.
 */
import { createEngine, dense, embedding, formatTable, key, lstm, sequential, softmaxCrossEntropy } from 'keepgate';
import { median } from './quantile.ts';

const [batch, time, words, units] = [32, 50, 10_000, 64] as const;
const METRICS: Readonly<Record<string, readonly string[]>> = {
  none: [],
  perplexity: ['perplexity'],
  accuracy: ['accuracy'],
  'top-5': ['top-5'],
  'all three': ['perplexity', 'accuracy', 'top-5'],
};
const rounds = Number(process.argv[2] ?? 20);
const threads = process.argv[3];

// Ids without a pattern, from a multiplicative congruence.
let state = 1;
const id = (): number => {
  state = (state * 48271) % 2147483647;
  return 1 + (state % (words - 1));
};
const x = Array.from({ length: batch * (rounds + 1) }, () => Array.from({ length: time }, id));
const y = x.map((tokens) => [...tokens.slice(1), id()]);

const engine = await createEngine('auto', threads === undefined ? {} : { threads: Number(threads) });
const runs = await Promise.all(
  Object.entries(METRICS).map(async ([name, metrics]) => {
    const layers = [
      embedding({ vocabulary: words, units }),
      lstm({ units, returnSequences: true }),
      dense({ units: words }),
    ];
    const model = sequential(layers, { engine });
    const options = { key: key(1), epochs: 1, batchSize: batch, loss: softmaxCrossEntropy(), metrics };
    return { name, model, trainer: await model.trainer({ x, y }, options), times: [] as number[] };
  }),
);
// The first round warms up; each begins with another.
for (let round = -1; round < rounds; round++) {
  for (let i = 0; i < runs.length; i++) {
    const { trainer, times } = runs[(i + round + 1) % runs.length] as (typeof runs)[number];
    const start = performance.now();
    await trainer.next();
    if (round >= 0) times.push(performance.now() - start);
  }
}
const without = median(runs[0]?.times ?? []);
console.log(`node ${process.version}, ${engine.describe()}, ${rounds} rounds, medians`);
console.log(
  formatTable([
    ['metrics', 'a step, ms', 'ratio'],
    ...runs.map(({ name, times }) => [name, median(times).toFixed(1), (median(times) / without).toFixed(3)]),
  ]),
);
for (const { trainer, model } of runs) {
  await trainer.finish();
  await model.dispose();
}
await engine.dispose();
