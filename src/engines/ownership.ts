import { expectFunction } from '../checks.ts';
import { listOf } from './operand-checks.ts';
import type { Handle, MemoryScope } from './ops.ts';

/** Who owns what an engine makes: the scope that is at work, if one is. */
export class Ownership<T> {
  #owner: Set<T> | null = null;

  /** Something was made. */
  add(item: T): void {
    this.#owner?.add(item);
  }

  /**
   * @param kept what a handle stands for that is to outlive the scope
   * @param release frees what the scope owned
   */
  openScope(kept: (handle: Handle) => T, release: (item: T) => void): MemoryScope {
    const owned = new Set<T>();
    return {
      run: (work) => {
        expectFunction('scope', 'the work', work);
        const outer = this.#owner;
        this.#owner = owned;
        try {
          return work();
        } finally {
          this.#owner = outer;
        }
      },
      keep: (handles) => {
        for (const handle of listOf('keep', handles)) owned.delete(kept(handle));
      },
      dispose: () => {
        for (const item of owned) release(item);
        owned.clear();
      },
    };
  }
}
