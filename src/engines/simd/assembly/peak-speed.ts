import { madd, sumEntries } from './vectors';

/**
 * `rounds` times twelve independent mul-adds of four numbers, from registers alone (96 floating-point operations a round):
 * what these instructions could do at most on this machine. For benchmarks.
 */
export function peak(rounds: i32, factor: f32, term: f32): f32 {
  const f = f32x4.splat(factor);
  const t = f32x4.splat(term);
  let a = t;
  let b = t;
  let c = t;
  let d = t;
  let e = t;
  let g = t;
  let h = t;
  let i = t;
  let j = t;
  let l = t;
  let m = t;
  let n = t;
  for (let round = 0; round < rounds; round++) {
    a = madd(a, f, t);
    b = madd(b, f, t);
    c = madd(c, f, t);
    d = madd(d, f, t);
    e = madd(e, f, t);
    g = madd(g, f, t);
    h = madd(h, f, t);
    i = madd(i, f, t);
    j = madd(j, f, t);
    l = madd(l, f, t);
    m = madd(m, f, t);
    n = madd(n, f, t);
  }
  a = f32x4.add(a, b);
  c = f32x4.add(c, d);
  e = f32x4.add(e, g);
  h = f32x4.add(h, i);
  j = f32x4.add(j, l);
  m = f32x4.add(m, n);
  a = f32x4.add(f32x4.add(a, c), f32x4.add(e, h));
  return sumEntries(f32x4.add(a, f32x4.add(j, m)));
}
