/**
 * Times an LSTM's forward pass (B=32, T=50, I=128, H=128, all states) in a mode of the gpu engine against plain
 * JavaScript with unrolled loops, interleaved in one run: `npx tsx test/bench/gpu-lstm.ts [mode]`.
 */
import { createEngine, formatTable, type GpuMode } from 'keepgate';
import { lstm } from '../../src/cells/lstm.ts';
import { unroll } from '../../src/sequence/unroll.ts';
import { plainLstm } from './plain-lstm.ts';
import { median } from './quantile.ts';

const [batch, time, size] = [32, 50, 128] as const;
const REPETITIONS = 15;

const numbers = (count: number, scale: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => scale * Math.sin(i * 1.7));
const given = {
  x: numbers(time * batch * size, 1),
  w: numbers(4 * size * size, 0.1),
  u: numbers(4 * size * size, 0.09),
  b: numbers(4 * size, 0.2),
};

const engine = await createEngine('gpu', { mode: (process.argv[2] ?? 'webasm') as GpuMode });
const x = engine.upload(given.x, [time, batch, size]);
const bias = engine.upload(given.b, [4 * size]);
const weights = {
  weight_ih: engine.upload(given.w, [4 * size, size]),
  weight_hh: engine.upload(given.u, [4 * size, size]),
  bias_ih: bias,
  bias_hh: bias,
};

async function onEngine(): Promise<Float64Array> {
  const scope = engine.openScope();
  try {
    return await engine.read(
      scope.run(() => unroll(engine, lstm, weights, { x, lengths: null }, engine.uploadFactors({})).y),
    );
  } finally {
    scope.dispose();
  }
}

const plain = (): Float32Array => plainLstm({ ...given, batch, time, size });

const times = { engine: [] as number[], plain: [] as number[] };
let error = 0;
for (let run = 0; run < REPETITIONS + 3; run++) {
  const start = performance.now();
  const ours = await onEngine();
  const middle = performance.now();
  const theirs = plain();
  const end = performance.now();
  error = ours.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (theirs[i] as number))), error);
  // The first runs compile.
  if (run < 3) continue;
  times.engine.push(middle - start);
  times.plain.push(end - middle);
}
const row = (name: string, values: readonly number[]): string[] => [
  name,
  median(values).toFixed(1),
  Math.min(...values).toFixed(1),
];
console.log(
  formatTable([['', 'median ms', 'min ms'], row(engine.describe(), times.engine), row('plain JS', times.plain)]),
);
console.log(`ratio of medians ${(median(times.engine) / median(times.plain)).toFixed(2)}; largest difference ${error}`);
await engine.dispose();
