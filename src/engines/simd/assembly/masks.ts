import { flush, loadPart, storePart } from './vectors';

/**
 * A dropout factor where a product reads or writes: `scale` times a byte an entry, or a number an entry, with a distance
 * in bytes for each axis (0 for an axis along which it is shared; units lie side by side, or share one entry). Row r of
 * the operand is sample r % batch, at step t + r / batch.
 */
@unmanaged
export class Factor {
  /** Null for the factor 1. */
  entries: usize;
  scale: f32;
  time: i32;
  row: i32;
  unit: i32;
  isBytes: i32;
  t: i32;
  batch: i32;
  /** The kept units of the step 0, and how far those of the next step are, in bytes: see kept.ts. Null to take all units. */
  kept: usize;
  keptTime: i32;
}

/**
 * y = x ⊙ factor + plus, flushed, for a part of an operand: `rows` rows from row `first` on, and `n` columns from column `from` on.
 * The pointers are to where the part begins; distances between rows are in bytes. y may be x. A null pointer leaves plus out.
 */
export function applyFactor(
  y: usize,
  ldy: usize,
  x: usize,
  ldx: usize,
  plus: usize,
  ldp: usize,
  factor: Factor,
  first: i32,
  rows: i32,
  from: i32,
  n: i32,
): void {
  let sample = first % factor.batch;
  let t = factor.t + first / factor.batch;
  const scale = f32x4.splat(factor.scale);
  for (; rows > 0; rows--) {
    const entries = factor.entries + <usize>(t * factor.time + sample * factor.row + from * factor.unit);
    if (factor.isBytes) {
      if (factor.unit) multiplyBytes(y, x, plus, entries, scale, n);
      else multiplyShared(y, x, plus, f32x4.mul(scale, f32x4.splat(<f32>load<u8>(entries))), n);
    } else if (factor.unit) multiplyNumbers(y, x, plus, entries, n);
    else multiplyShared(y, x, plus, v128.load32_splat(entries), n);
    y += ldy;
    x += ldx;
    if (plus) plus += ldp;
    if (++sample === factor.batch) {
      sample = 0;
      t++;
    }
  }
}

/** A byte for each unit: four become four numbers. */
function multiplyBytes(y: usize, x: usize, plus: usize, bits: usize, scale: v128, n: i32): void {
  if (plus) {
    for (; n >= 4; n -= 4) {
      v128.store(y, flush(f32x4.add(f32x4.mul(v128.load(x), fourFactors(bits, scale)), v128.load(plus))));
      y += 16;
      x += 16;
      bits += 4;
      plus += 16;
    }
  } else {
    for (; n >= 4; n -= 4) {
      v128.store(y, flush(f32x4.mul(v128.load(x), fourFactors(bits, scale))));
      y += 16;
      x += 16;
      bits += 4;
    }
  }
  if (n === 0) return;
  const value = f32x4.mul(loadPart(x, n), fourFactors(bits, scale));
  storePart(y, flush(plus ? f32x4.add(value, loadPart(plus, n)) : value), n);
}

/** Behind a block's bytes there is room for a vector. */
function fourFactors(bits: usize, scale: v128): v128 {
  const wide = v128.extend_low<u16>(v128.extend_low<u8>(v128.load32_zero(bits)));
  // As signed numbers, which CPUs convert in one instruction: they are the same.
  return f32x4.mul(f32x4.convert_i32x4_s(wide), scale);
}

/** A number for each unit, scaled already. */
function multiplyNumbers(y: usize, x: usize, plus: usize, numbers: usize, n: i32): void {
  for (; n > 0; n -= 4) {
    // As with bytes, there is room for a vector behind a block.
    const value = f32x4.mul(loadPart(x, n), v128.load(numbers));
    storePart(y, flush(plus ? f32x4.add(value, loadPart(plus, n)) : value), n);
    y += 16;
    x += 16;
    numbers += 16;
    if (plus) plus += 16;
  }
}

function multiplyShared(y: usize, x: usize, plus: usize, factor: v128, n: i32): void {
  for (; n > 0; n -= 4) {
    const value = f32x4.mul(loadPart(x, n), factor);
    storePart(y, flush(plus ? f32x4.add(value, loadPart(plus, n)) : value), n);
    y += 16;
    x += 16;
    if (plus) plus += 16;
  }
}
