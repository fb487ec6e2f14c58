import fc from 'fast-check';
import { type Handle, kernel, type Loop, type Ops } from 'keepgate';
import { afterAll, expect, test } from 'vitest';
import { createSimdEngine, type SimdEngine } from '../../../../../src/engines/simd/engine.ts';
import { range } from '../../../../helpers/tensors.ts';

// Threads run ahead through calls on the same rows: whatever the calls are, in whatever order, what comes is what one thread
// gives, to the bit. Among them are reads of other rows' results, memory that is given back meanwhile, and ends of runs.

const [ROWS, WIDTH] = [6, 8];

const mix = kernel({
  name: 'mix',
  inputs: { a: ['a'], b: ['b'] },
  outputs: { y: ['y'] },
  body: ({ add, mul, sub, tanh, constant }, v) => ({ y: tanh(add(mul(v.a, constant(0.7)), sub(v.b, v.a))) }),
});

/** What is done next, from numbers that choose the operands. */
type Move = readonly [what: (typeof MOVES)[number], first: number, second: number];
const MOVES = [
  'project',
  'project',
  'back',
  'mix',
  'mix',
  'mixInLoop',
  'shifted',
  'broadcast',
  'otherShape',
  'bias',
  'release',
  'sum',
] as const;

const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed + i * 1.7));

async function play(ops: Ops, moves: readonly Move[]): Promise<number[][]> {
  const scope = ops.openScope();
  try {
    const handles = scope.run(() => {
      const w = ops.upload(numbers(WIDTH * WIDTH, 1), [WIDTH, WIDTH]);
      const made: Handle[] = range(0, 3).map((i) => ops.upload(numbers(ROWS * WIDTH, i), [ROWS, WIDTH]));
      const kept: Handle[] = [];
      const loop: Loop = { steps: moves.length };
      const one = (i: number): Handle => made[i % made.length] as Handle;
      for (const [t, [what, i, j]] of moves.entries()) {
        const [a, b] = [one(i), one(j)];
        if (what === 'project') made.push(ops.project(a, w, { plus: b }));
        else if (what === 'back') made.push(ops.projectInputGrad(a, w, { plus: b }));
        else if (what === 'mix') made.push(ops.run(mix, { inputs: { a, b } }).y);
        else if (what === 'mixInLoop') made.push(ops.run(mix, { inputs: { a, b }, loop, t }).y);
        // Rows of two results side by side, from a row on: row r is that of another number.
        else if (what === 'shifted') {
          const both = ops.concat([a, b]);
          made.push(ops.run(mix, { inputs: { a: ops.rows(both, i % ROWS, (i % ROWS) + ROWS), b } }).y);
        } else if (what === 'broadcast')
          made.push(ops.run(mix, { inputs: { a: ops.rows(a, j % ROWS, (j % ROWS) + 1), b } }).y);
        else if (what === 'otherShape') {
          const turned = ops.reshape(a, [WIDTH, ROWS]);
          const { y } = ops.run(mix, { inputs: { a: turned, b: ops.reshape(b, [WIDTH, ROWS]) } });
          made.push(ops.reshape(y, [ROWS, WIDTH]));
        } else if (what === 'bias') {
          made.push(ops.project(b, w, { bias: ops.reshape(ops.rows(a, j % ROWS, (j % ROWS) + 1), [WIDTH]) }));
        } else if (what === 'release' && made.length > 4) {
          const at = i % made.length;
          const [gone] = made.splice(at, 1) as [Handle];
          // A view, or what was let go of before, stays.
          if (!kept.includes(gone)) kept.push(gone);
          ops.release([ops.project(b, w)]);
        } else if (what === 'sum') made.push(ops.run(mix, { inputs: { a, b: ops.sumRows(b) } }).y);
      }
      return made.slice(-6);
    });
    return await Promise.all(handles.map(async (handle) => [...(await ops.read(handle))]));
  } finally {
    scope.dispose();
  }
}

const engines: SimdEngine[] = await Promise.all([
  createSimdEngine({ threads: 1 }),
  createSimdEngine({ threads: 2 }, { leastPart: 1, bandRows: 1 }),
  createSimdEngine({ threads: 3 }, { leastPart: 1, bandRows: 2 }),
]);
afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

test('any calls, with views of any rows among them, give the bits of one thread', async () => {
  const move = fc.tuple(fc.constantFrom(...MOVES), fc.nat({ max: 40 }), fc.nat({ max: 40 }));
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 40 }), async (moves) => {
      const [one, ...others] = engines as [SimdEngine, ...SimdEngine[]];
      const wanted = await play(one, moves);
      for (const engine of others) for (const _ of range(0, 2)) expect(await play(engine, moves)).toEqual(wanted);
    }),
    { numRuns: 150 },
  );
});

test('more calls than a run has room for', async () => {
  const moves: Move[] = range(0, 1500).map((i) => [i % 2 === 0 ? 'mix' : 'project', i, i + 1]);
  const [one, ...others] = engines as [SimdEngine, ...SimdEngine[]];
  const wanted = await play(one, moves);
  for (const engine of others) expect(await play(engine, moves)).toEqual(wanted);
});

test('memory that is given back while calls are left which read it', async () => {
  // Of one size in memory, but with rows of other lengths.
  const [narrow, wide] = [100, 105];
  const compute = async (ops: Ops): Promise<number[]> => {
    const scope = ops.openScope();
    const found = scope.run(() => {
      const x = ops.upload(numbers(ROWS * WIDTH, 3), [ROWS, WIDTH]);
      const [to, other] = [narrow, wide].map((n) => ops.upload(numbers(n * WIDTH, n), [n, WIDTH])) as [Handle, Handle];
      const back = ops.upload(numbers(WIDTH * narrow, 5), [WIDTH, narrow]);
      let y = x;
      const last: Handle[] = [];
      for (const _ of range(0, 20)) {
        const gone = ops.project(y, to);
        y = ops.project(gone, back, { plus: x });
        ops.release([gone]);
        last.push(ops.project(y, other));
      }
      return ops.concat(last);
    });
    const read = [...(await ops.read(found))];
    scope.dispose();
    return read;
  };
  const wanted = await compute(engines[0] as SimdEngine);
  // Its other threads are not there yet: all calls are left until the numbers are read.
  const fresh = await createSimdEngine({ threads: 2 }, { leastPart: 1, bandRows: 1 });
  for (const engine of [fresh, ...engines]) expect(await compute(engine)).toEqual(wanted);
  await fresh.dispose();
});
