/**
 * What a process and the simd engine hold while they train on and on (W2 at S): `npx tsx test/bench/simd-memory.ts [steps] [threads] [wide]`.
 * A line at each tenth of the steps: neither may grow.
 */

import { createEngine } from '../../src/engines/select.ts';
import type { SimdEngine } from '../../src/engines/simd/engine.ts';
import { standardWork } from '../../src/report/standard-works.ts';
import { SIZES } from '../../src/report/work-sizes.ts';

const steps = Number(process.argv[2] ?? 10_000);
const threads = Number(process.argv[3] ?? 2);
const wide = process.argv[4] === 'wide';
const MEBIBYTE = 2 ** 20;

const engine = (await createEngine('simd', { threads, wide })) as SimdEngine;
console.log(`node ${process.version}, ${engine.describe()}`);
const work = standardWork(engine, 'W2', SIZES.S);
for (let step = 1; step <= steps; step++) {
  await work.run();
  if (step % Math.ceil(steps / 10) !== 0) continue;
  const resident = (process.memoryUsage().rss / MEBIBYTE).toFixed();
  const own = (engine.memoryBytes / MEBIBYTE).toFixed(2);
  console.log(`step ${step}: ${resident} MiB resident, ${own} of them the engine's, ${engine.liveBuffers} buffers`);
}
work.dispose();
await engine.dispose();
