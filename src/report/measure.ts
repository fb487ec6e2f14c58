import type { Ops } from '../engines/ops.ts';
import { EngineError } from '../errors.ts';
import { standardWork } from './standard-works.ts';
import { SIZES, type SizeName, type WorkName } from './work-sizes.ts';

/** A standard work, timed. The names are those of the JSON lines that `keepgate bench --json` prints. */
export interface Measurement {
  /** What ran, such as 'keepgate gpu webasm'. */
  readonly system: string;
  readonly work: WorkName;
  readonly size: SizeName;
  readonly median_ms: number;
  readonly min_ms: number;
  /** How many times were taken, after those that warm up. */
  readonly reps: number;
}

/** When the runs of a kind are enough: `most` of them, or `least` when they took `budget` ms together. */
interface Enough {
  readonly least: number;
  readonly most: number;
  readonly budget: number;
}

/** The first run builds kernels, and those after it are not yet compiled to the end. */
const WARM_UP: Enough = { least: 1, most: 10, budget: 250 };

const MEASURED: Enough = { least: 3, most: 100, budget: 1000 };

/**
 * Time a standard work on an engine. Before the clock starts, the input and the weights are on the engine and the work
 * has run at least once; a time ends when the result is on the host and all that the work changes is computed.
 * @param reps how many times to take; when left out, as many as a second has room for, and at least 3
 * @throws EngineError when the engine gives numbers that are not finite: how long they took means nothing
 */
export async function measure(
  ops: Ops,
  { work, size, reps }: { readonly work: WorkName; readonly size: SizeName; readonly reps?: number | undefined },
): Promise<Measurement> {
  const prepared = standardWork(ops, work, SIZES[size]);
  const time = async (): Promise<number> => {
    const start = performance.now();
    const values = await prepared.run();
    const ms = performance.now() - start;
    if (!values.every(Number.isFinite)) {
      throw new EngineError(
        `bench: finite numbers were expected from ${work} at size ${size}, but others came from ${ops.describe()}; check the engine with keepgate conform`,
      );
    }
    return ms;
  };
  try {
    await repeated(time, WARM_UP);
    const times = await repeated(time, reps === undefined ? MEASURED : { least: reps, most: reps, budget: 0 });
    times.sort((a, b) => a - b);
    return {
      system: systemOf(ops),
      work,
      size,
      median_ms: inMicroseconds(median(times)),
      min_ms: inMicroseconds(times[0] as number),
      reps: times.length,
    };
  } finally {
    prepared.dispose();
  }
}

/** The times of runs one after the other, in ms. */
async function repeated(time: () => Promise<number>, { least, most, budget }: Enough): Promise<number[]> {
  const times: number[] = [];
  let sum = 0;
  while (times.length < least || (times.length < most && sum < budget)) {
    const ms = await time();
    times.push(ms);
    sum += ms;
  }
  return times;
}

/** An engine that has modes tells which one it is in. */
function systemOf(ops: Ops & { readonly mode?: string }): string {
  return ['keepgate', ops.name, ...(ops.mode === undefined ? [] : [ops.mode])].join(' ');
}

function median(sorted: readonly number[]): number {
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]] as [number, number];
  return (low + high) / 2;
}

/** Milliseconds without digits that no clock has. */
function inMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
