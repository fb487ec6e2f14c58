/**
 * Times one LSTM layer, forward and backward, through the public interface: `npx tsx test/bench/layer.ts`.
 * B=32, T=50, I=128, H=128, the size of the figures in docs/decisions/001-ops.md.
 */
import { createEngine, formatTable, key, recurrent, Tensor } from 'keepgate';
import { median } from './quantile.ts';

const [batch, time, size] = [32, 50, 128] as const;
const x = new Tensor(
  Float64Array.from({ length: batch * time * size }, (_, i) => Math.sin(i)),
  [batch, time, size],
);
const engine = await createEngine('auto');
const layer = recurrent({ cell: 'lstm', inputSize: size, hiddenSize: size, key: key(1), engine });

const times: { forward: number; backward: number }[] = [];
for (let run = 0; run < 9; run++) {
  const start = performance.now();
  const result = await layer.forward(x);
  const middle = performance.now();
  await result.backward({ y: result.y });
  times.push({ forward: middle - start, backward: performance.now() - middle });
  result.dispose();
}

// The first two runs warm up.
const rows = (['forward', 'backward'] as const).map((part) => {
  const values = times.slice(2).map((run) => run[part]);
  return [part, median(values).toFixed(0), Math.min(...values).toFixed(0)];
});
console.log(engine.describe());
console.log(formatTable([['', 'median ms', 'min ms'], ...rows]));
