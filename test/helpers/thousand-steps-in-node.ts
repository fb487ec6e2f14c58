/** Prints what a process holds after 250 and after 1,000 training steps in a mode of the gpu engine. Needs --expose-gc. */
import { createEngine, type GpuMode } from 'keepgate';
import { thousandSteps } from './thousand-steps.ts';

const engine = await createEngine('gpu', { mode: process.argv[2] as GpuMode });
// Once for the compiler: what it makes of the code that runs most takes more than a tenth of a small process.
await thousandSteps(engine, async () => ({}));
const levels = await thousandSteps(engine, async () => {
  // What a collection frees outside of the heap is gone only after the next turn of the event loop, or two.
  for (let turn = 0; turn < 5; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { held: heapUsed + external, rss };
});
await engine.dispose();
console.log(JSON.stringify(levels));
