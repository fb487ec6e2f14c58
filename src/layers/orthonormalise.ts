import { Body, encodeModule } from '../engines/simd/kernels/encode.ts';
import { webAssembly } from '../engines/simd/web-assembly.ts';

/**
 * Make the rows of each block [size, size] orthonormal, in place and in parts of a few ms: modified Gram-Schmidt, twice, as
 * once loses orthogonality to rounding when rows are nearly dependent.
 *
 * A row r loses its share s = r · q of each row q before it, in their order, and each sum is one chain of additions: this order
 * is what a key promises, to the last bit. What is free are the blocks, of which WebAssembly takes two at a time, and when a
 * row has its first round: it goes along with the second one of the row before it, past the same q.
 */
export function* orthonormalise(blocks: readonly Float64Array[], size: number): Generator<undefined, void> {
  const pairs = size < LEAST_SIZE ? null : openPairs(size);
  if (!pairs) {
    for (const block of blocks) yield* inPlainLoops(block, size);
    return;
  }
  for (let i = 0; i < blocks.length; i += 2) {
    const first = blocks[i] as Float64Array;
    yield* twoAtATime(pairs, [first, blocks[i + 1] ?? first], size);
  }
}

/** Below this size a module takes longer to make than it saves. */
const LEAST_SIZE = 64;
const VECTOR_BYTES = 16;

function* inPlainLoops(rows: Float64Array, size: number): Generator<undefined, void> {
  const row = (i: number): Float64Array => rows.subarray(i * size, (i + 1) * size);
  for (let i = 0; i < size; i++) {
    const r = row(i);
    for (let round = 0; round < 2; round++) {
      for (let j = 0; j < i; j++) subtractProjection(r, row(j));
    }
    const length = Math.sqrt(dot(r, r));
    for (let k = 0; k < size; k++) r[k] = (r[k] as number) / length;
    yield;
  }
}

function subtractProjection(row: Float64Array, onto: Float64Array): void {
  const share = dot(row, onto);
  for (let k = 0; k < row.length; k++) row[k] = (row[k] as number) - share * (onto[k] as number);
}

// A loop, where reduce would read better: at 512 units this runs half a billion times.
function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
  return sum;
}

/** Takes from one row, or from two, their shares of `count` rows from q on; all are pointers in bytes. */
type Sweep = (row: number, q: number, count: number, rowBytes: number) => void;

/** Room for two blocks, entry by entry side by side, and what works on them. */
interface Pairs {
  readonly numbers: Float64Array;
  readonly one: Sweep;
  readonly two: Sweep;
}

/** Null where WebAssembly does not run, or there is no room. */
function openPairs(size: number): Pairs | null {
  try {
    const { Memory, Module, Instance } = webAssembly();
    const pages = Math.ceil((size * size * VECTOR_BYTES) / 2 ** 16);
    const memory = new Memory({ initial: pages, maximum: pages, shared: false });
    const sweep = (rows: number): Sweep =>
      new Instance(new Module(sweepCode(rows)), { env: { memory } }).exports.run as Sweep;
    return { numbers: new Float64Array(memory.buffer), one: sweep(1), two: sweep(2) };
  } catch {
    // The loops give the same numbers, if later.
    return null;
  }
}

function* twoAtATime(
  { numbers, one, two }: Pairs,
  blocks: readonly [Float64Array, Float64Array],
  size: number,
): Generator<undefined, void> {
  const rowBytes = size * VECTOR_BYTES;
  const eachRow = (i: number, use: (row: Float64Array, first: number) => void): void => {
    for (const [lane, block] of blocks.entries()) use(block.subarray(i * size, (i + 1) * size), 2 * i * size + lane);
  };
  const put = (row: Float64Array, first: number): void => {
    for (let k = 0; k < size; k++) numbers[first + 2 * k] = row[k] as number;
  };
  eachRow(0, put);
  for (let i = 0; i < size; i++) {
    const [row, isLast] = [i * rowBytes, i === size - 1];
    if (!isLast) eachRow(i + 1, put);
    (isLast ? one : two)(row, 0, i, rowBytes);
    eachRow(i, (of, first) => normaliseInto(of, numbers, first));
    if (!isLast) one(row + rowBytes, row, 1, rowBytes);
    yield;
  }
}

/** The row of a block whose entries are every other one from a place on, made of length 1 there and here. */
function normaliseInto(row: Float64Array, numbers: Float64Array, first: number): void {
  for (let k = 0; k < row.length; k++) row[k] = numbers[first + 2 * k] as number;
  const length = Math.sqrt(dot(row, row));
  for (let k = 0; k < row.length; k++) {
    row[k] = (row[k] as number) / length;
    numbers[first + 2 * k] = row[k] as number;
  }
}

/** A module whose `run` is a {@link Sweep} over so many rows that lie one behind the other. */
function sweepCode(rows: number): Uint8Array<ArrayBuffer> {
  const body = new Body(4);
  const [row, q, count, rowBytes] = [0, 1, 2, 3];
  const [at, onto] = [body.local('i32'), body.local('i32')];
  const [taken, next, value] = [body.local('v128'), body.local('v128'), body.local('v128')];
  const lanes = Array.from({ length: rows }, () => ({
    start: body.local('i32'),
    share: body.local('v128'),
    sum: body.local('v128'),
  }));
  const address = (start: number): Body => body.get(start).get(at).do('i32.add');

  /** Along the rows: take the shares of q away if they are known, and find those of `onto` if there is one. */
  const alongRows = (takes: boolean, finds: boolean): void => {
    body.i32(0).set(at);
    if (finds) for (const { sum } of lanes) body.f32(0).do('f32x4.splat').set(sum);
    body.while(
      () => body.get(at).get(rowBytes).do('i32.lt_s'),
      () => {
        if (takes) address(q).do('v128.load').set(taken);
        if (finds) address(onto).do('v128.load').set(next);
        for (const { start, share, sum } of lanes) {
          address(start).do('v128.load');
          if (takes) {
            body.get(share).get(taken).do('f64x2.mul').do('f64x2.sub').set(value);
            address(start).get(value).do('v128.store');
          } else body.set(value);
          if (finds) body.get(sum).get(value).get(next).do('f64x2.mul').do('f64x2.add').set(sum);
        }
        body.get(at).i32(VECTOR_BYTES).do('i32.add').set(at);
      },
    );
    if (finds) for (const { share, sum } of lanes) body.get(sum).set(share);
  };

  for (const [i, { start }] of lanes.entries()) {
    body.get(row).get(rowBytes).i32(i).do('i32.mul').do('i32.add').set(start);
  }
  body.get(count).if(() => {
    body.get(q).set(onto);
    alongRows(false, true);
    body.while(
      () => body.i32(1).get(count).do('i32.lt_s'),
      () => {
        body.get(q).get(rowBytes).do('i32.add').set(onto);
        alongRows(true, true);
        body.get(onto).set(q);
        body.get(count).i32(-1).do('i32.add').set(count);
      },
    );
    alongRows(true, false);
  });
  const parameters = ['i32', 'i32', 'i32', 'i32'] as const;
  return encodeModule({ name: `sweep ${rows}`, parameters, body, imports: [], shared: false });
}
