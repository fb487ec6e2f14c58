import { loadPart, storePart } from './vectors';

/** Copy bytes. */
export function copy(to: usize, from: usize, bytes: usize): void {
  memory.copy(to, from, bytes);
}

/** Make bytes zero. */
export function clear(to: usize, bytes: usize): void {
  memory.fill(to, 0, bytes);
}

/** y [R,N] = table[ids], for a table [V,N] and ids [R]. An id of -1 gives zeros. */
export function gather(y: usize, table: usize, ids: usize, rows: i32, n: i32): void {
  const row = (<usize>n) << 2;
  for (; rows > 0; rows--) {
    const id = load<i32>(ids);
    if (id < 0) memory.fill(y, 0, row);
    else copyRow(y, table + row * <usize>id, n);
    y += row;
    ids += 4;
  }
}

/** table [V,N] += rows of dy [R,N] by id, in their order. Rows of id -1 are skipped. */
export function scatterAdd(table: usize, dy: usize, ids: usize, rows: i32, n: i32): void {
  const row = (<usize>n) << 2;
  for (; rows > 0; rows--) {
    const id = load<i32>(ids);
    if (id >= 0) addTo(table + row * <usize>id, dy, n);
    dy += row;
    ids += 4;
  }
}

/**
 * y [T,B,N] = x [T,B,N] with the first `lengths[b]` steps of each sample in reverse order, and the others in place. A
 * null pointer of lengths [B] reverses all steps.
 */
export function reverse(y: usize, x: usize, lengths: usize, time: i32, batch: i32, n: i32): void {
  const row = (<usize>n) << 2;
  for (let t = 0; t < time; t++) {
    for (let b = 0; b < batch; b++) {
      const length = lengths ? load<i32>(lengths + ((<usize>b) << 2)) : time;
      const from = t < length ? length - 1 - t : t;
      copyRow(y, x + row * <usize>(from * batch + b), n);
      y += row;
    }
  }
}

/** A loop, as memory.copy is a call out of WebAssembly, and rows are short. */
function copyRow(to: usize, from: usize, n: i32): void {
  for (; n > 0; n -= 4) {
    storePart(to, loadPart(from, n), n);
    to += 16;
    from += 16;
  }
}

function addTo(to: usize, from: usize, n: i32): void {
  for (; n > 0; n -= 4) {
    storePart(to, f32x4.add(loadPart(to, n), loadPart(from, n)), n);
    to += 16;
    from += 16;
  }
}
