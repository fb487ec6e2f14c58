/**
 * Times `predictMC` with 50 passes against 50 calls of `predict`, in turns: `npx tsx test/bench/monte-carlo.ts
 * [rounds] [threads]`. An LSTM, H=64, T=50, over vectors of 64 numbers; where it drops differs by row.
 */
import {
  createEngine,
  dense,
  dropout,
  formatTable,
  key,
  type Layer,
  lstm,
  sequential,
  variational,
  weightDrop,
} from 'keepgate';
import { median } from './quantile.ts';

const [time, size, passes] = [50, 64, 50] as const;
const rounds = Number(process.argv[2] ?? 15);
const threads = process.argv[3];

const MODELS: readonly (readonly [string, readonly Layer[]])[] = [
  ['variational', [lstm({ units: size, dropout: variational({ input: 0.25, recurrent: 0.25 }) }), dense({ units: 2 })]],
  ['dropout behind the lstm', [lstm({ units: size }), dropout({ rate: 0.25 }), dense({ units: 2 })]],
  ['weightDrop', [lstm({ units: size, dropout: weightDrop({ recurrent: 0.25 }) }), dense({ units: 2 })]],
];

const engine = await createEngine('auto', threads === undefined ? {} : { threads: Number(threads) });
const rows: string[][] = [];
for (const [name, layers] of MODELS) {
  const model = sequential(layers, { engine });
  await model.build({ kind: 'sequence', size }, key(1));
  for (const samples of [1, 32]) {
    const x = Array.from({ length: samples }, (_, i) =>
      Array.from({ length: time }, (_, t) => Array.from({ length: size }, (_, k) => Math.sin(i + 7 * t + 3 * k))),
    );
    const calls: number[] = [];
    const together: number[] = [];
    // The first two rounds warm up.
    for (let round = -2; round < rounds; round++) {
      const start = performance.now();
      for (let pass = 0; pass < passes; pass++) await model.predict(x);
      const middle = performance.now();
      await model.predictMC(x, { passes, key: key(round + 2) });
      if (round < 0) continue;
      calls.push(middle - start);
      together.push(performance.now() - middle);
    }
    const [before, after] = [median(calls), median(together)];
    const least = Math.min(...calls) / Math.min(...together);
    const ratios = [before / after, least].map((ratio) => ratio.toFixed(2));
    rows.push([name, `${samples}`, before.toFixed(1), after.toFixed(1), ...ratios]);
  }
  await model.dispose();
}
console.log(`node ${process.version}, ${engine.describe()}, ${rounds} rounds, medians`);
console.log(formatTable([['', 'samples', `${passes} predict, ms`, 'predictMC, ms', 'ratio', 'of minima'], ...rows]));
await engine.dispose();
