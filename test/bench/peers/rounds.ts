import { setTimeout as pause } from 'node:timers/promises';
import type { Measurement } from '../../../src/report/measure.ts';
import type { SizeName, WorkName, WorkSize } from '../../../src/report/work-sizes.ts';
import { Child } from './child.ts';
import type { System } from './systems.ts';

/** What is timed: a work at a size, of which T may be another. */
export interface PeerTask {
  readonly work: WorkName;
  readonly size: SizeName;
  readonly shape: WorkSize;
}

/** What `keepgate bench` reports, and the memory. */
export interface PeerMeasurement extends Measurement {
  /** T */
  readonly time: number;
  /** The most memory of the process that was resident at one time: of this work alone. */
  readonly peak_mb?: number | undefined;
}

/** A step that takes longer is not taken in every round, ms. */
const SLOW = 1500;
const SLOW_ROUNDS = 2;

/** How often to look whether a process has come to rest, and how long to wait for that at most, ms. */
const [LOOK, PATIENCE] = [30, 600];

/** The share of the time that a process may take outside its turns, to clean up. */
const BUSY = 0.05;

interface Contender {
  readonly name: string;
  readonly child: Child;
  readonly times: number[];
  /** Processor time at the end of its turn, and what it took while the others had theirs; ms. */
  cpu: number;
  idle: number;
}

/**
 * Time a work on all systems, each in a fresh process, in rounds: whatever slows the machine down for a while hits all.
 * @param report told of errors
 */
export async function measureInRounds(
  systems: readonly System[],
  task: PeerTask,
  rounds: number,
  report: (message: string) => void,
): Promise<PeerMeasurement[]> {
  let contenders: Contender[] = [];
  try {
    for (const system of systems) {
      const child = new Child(system);
      const contender = { name: nameOf(system, await child.hello()), child, times: [], cpu: 0, idle: 0 };
      contenders.push(contender);
      // Its first step, with all that comes before, while the others are idle or not yet there.
      if (!(await takeTurn(contender, task, report))) {
        await child.close();
        contenders = contenders.filter((other) => other !== contender);
      }
    }
    for (const contender of contenders) {
      contender.times.length = 0;
      contender.cpu = await atRest(contender.child);
    }
    const start = performance.now();
    for (let round = 0; round < rounds; round++) {
      for (const contender of contenders) {
        if (round >= SLOW_ROUNDS && (contender.times.at(-1) ?? Infinity) > SLOW) continue;
        contender.idle += contender.child.cpuMilliseconds() - contender.cpu;
        await takeTurn(contender, task, report);
        contender.cpu = await atRest(contender.child);
      }
    }
    const allowed = (performance.now() - start) * BUSY;
    for (const { name, idle } of contenders) {
      if (idle > allowed)
        report(`${name}, ${task.work} ${task.size}: took ${idle.toFixed(0)} ms while it was not its turn`);
    }
    return contenders.filter(({ times }) => times.length > 0).map((contender) => measurement(contender, task));
  } finally {
    for (const { child } of contenders) await child.close();
  }
}

/** The name in all reports: that of the list, and what the child has found out. */
export function nameOf({ name }: System, { note }: { readonly note?: string }): string {
  return note ? `${name} ${note}` : name;
}

/** @returns whether there is a time to go on with */
async function takeTurn(
  { name, child, times }: Contender,
  { work, size, shape }: PeerTask,
  report: (message: string) => void,
): Promise<boolean> {
  const { times: found, error } = await child.ask('time', work, shape);
  if (error !== undefined) report(`${name}, ${work} ${size}: ${error}`);
  times.push(...(found ?? []));
  return found !== undefined;
}

/** Threads of a BLAS look out for work for some time after they have had some. @returns its processor time then */
async function atRest(child: Child): Promise<number> {
  for (let waited = 0; ; waited += LOOK) {
    const before = child.cpuMilliseconds();
    await pause(LOOK);
    const now = child.cpuMilliseconds();
    if (now === before || waited > PATIENCE) return now;
  }
}

function measurement({ name, child, times }: Contender, { work, size, shape }: PeerTask): PeerMeasurement {
  const sorted = times.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]] as [number, number];
  return {
    system: name,
    work,
    size,
    time: shape.time,
    median_ms: inMicroseconds((low + high) / 2),
    min_ms: inMicroseconds(sorted[0] as number),
    reps: times.length,
    peak_mb: child.peakMegabytes(),
  };
}

function inMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
