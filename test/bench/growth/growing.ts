/** Something whose cost should follow its size. */
export interface Growing {
  /** What is done. */
  readonly what: string;
  /** What grows: B, T, H, V, or a word. */
  readonly dimension: string;
  readonly sizes: readonly number[];
  /** The work at a size, in any unit; the size itself when left out. */
  readonly work?: (size: number) => number;
  /** What is timed, at a size: all that it needs is made here. */
  prepare(size: number): Prepared | Promise<Prepared>;
}

export interface Prepared {
  run(): unknown;
  end?(): unknown;
}

/** 1x, 4x and 16x of a size. */
export function fromBase(base: number): readonly number[] {
  return [base, 4 * base, 16 * base];
}

/** What it took, in ms at each size, and what twice the work costs from each size to the next: 2 is in proportion. */
export interface Grown {
  readonly ms: readonly number[];
  readonly doubling: readonly number[];
}

/** How time is told, in ms. */
export type Clock = () => number;

/** What the process has computed: time that others have the machine is not in it. For one thread. */
export const cpuTime: Clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Twice the work may cost so much. */
export const MOST = 2.3;

/**
 * Time it at each size: the least of several times, as a machine may have other work; and of up to three such rounds, until
 * none is out of proportion.
 */
export async function grow(growing: Growing, clock: Clock, budget: number): Promise<Grown> {
  let ms = growing.sizes.map(() => Number.POSITIVE_INFINITY);
  let doubling: readonly number[] = [];
  for (let round = 0; round < 3; round++) {
    const found = await timesOf(growing, clock, budget);
    ms = ms.map((least, i) => Math.min(least, found[i] as number));
    doubling = costsOf(growing, ms);
    if (doubling.every((cost) => cost <= MOST)) break;
  }
  return { ms, doubling };
}

async function timesOf({ sizes, prepare }: Growing, clock: Clock, budget: number): Promise<readonly number[]> {
  const ms: number[] = [];
  for (const size of sizes) {
    const prepared = await prepare(size);
    try {
      ms.push(await leastTime(prepared, clock, budget));
    } finally {
      await prepared.end?.();
    }
  }
  return ms;
}

/** What twice the work costs from each size to the next. */
function costsOf({ sizes, work = (size) => size }: Growing, ms: readonly number[]): readonly number[] {
  return ms.slice(1).map((time, i) => {
    const doublings = Math.log2(work(sizes[i + 1] as number) / work(sizes[i] as number));
    return (time / (ms[i] as number)) ** (1 / doublings);
  });
}

/** For at least so many ms, and so many times. */
async function leastTime({ run }: Prepared, clock: Clock, budget: number): Promise<number> {
  await run();
  // Runs that take less than the clock can tell are timed several at a time.
  const repeats = Math.max(1, Math.min(1000, Math.ceil(2 / Math.max(await timeOf(run, clock, 1), 1e-3))));
  let least = Number.POSITIVE_INFINITY;
  const start = performance.now();
  for (let i = 0; i < 4 || performance.now() < start + budget; i++) {
    least = Math.min(least, await timeOf(run, clock, repeats));
  }
  return least;
}

async function timeOf(run: Prepared['run'], clock: Clock, repeats: number): Promise<number> {
  const start = clock();
  for (let i = 0; i < repeats; i++) {
    const result = run();
    // What waits for nothing must not pay for a wait.
    if (result instanceof Promise) await result;
  }
  return (clock() - start) / repeats;
}
