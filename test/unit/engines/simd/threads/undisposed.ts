/** A program that shares work between threads, and ends without a word to its engines. */
import { createEngine } from 'keepgate';

const engines = await Promise.all([createEngine('simd', { threads: 3 }), createEngine('simd', { threads: 2 })]);
const work = (): void => {
  for (const engine of engines) engine.project(engine.zeros([64, 200]), engine.zeros([300, 200]));
};
work();
// The first threads sleep by now, and the second ones do not.
await new Promise((resolve) => setTimeout(resolve, 200));
work();
