import type { Thread, Threading } from '#platform/workers.js';
import { EngineError, messageOf, show } from '../../../errors.ts';
import type { SimdModule } from '../module.ts';
import type { WasmMemory } from '../web-assembly.ts';

/** What may be otherwise in tests. */
export interface Limits {
  /** Steps of arithmetic that are worth a part of their own: a microsecond of them is several times what sharing costs. */
  readonly leastPart: number;
  /** Rows of a run that a thread takes through its calls together: a multiple of it, or all. Those of a tile when left out. */
  readonly bandRows?: number;
  /** How long another thread may take for its part, besides what the work may take; ms. */
  readonly patience: number;
}

const LIMITS: Limits = { leastPart: 40_000, patience: 20_000 };
/** Parts for each thread, so that one that comes late, or has a slower core, leaves some to others. */
const PARTS_PER_THREAD = 4;
/** Bands of a run for each thread: of fewer rows a product is slower. */
const BANDS_PER_THREAD = 2;
/** A thread that does less than this counts as lost: steps of arithmetic in a millisecond. */
const SLOWEST = 1e6;

/**
 * The threads of an engine: the one that calls, and others that help it. These start when there is work for them; how they
 * wait, are woken and take parts of it is in assembly/threads.ts.
 */
export class Team {
  readonly #threading: Threading | null;
  readonly #module: SimdModule;
  readonly #memory: WasmMemory;
  readonly #limits: Limits;
  readonly #helpers = new Set<Thread>();
  #threads: number;
  #started = false;
  /** Why threads did not start: the same for each of them, as a rule. */
  readonly #missing = new Set<string>();
  #lost: string | null = null;
  /** What the call, or the run, that others may be at work on costs, if there is one. */
  #unfinished: number | null = null;
  #running = false;
  #disposed = false;

  /** @param threads 1 where there is no threading */
  constructor(
    threads: number,
    threading: Threading | null,
    module: SimdModule,
    memory: WasmMemory,
    limits: Partial<Limits> = {},
  ) {
    this.#limits = { ...LIMITS, ...limits };
    this.#threads = threads;
    this.#threading = threading;
    this.#module = module;
    this.#memory = memory;
  }

  /** How many there are, with the one that calls. */
  get threads(): number {
    return this.#threads;
  }

  /** That there are fewer threads than were asked for, and why. */
  get warnings(): readonly string[] {
    return [...this.#missing].map(
      (why) => `simd: more threads were expected, but some did not start (${why}); the results are the same`,
    );
  }

  /** Whether work can be shared still: not after `dispose`, nor after a thread was lost. */
  get usable(): boolean {
    return !this.#disposed && this.#lost === null;
  }

  /** Into how many parts work of so many steps of arithmetic is cut at most. */
  parts(cost: number): number {
    if (this.#threads === 1) return 1;
    return Math.max(1, Math.min(PARTS_PER_THREAD * this.#threads, Math.floor(cost / this.#limits.leastPart)));
  }

  /** How many rows of a run go together: with all of them there is nothing to share. */
  rowsOfBand(rows: number): number {
    const { tileRows, mostBands } = this.#module.build.layout;
    const { bandRows = tileRows } = this.#limits;
    const bands = Math.min(mostBands, BANDS_PER_THREAD * this.#threads);
    return Math.ceil(rows / bands / bandRows) * bandRows;
  }

  /** Whether others may be at work on a run, or on what is left of it. */
  get running(): boolean {
    return this.#running;
  }

  /**
   * Open a run over so many bands: see assembly/threads.ts. What was begun before is finished first.
   * @throws EngineError as `begin` does
   */
  open(bands: number): void {
    this.settle();
    this.#expectUsable();
    if (!this.#started) this.#start();
    this.#module.exports.openRun(bands);
    this.#running = true;
    this.#unfinished = 0;
  }

  /** Append the call whose words are at the next place of the run. */
  append(operation: number, cost: number): void {
    this.#module.exports.append(operation);
    this.#unfinished = (this.#unfinished ?? 0) + cost;
  }

  /**
   * Begin the call whose words are at an address, of so many steps of arithmetic, and do not wait: other threads are at
   * work on it until {@link settle}. What was begun before is finished first.
   * @throws EngineError when a thread was lost, or the engine was disposed of
   */
  begin(operation: number, call: number, parts: number, cost: number): void {
    this.settle();
    this.#expectUsable();
    if (parts > 1 && this.#threads > 1 && !this.#started) this.#start();
    this.#module.exports.begin(operation, call, parts);
    if (parts > 1) this.#unfinished = cost;
  }

  /**
   * Finish what was begun. Nothing but the words of the next call is to be read or written in memory before.
   * @throws EngineError when another thread does not finish its part: once, as what was there before can still be read
   */
  settle(): void {
    if (this.#unfinished === null) return;
    const allowed = this.#limits.patience + this.#unfinished / SLOWEST;
    const { takeRemaining, awaitOthers, finishRun, awaitRun } = this.#module.exports;
    const [finish, waitOn] = this.#running ? [finishRun, awaitRun] : [takeRemaining, awaitOthers];
    this.#unfinished = null;
    this.#running = false;
    try {
      if (finish()) return;
    } catch (error) {
      // Others may be at work on parts of it.
      this.#lost ??= `the calling one failed with ${show(messageOf(error))}`;
      throw error;
    }
    const deadline = performance.now() + allowed;
    while (!waitOn(this.#threading?.maySleep ? 1 : 0)) {
      if (this.#lost === null && performance.now() < deadline) continue;
      // It may still write: nothing is to be computed in this memory any more.
      this.#lost ??= `it did not finish its part in ${allowed.toFixed()} ms`;
      this.#expectUsable();
    }
  }

  /** Let the other threads end. */
  async dispose(): Promise<void> {
    try {
      this.settle();
    } finally {
      this.#disposed = true;
      this.#module.exports.stop();
      const helpers = [...this.#helpers];
      this.#helpers.clear();
      await Promise.all(helpers.map((helper) => helper.terminate()));
    }
  }

  #start(): void {
    this.#started = true;
    const { spawn } = this.#threading as Threading;
    const { module, wide, threadSource } = this.#module;
    const given = { module, wide, memory: this.#memory };
    for (let left = this.#threads - 1; left > 0; left--) {
      try {
        this.#add(spawn(threadSource, given));
      } catch (error) {
        this.#miss(messageOf(error));
      }
    }
  }

  #add(helper: Thread): void {
    this.#helpers.add(helper);
    let ready = false;
    helper.listen({
      ready: () => {
        ready = true;
      },
      lost: (why) => {
        if (!this.#helpers.delete(helper)) return;
        if (ready) this.#lost ??= why;
        else this.#miss(why);
      },
    });
  }

  /** One that never came took no part: such as where a policy allows no workers. */
  #miss(why: string): void {
    this.#threads -= 1;
    this.#missing.add(why);
  }

  #expectUsable(): void {
    if (this.#disposed) {
      throw new EngineError('simd: a live engine was expected, but this one was disposed of; create another one');
    }
    if (this.#lost !== null) {
      throw new EngineError(
        `simd: ${this.#threads} threads were expected, but one was lost (${this.#lost}); all but the last result is intact: create another engine`,
      );
    }
  }
}
