/**
 * out [R]: how many entries of each row of x [R,N] come before that of its label [R], the largest first and equal ones as
 * they stand; -1 for a row labelled -1. What is no number comes before all numbers.
 */
export function ranks(out: usize, x: usize, labels: usize, rows: i32, n: i32): void {
  for (; rows > 0; rows--) {
    const label = load<i32>(labels);
    store<f32>(out, label < 0 ? -1 : <f32>rankOf(x, label, n));
    x += (<usize>n) << 2;
    labels += 4;
    out += 4;
  }
}

/** All but those that come behind: lower ones, and equal ones that stand behind. Nothing compares with NaN. */
function rankOf(x: usize, label: i32, n: i32): i32 {
  const own = load<f32>(x + ((<usize>label) << 2));
  return n - 1 - countLower(x, own, label) - countUpTo(x + ((<usize>(label + 1)) << 2), own, n - label - 1);
}

/** How many of x [N] are below `own`. */
function countLower(x: usize, own: f32, n: i32): i32 {
  const bound = f32x4.splat(own);
  let counts = i32x4.splat(0);
  for (; n >= 4; n -= 4) {
    // A comparison that holds gives -1.
    counts = i32x4.sub(counts, f32x4.lt(v128.load(x), bound));
    x += 16;
  }
  let count = total(counts);
  for (; n > 0; n--) {
    count += i32(load<f32>(x) < own);
    x += 4;
  }
  return count;
}

/** How many of x [N] are `own` at most. */
function countUpTo(x: usize, own: f32, n: i32): i32 {
  const bound = f32x4.splat(own);
  let counts = i32x4.splat(0);
  for (; n >= 4; n -= 4) {
    counts = i32x4.sub(counts, f32x4.le(v128.load(x), bound));
    x += 16;
  }
  let count = total(counts);
  for (; n > 0; n--) {
    count += i32(load<f32>(x) <= own);
    x += 4;
  }
  return count;
}

function total(counts: v128): i32 {
  const first = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1);
  return first + i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
}
