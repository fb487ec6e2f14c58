/**
 * Where the time of a variational LSTM training step goes on the simd engine, by a profile of the thread that calls:
 * `npx tsx test/bench/simd-step.ts [threads] [seconds a size] [wide]`. What other threads do is not in it, but the wait for them is.
 */
import { Session } from 'node:inspector/promises';
import { performance } from 'node:perf_hooks';
import { createEngine, formatTable } from 'keepgate';
import { standardWork } from '../../src/report/standard-works.ts';
import { SIZES, type SizeName } from '../../src/report/work-sizes.ts';

const threads = Number(process.argv[2] ?? 1);
const seconds = Number(process.argv[3] ?? 5);
/** With products in 256 bit. */
const wide = process.argv[4] === 'wide';

/** By the function that is at work; the first that fits. */
const PARTS: readonly (readonly [string, RegExp])[] = [
  ['products', /\/(tiles|rows|products|wide)\/(?!packBlocks|transpose)/],
  ['gates', /^lstm(Forward|Backward)$/],
  ['masks', /\/masks\/|^(threefry\w*|drawKeepBits|drawMask|\w*[uU]niform)$/],
  ['packing', /\/pack\/|\/products\/(packBlocks|transpose)/],
  ['optimizer', /^adam$/],
  ['waiting for threads', /\/threads\//],
  ['collecting garbage', /^\(garbage collector\)$/],
];

/** Self time by part, as shares of all that was not spent waiting for the next turn of the event loop. */
async function profile(size: SizeName): Promise<{ readonly ms: number; readonly shares: ReadonlyMap<string, number> }> {
  const engine = await createEngine('simd', { threads, wide });
  const work = standardWork(engine, 'W2', SIZES[size]);
  const until = async (end: number): Promise<number> => {
    let steps = 0;
    for (; performance.now() < end; steps++) await work.run();
    return steps;
  };
  await until(performance.now() + 2000);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
  const start = performance.now();
  const steps = await until(start + 1000 * seconds);
  const ms = (performance.now() - start) / steps;
  const { profile: found } = await session.post('Profiler.stop');
  session.disconnect();
  work.dispose();
  await engine.dispose();

  const names = new Map(found.nodes.map(({ id, callFrame }) => [id, callFrame.functionName]));
  const times = new Map<string, number>();
  for (const [i, id] of (found.samples ?? []).entries()) {
    const name = names.get(id) ?? '';
    if (name === '(idle)') continue;
    const part = PARTS.find(([, pattern]) => pattern.test(name))?.[0] ?? 'the rest';
    times.set(part, (times.get(part) ?? 0) + (found.timeDeltas?.[i] ?? 0));
  }
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return { ms, shares: new Map([...times].map(([part, time]) => [part, time / total])) };
}

const sizes = Object.keys(SIZES) as SizeName[];
const profiles = new Map<SizeName, Awaited<ReturnType<typeof profile>>>();
for (const size of sizes) profiles.set(size, await profile(size));
const row = (name: string, cell: (found: Awaited<ReturnType<typeof profile>>) => string): string[] => [
  name,
  ...sizes.map((size) => cell(profiles.get(size) as Awaited<ReturnType<typeof profile>>)),
];
console.log(`node ${process.version}, W2, ${threads} thread${threads === 1 ? '' : 's'}${wide ? ', wide' : ''}`);
console.log(
  formatTable([
    ['', ...sizes],
    row('ms a step', ({ ms }) => ms.toFixed(1)),
    ...[...PARTS.map(([name]) => name), 'the rest'].map((name) =>
      row(name, ({ shares }) => `${(100 * (shares.get(name) ?? 0)).toFixed(1)}%`),
    ),
  ]),
);
