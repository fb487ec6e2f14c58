import type { Body } from './encode.ts';

/** Emits functions of one vector: x from a local variable, the result to one. Constants are set where a body begins. */
export class VectorFunctions {
  readonly #body: Body;
  readonly #fused: boolean;
  readonly #constants = new Map<number, number>();
  readonly #locals: readonly number[];

  /** @param fused multiply and add in one instruction */
  constructor(body: Body, fused: boolean) {
    this.#body = body;
    this.#fused = fused;
    this.#locals = Array.from({ length: 4 }, () => body.local('v128'));
    for (const value of CONSTANTS) {
      const local = body.local('v128');
      body.f32(value).do('f32x4.splat').set(local);
      this.#constants.set(value, local);
    }
  }

  /** 1 / (1 + exp(-x)), within 2e-7 of it, flushed; NaN stays NaN. */
  sigmoid(x: number, out: number): void {
    const [u, shift, power, q] = this.#locals as [number, number, number, number];
    const body = this.#body;
    // Farther out, the power of 2 would not be a number; the result is 1 there, or 0 below.
    body.get(x).do('f32x4.neg');
    this.#constant(-87).do('f32x4.pmax');
    this.#constant(88).do('f32x4.pmin').set(u);
    this.#expm1(u, { shift, power, q });
    // exp(-x) = (q + 1) 2^n
    this.#constant(1);
    this.#constant(1);
    body.get(q);
    this.#constant(1).do('f32x4.add');
    this.#constant(1).get(shift).do('i32x4.add').do('f32x4.mul').do('f32x4.add').do('f32x4.div');
    body.get(x);
    this.#constant(FLUSHED).do('f32x4.lt').do('v128.andnot').set(out);
  }

  /** tanh, within 2e-7 of it, and to as many digits near 0; NaN stays NaN. */
  tanh(x: number, out: number): void {
    const [u, shift, power, q] = this.#locals as [number, number, number, number];
    const body = this.#body;
    body.get(x).do('f32x4.abs').set(u);
    body.get(u).get(u).do('f32x4.add');
    this.#constant(88).do('f32x4.pmin').set(u);
    this.#expm1(u, { shift, power, q });
    // exp(2 |x|) - 1 = 2^n q + (2^n - 1): it loses no digits near 0, where n is.
    this.#constant(1).get(shift).do('i32x4.add').set(power);
    this.#multiplyAdd(
      () => body.get(q).get(power),
      () => {
        body.get(power);
        this.#constant(1).do('f32x4.sub');
      },
    );
    body.set(u).get(u).get(u);
    this.#constant(2).do('f32x4.add').do('f32x4.div');
    body.get(x);
    this.#constant(-0).do('v128.and').do('v128.or').set(out);
  }

  /**
   * q = exp(r) - 1 for u = n ln 2 + r with the whole number n, and shift = n as the bits of an exponent. Range and
   * polynomial are those of Cephes (Moshier), as in assembly/exp-log.ts.
   */
  #expm1(
    u: number,
    { shift, power: n, q }: { readonly shift: number; readonly power: number; readonly q: number },
  ): void {
    const body = this.#body;
    // Added to so large a number, u / ln 2 is rounded to a whole number, which is in the last bits.
    this.#multiplyAdd(
      () => {
        body.get(u);
        this.#constant(Math.LOG2E);
      },
      () => this.#constant(ROUND),
    );
    body.set(shift).get(shift);
    this.#constant(ROUND).do('f32x4.sub').set(n);
    // ln 2 in two parts, the first of few bits: n times it is exact.
    body.get(u).get(n);
    this.#constant(0.693359375).do('f32x4.mul').do('f32x4.sub').get(n);
    this.#constant(2.1219444e-4).do('f32x4.mul').do('f32x4.add').set(u);
    body.get(shift).i32(23).do('i32x4.shl').set(shift);
    const [first, ...rest] = POLYNOMIAL as [number, ...number[]];
    this.#constant(first).set(q);
    for (const coefficient of rest) {
      this.#multiplyAdd(
        () => body.get(q).get(u),
        () => this.#constant(coefficient),
      );
      body.set(q);
    }
    this.#multiplyAdd(
      () => body.get(q).get(u).get(u).do('f32x4.mul'),
      () => body.get(u),
    );
    body.set(q);
  }

  /** The product of what the first leaves on the stack, plus what the second leaves. */
  #multiplyAdd(factors: () => unknown, term: () => unknown): void {
    factors();
    if (!this.#fused) this.#body.do('f32x4.mul');
    term();
    this.#body.do(this.#fused ? 'f32x4.relaxed_madd' : 'f32x4.add');
  }

  #constant(value: number): Body {
    return this.#body.get(this.#constants.get(value) as number);
  }
}

/** Below it, a sigmoid is smaller than 2^-100 and flushed: see SMALLEST in ../../trace.ts. */
const FLUSHED = -69.3;
/** 1.5 · 2^23: its last bit stands for 1. */
const ROUND = 12_582_912;
/** exp(r) = 1 + r + r² times this, from the highest power down. */
const POLYNOMIAL = [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1];
const CONSTANTS = [...POLYNOMIAL, ROUND, Math.LOG2E, 0.693359375, 2.1219444e-4, FLUSHED, -87, 88, 1, 2, -0];
