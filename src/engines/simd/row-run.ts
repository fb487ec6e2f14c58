import { type Block, type Memory, NUMBER_BYTES, type SimdHandle } from './memory.ts';
import type { Layout } from './module.ts';
import type { Team } from './threads/thread-team.ts';

/** Rows that are worth a run at most: of more, each thread has enough to do in a single call. */
const MOST_ROWS = 256;
/** Weights of a product in a run, in numbers: each thread reads all of them, so they must stay in its second-level cache. */
const MOST_WEIGHTS = 262_144;

/** What a call on rows reads and writes of what other calls of a run may have made. */
export interface RowOperands {
  readonly reads: readonly (SimdHandle | null)[];
  readonly writes: readonly SimdHandle[];
}

/**
 * Calls on the same rows, of which row r reads row r alone: threads take bands of the rows through them without waiting for
 * each other, while more calls are appended: see assembly/threads.ts. What does not fit ends the run first.
 */
export class RowRun {
  readonly #team: Team;
  readonly #memory: Memory;
  readonly #layout: Layout;
  #rows = 0;
  #rowsOfBand = 0;
  #calls = 0;
  /** Of this run: blocks that it wrote know it. */
  #number = 0;
  /** By size in bytes: a band has its part of one for itself, and uses it again in each call. */
  readonly #work = new Map<number, Block>();

  constructor(team: Team, memory: Memory, layout: Layout) {
    this.#team = team;
    this.#memory = memory;
    this.#layout = layout;
  }

  /** Into how many bands the rows are cut, and how many each has but the last. */
  get bands(): number {
    return Math.ceil(this.#rows / this.#rowsOfBand);
  }
  get rowsOfBand(): number {
    return this.#rowsOfBand;
  }

  /** Whether a product with so many weights is done in a run: if so, one is open now. */
  takesProduct(rows: number, weights: number, cost: number, operands: RowOperands): boolean {
    if (weights > MOST_WEIGHTS) return false;
    if (this.takes(rows, 0, operands)) return true;
    if (rows > MOST_ROWS || this.#team.parts(cost) === 1) return false;
    const rowsOfBand = this.#team.rowsOfBand(rows);
    if (rowsOfBand >= rows) return false;
    this.#open(rows, rowsOfBand);
    for (const handle of operands.writes) this.#write(handle);
    return true;
  }

  /** Whether a call of so many words can be appended to the run that is open, if one is. */
  takes(rows: number, words: number, { reads, writes }: RowOperands): boolean {
    if (!this.#team.running || rows !== this.#rows || words > this.#layout.runWords) return false;
    if (this.#calls === this.#layout.mostCalls) return false;
    for (const handle of reads) if (handle && !this.#isAligned(handle)) return false;
    for (const handle of writes) if (!this.#isAligned(handle)) return false;
    for (const handle of writes) this.#write(handle);
    return true;
  }

  /** Where the words of the next call go, in words. */
  get next(): number {
    return (this.#layout.runAddress + this.#calls * this.#layout.runBytes) / NUMBER_BYTES;
  }

  append(operation: number, cost: number): void {
    this.#calls += 1;
    this.#team.append(operation, cost);
  }

  /** Room for numbers that each band needs within a call. */
  work(bytesOfBand: number): number {
    const known = this.#work.get(bytesOfBand);
    if (known) return known.pointer;
    const made = this.#memory.take(bytesOfBand * this.bands);
    this.#work.set(bytesOfBand, made);
    return made.pointer;
  }

  #open(rows: number, rowsOfBand: number): void {
    this.#rows = rows;
    this.#rowsOfBand = rowsOfBand;
    this.#calls = 0;
    this.#number += 1;
    this.#team.open(this.bands);
    for (const block of this.#work.values()) this.#memory.give(block);
    this.#work.clear();
  }

  /** Whether each row is either what no call of the run writes, or a row of the same number that calls before it wrote. */
  #isAligned(handle: SimdHandle): boolean {
    const { block } = handle;
    if (block.run !== this.#number) return true;
    const bytes = handle.width * NUMBER_BYTES;
    return (
      handle.rows === this.#rows &&
      bytes === block.rowBytes &&
      (handle.pointer - block.pointer) % (bytes * this.#rows) === 0
    );
  }

  #write({ block, width }: SimdHandle): void {
    block.run = this.#number;
    block.rowBytes = width * NUMBER_BYTES;
  }
}
