import type { Ops } from '../../engines/ops.ts';
import type { NumberRoom } from '../../text/padding.ts';

/** Larger batches compute for so long that fresh memory does not matter, and would be held for nothing. */
const MOST_KEPT_BYTES = 2 ** 24;

const KEPT = new WeakMap<Ops, ArrayBuffer>();

/**
 * Memory of the host in which the numbers of a batch are put together on their way to an engine, which copies them: the same
 * for one batch after another, since fresh pages cost more than the copy. It goes with the engine.
 */
export function stagingFor(ops: Ops): NumberRoom {
  return (Kind, count) => {
    const bytes = count * Kind.BYTES_PER_ELEMENT;
    if (bytes > MOST_KEPT_BYTES) return new Kind(count);
    let kept = KEPT.get(ops);
    if (kept === undefined || kept.byteLength < bytes) {
      kept = new ArrayBuffer(bytes);
      KEPT.set(ops, kept);
    }
    return new Kind(kept, 0, count).fill(0);
  };
}
