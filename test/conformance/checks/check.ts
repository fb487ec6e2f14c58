import { type Handle, kernel, type Ops, type Shape } from 'keepgate';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { uniform } from '../../../src/random/draws.ts';
import { fold, key } from '../../../src/random/key.ts';
import { sizeOf } from '../../../src/tensor/tensor.ts';

/** Something that an engine must do right. Checks need neither Node nor a test runner: pages run them as well. */
export interface Check {
  readonly name: string;
  /** The largest error, relative to max(1, |expected|); NaN is the worst. */
  run(engine: Ops): Promise<number>;
}

/** What came of a computation: numbers, and the shape that the engine says they have. */
export interface Outcome {
  readonly shape: Shape;
  readonly values: Float64Array;
}

/** An engine's results of some operations are those of the reference engine, up to rounding. */
export function agrees(name: string, compute: (ops: Ops) => readonly Handle[]): Check {
  return compares(name, (ops) => readAll(ops, () => compute(ops)));
}

/** The same for operations that only move numbers: no bit may change, so the error is 0 or infinite. */
export function agreesExactly(name: string, compute: (ops: Ops) => readonly Handle[]): Check {
  const { run } = agrees(name, compute);
  return { name, run: async (engine) => ((await run(engine)) === 0 ? 0 : Number.POSITIVE_INFINITY) };
}

/** What a computation gives on an engine and on the reference engine is the same, up to rounding. */
export function compares(name: string, compute: (ops: Ops) => Promise<readonly Outcome[]>): Check {
  return {
    name,
    run: async (engine) => largestError(await compute(engine), await compute(createReferenceEngine())),
  };
}

/** Compute in a scope, read every result, and free all. */
export async function readAll(ops: Ops, compute: () => readonly Handle[]): Promise<Outcome[]> {
  const scope = ops.openScope();
  try {
    const outcomes: Outcome[] = [];
    for (const handle of scope.run(compute)) {
      outcomes.push({ shape: handle.shape, values: await ops.read(handle) });
    }
    return outcomes;
  } finally {
    scope.dispose();
  }
}

/** A result that is missing, too many, or of another shape is infinitely wrong; and so is comparing nothing. */
export function largestError(actual: readonly Outcome[], expected: readonly Outcome[]): number {
  if (expected.length === 0 || actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  return expected.reduce((error, { shape, values }, i) => {
    const ours = actual[i] as Outcome;
    const fits = ours.shape.join() === shape.join() && ours.values.length === values.length && values.length > 0;
    return worse(error, fits ? errorOf(ours.values, values) : Number.POSITIVE_INFINITY);
  }, 0);
}

function errorOf(actual: Float64Array, expected: Float64Array): number {
  return expected.reduce((error, wanted, i) => {
    const found = actual[i] as number;
    // Infinities are equal to themselves, though their difference is no number.
    return found === wanted ? error : worse(error, Math.abs(found - wanted) / Math.max(1, Math.abs(wanted)));
  }, 0);
}

/** The larger of two errors; NaN is the worst of all and must not be lost in a comparison. */
export function worse(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.max(a, b);
}

/** Numbers from -1 to 1 that float32 has: so an error is one of computing, and not of the data. */
export function numbers(name: string, count: number, low = -1, high = 1): Float64Array {
  return uniform(fold(key(20_260_611), name), count, low, high).map(Math.fround);
}

/** A tensor of such numbers on an engine. */
export function some(ops: Ops, name: string, shape: Shape, low = -1, high = 1): Handle {
  return ops.upload(numbers(name, sizeOf(shape), low, high), shape);
}

/** Bits of a mask: 0 for about a third. */
export function bits(name: string, count: number): Uint8Array {
  return Uint8Array.from(numbers(name, count), (draw) => (draw < -0.3 ? 0 : 1));
}

const doubleKernel = kernel({
  name: 'double',
  inputs: { x: ['x'] },
  outputs: { y: ['y'] },
  body: ({ add }, v) => ({ y: add(v.x, v.x) }),
});

/** x + x, which is exact: so that a kernel reads x, and the result is a kernel's. */
export function double(ops: Ops, x: Handle): Handle {
  return ops.run(doubleKernel, { inputs: { x } }).y;
}
