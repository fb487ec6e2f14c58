import { adam, createEngine, dense, embedding, key, sequential, softmaxCrossEntropy } from 'keepgate';
import { range } from '../../helpers/tensors.ts';
import { median } from '../quantile.ts';
import type { Clock } from './growing.ts';

/** Updates of Adam on a table of 48,000 x 64, each with a word that none before it had: how long they take as time goes by. */
export async function rareWords(threads: number, clock: Clock, updates = 5000): Promise<void> {
  const vocabulary = 48_000;
  const engine = await createEngine('simd', { threads });
  const model = sequential([embedding({ vocabulary, units: 64 }), dense({ units: 2 })], { engine });
  const x = range(0, updates).map((n) => [1 + (n % 1000), 1000 + n]);
  const times: number[] = [];
  let last = clock();
  await model.fit(
    { x, y: x.map(([word = 0]) => [word % 2, 0]) },
    {
      key: key(1),
      epochs: 1,
      batchSize: 1,
      loss: softmaxCrossEntropy(),
      optimizer: adam(),
      metrics: [],
      callbacks: [
        {
          onStep() {
            const now = clock();
            times.push(now - last);
            last = now;
          },
        },
      ],
    },
  );
  await model.dispose();
  await engine.dispose();
  const hundred = (from: number) => median(times.slice(from, from + 100));
  const [first, end] = [hundred(100), hundred(updates - 100)];
  console.log(
    `\n${updates} updates with a new word each, ms in the median of a hundred: ${range(0, 11)
      .map((i) => hundred(Math.min(updates - 100, Math.max(100, (i * updates) / 10))).toFixed(1))
      .join(', ')}; the last over the first ${(end / first).toFixed(2)}`,
  );
}
