import { Listed, PanelRow } from './kept';
import { PANEL } from './pack';
import { shifted } from './rows';
import { Four, Six, Two, tile } from './tiles';

/**
 * The second WebAssembly module of the simd engine: whole tiles of products, and nothing else. V8 can compile pairs of neighbouring
 * vectors to one of 256 bit (`--experimental-wasm-revectorize`), which is for this module alone: it ends the process over code in which
 * such a vector goes into a call, as the end of a row does in the other module. So no function of this one has a vector as a parameter.
 */

/** That the other module has this one. */
export const isWide: i32 = 1;

/**
 * c = a [M,K] b + bias + plus for N columns, a multiple of a panel's, and so many tiles of six, of four and of two rows. Distances
 * are in bytes; `panel` is the one between panels. `list` has the rows of b that the K terms take, or is null for all: see kept.ts.
 */
export function multiplyPanels(
  c: usize,
  ldc: usize,
  a: usize,
  lda: usize,
  packed: usize,
  panel: usize,
  bias: usize,
  plus: usize,
  ldp: usize,
  sixes: i32,
  fours: i32,
  twos: i32,
  n: i32,
  k: i32,
  list: usize,
): void {
  if (list) {
    panels<Listed>(c, ldc, a, lda, packed, panel, bias, plus, ldp, sixes, fours, twos, n, k, list);
  } else {
    panels<PanelRow>(c, ldc, a, lda, packed, panel, bias, plus, ldp, sixes, fours, twos, n, k, list);
  }
}

function panels<Right>(
  c: usize,
  ldc: usize,
  a: usize,
  lda: usize,
  packed: usize,
  panel: usize,
  bias: usize,
  plus: usize,
  ldp: usize,
  sixes: i32,
  fours: i32,
  twos: i32,
  n: i32,
  k: i32,
  list: usize,
): void {
  for (let col = 0; col < n; col += PANEL) {
    let to = c;
    let from = a;
    let added = plus;
    for (let i = 0; i < sixes; i++) {
      tile<Six, Right>(to, ldc, from, lda, packed, list, bias, added, ldp, k);
      to += 6 * ldc;
      from += 6 * lda;
      added = shifted(added, 6 * ldp);
    }
    for (let i = 0; i < fours; i++) {
      tile<Four, Right>(to, ldc, from, lda, packed, list, bias, added, ldp, k);
      to += 4 * ldc;
      from += 4 * lda;
      added = shifted(added, 4 * ldp);
    }
    for (let i = 0; i < twos; i++) {
      tile<Two, Right>(to, ldc, from, lda, packed, list, bias, added, ldp, k);
      to += 2 * ldc;
      from += 2 * lda;
      added = shifted(added, 2 * ldp);
    }
    c += 4 * PANEL;
    bias = shifted(bias, 4 * PANEL);
    plus = shifted(plus, 4 * PANEL);
    packed += panel;
  }
}
