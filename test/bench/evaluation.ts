/**
 * Times `evaluate` over texts of uniform length 5 to 64, which sorts them by length, against the same in batches of 64 as they come:
 * `npx tsx test/bench/evaluation.ts [rounds] [threads] [texts]`. Word ids, an embedding of 64 and an LSTM of 64 units.
 */
import { createEngine, dense, embedding, formatTable, key, lstm, sequential, softmaxCrossEntropy } from 'keepgate';
import { median } from './quantile.ts';

const [words, batch] = [5000, 64] as const;
const rounds = Number(process.argv[2] ?? 5);
const threads = process.argv[3];
const count = Number(process.argv[4] ?? 5000);

// Lengths and ids without a pattern, from a multiplicative congruence.
let state = 1;
const below = (n: number): number => {
  state = (state * 48271) % 2147483647;
  return state % n;
};
const x = Array.from({ length: count }, () => Array.from({ length: 5 + below(60) }, () => 1 + below(words - 1)));
const y = Array.from(x, () => below(2));

const engine = await createEngine('auto', threads === undefined ? {} : { threads: Number(threads) });
const model = sequential([embedding({ vocabulary: words, units: 64 }), lstm({ units: 64 }), dense({ units: 2 })], {
  engine,
});
await model.build({ kind: 'tokens', vocabulary: words }, key(1));

const loss = softmaxCrossEntropy();
async function inOrder(): Promise<void> {
  for (let from = 0; from < count; from += batch) {
    await model.evaluate({ x: x.slice(from, from + batch), y: y.slice(from, from + batch) }, { loss });
  }
}

const [ordered, sorted]: [number[], number[]] = [[], []];
// The first round warms up.
for (let round = -1; round < rounds; round++) {
  const start = performance.now();
  await inOrder();
  const middle = performance.now();
  await model.evaluate({ x, y }, { loss });
  if (round < 0) continue;
  ordered.push(middle - start);
  sorted.push(performance.now() - middle);
}
const [before, after] = [median(ordered), median(sorted)];
console.log(`node ${process.version}, ${engine.describe()}, ${count} texts, ${rounds} rounds, medians`);
console.log(
  formatTable([
    ['as they come, ms', 'sorted, ms', 'ratio'],
    [before.toFixed(0), after.toFixed(0), (before / after).toFixed(2)],
  ]),
);
await model.dispose();
await engine.dispose();
