import { brokenPickle } from './broken-pickle.ts';
import { ByteReader } from './byte-reader.ts';

/** The most lists, dicts, tuples and other objects that one pickle makes: a byte can make one. Checkpoints have thousands. */
const MOST_OBJECTS = 2 ** 18;

/** The most that the stack, or the memory, of the machine holds. */
const MOST_VALUES = 2 ** 23;

/** What opcodes work on: a stack of values, with marks in it, and a memory. */
export class Machine {
  readonly reader: ByteReader;
  readonly globals: Set<string> = new Set();
  #stack: unknown[] = [];
  readonly #below: unknown[][] = [];
  readonly #memory = new Map<number, unknown>();
  #objects = 0;

  constructor(bytes: Uint8Array, begin: number) {
    this.reader = new ByteReader(bytes, begin);
  }

  push(value: unknown): void {
    if (this.#stack.length >= MOST_VALUES) throw brokenPickle(`at most ${MOST_VALUES} values in a list`, 'more');
    this.#stack.push(value);
  }

  /** Push what takes memory of its own. */
  make(value: unknown): void {
    this.#objects += 1;
    if (this.#objects > MOST_OBJECTS) throw brokenPickle(`at most ${MOST_OBJECTS} objects in a pickle`, 'more');
    this.push(value);
  }

  top(): unknown {
    if (this.#stack.length === 0) throw brokenPickle('a value to work on', 'none');
    return this.#stack.at(-1);
  }

  popMany(count: number): unknown[] {
    if (this.#stack.length < count) throw brokenPickle('a value to work on', 'none');
    return this.#stack.splice(this.#stack.length - count, count);
  }

  mark(): void {
    this.#objects += 1;
    if (this.#objects > MOST_OBJECTS) throw brokenPickle(`at most ${MOST_OBJECTS} objects in a pickle`, 'more');
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  popToMark(): unknown[] {
    const items = this.#stack;
    const below = this.#below.pop();
    if (!below) throw brokenPickle('a mark', 'none');
    this.#stack = below;
    return items;
  }

  get remembered(): number {
    return this.#memory.size;
  }

  remember(place: number): void {
    const value = this.top();
    if (this.#memory.size >= MOST_VALUES) throw brokenPickle(`at most ${MOST_VALUES} values to remember`, 'more');
    this.#memory.set(place, value);
  }

  recall(place: number): void {
    if (!this.#memory.has(place)) throw brokenPickle('a value that was remembered', `place ${place}`);
    this.push(this.#memory.get(place));
  }
}
