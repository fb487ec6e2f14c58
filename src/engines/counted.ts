import { EngineError } from '../errors.ts';
import type { Handle, Ops } from './ops.ts';

/**
 * Counts who holds handles of one engine. A handle is released on the engine when its last holder lets go of it: so
 * versions of a model's weights can share the handles that an update did not change. A view is a handle of its own here:
 * hold what it shows a part of.
 */
export class CountedHandles {
  readonly #ops: Pick<Ops, 'release'>;
  readonly #holders = new Map<Handle, number>();

  constructor(ops: Pick<Ops, 'release'>) {
    this.#ops = ops;
  }

  /** One more holder of each. */
  retain(handles: Iterable<Handle>): void {
    for (const handle of handles) this.#holders.set(handle, (this.#holders.get(handle) ?? 0) + 1);
  }

  /** One holder of each less. @throws EngineError for a handle that nobody holds; those before it are let go of */
  release(handles: Iterable<Handle>): void {
    const unheld: Handle[] = [];
    try {
      for (const handle of handles) {
        const holders = this.#holders.get(handle);
        if (holders === undefined) {
          throw new EngineError(
            `handles: one that somebody holds was expected, but nobody holds this one of shape [${handle.shape}]; release a handle as often as it was retained`,
          );
        }
        if (holders > 1) {
          this.#holders.set(handle, holders - 1);
        } else {
          this.#holders.delete(handle);
          unheld.push(handle);
        }
      }
    } finally {
      this.#ops.release(unheld);
    }
  }

  /** Nobody holds any of them any more. */
  releaseAll(): void {
    const held = [...this.#holders.keys()];
    this.#holders.clear();
    this.#ops.release(held);
  }
}

/** Something that several use: the last of them to let go frees it. It begins with one user. */
export class Counted<T> {
  readonly value: T;
  readonly #free: () => void | Promise<void>;
  #users = 1;

  constructor(value: T, free: () => void | Promise<void>) {
    this.value = value;
    this.#free = free;
  }

  /** One user more. */
  hold(): this {
    this.#users += 1;
    return this;
  }

  /** One user fewer. */
  letGo(): void | Promise<void> {
    this.#users -= 1;
    return this.#users === 0 ? this.#free() : undefined;
  }
}
