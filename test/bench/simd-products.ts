/**
 * GFLOP/s of the simd engine's products on one thread, interleaved with plain JavaScript and with what the machine could
 * do at most with the same instructions, from registers alone: `npx tsx test/bench/simd-products.ts [repetitions]`.
 * Each figure is the best of the repetitions, then their median.
 */
import { instances } from '../unit/engines/simd/instantiate.ts';

const REPETITIONS = Number(process.argv[2] ?? 15);
/** A measurement takes about so many floating-point operations. */
const WORK = 4e7;

/** [M,K] times the transpose of [N,K], as forward passes do; [M,K] times [K,N], as input gradients do. */
const straight = [
  ['nt', 'table', [32, 64, 256]],
  ['nt', 'table', [32, 128, 512]],
  ['nt', 'table', [32, 256, 1024]],
  ['nt', 'table', [64, 650, 2600]],
  ['nt', 'table', [512, 512, 512]],
  ['nt', 'S, input of all steps', [1600, 64, 256]],
  ['nt', 'M, input of all steps', [3200, 128, 512]],
  ['nt', 'L, input of all steps', [1600, 256, 1024]],
  ['nt', 'XL, input of all steps', [700, 650, 2600]],
  ['nt', 'XL, one step', [20, 650, 2600]],
  ['nt', 'M, one step of one sample', [1, 128, 512]],
  ['nn', 'S, one step back', [32, 256, 64]],
  ['nn', 'M, one step back', [32, 512, 128]],
  ['nn', 'L, one step back', [32, 1024, 256]],
  ['nn', 'XL, one step back', [20, 2600, 650]],
] as const;
/** The transpose of [K,M] times [K,N], as gradients of weights do: here as M, K, N too. */
const transposed = [
  ['tn', 'S, weights', [256, 1600, 64]],
  ['tn', 'M, weights', [512, 3200, 128]],
  ['tn', 'L, weights', [1024, 1600, 256]],
  ['tn', 'XL, weights', [2600, 700, 650]],
] as const;

const modules = instances(2048, { shared: true });
const MEGABYTE = 2 ** 20;
const [A, B, C, WORKSPACE, PANELS] = [MEGABYTE, 24 * MEGABYTE, 48 * MEGABYTE, 72 * MEGABYTE, 96 * MEGABYTE] as const;
for (const { buffer } of modules.slice(0, 1)) {
  new Float32Array(buffer).forEach((_, i, all) => {
    all[i] = Math.sin(i * 1.7);
  });
}

// Memory of JavaScript's own: V8 is slower in memory that is shared.
const plainA = new Float32Array(4e6).map((_, i) => Math.sin(i * 1.7));
const plainB = plainA.slice();
const plainC = new Float32Array(4e6);

/** Dot products, unrolled by four: c [M,N] = a [M,K] bᵀ. */
function plain(m: number, k: number, n: number): void {
  for (let row = 0; row < m; row++) {
    for (let col = 0; col < n; col++) {
      const from = row * k;
      const to = col * k;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let i = 0;
      for (; i + 3 < k; i += 4) {
        s0 += (plainA[from + i] as number) * (plainB[to + i] as number);
        s1 += (plainA[from + i + 1] as number) * (plainB[to + i + 1] as number);
        s2 += (plainA[from + i + 2] as number) * (plainB[to + i + 2] as number);
        s3 += (plainA[from + i + 3] as number) * (plainB[to + i + 3] as number);
      }
      for (; i < k; i++) s0 += (plainA[from + i] as number) * (plainB[to + i] as number);
      plainC[row * n + col] = s0 + s1 + s2 + s3;
    }
  }
}

interface Contender {
  readonly name: string;
  /** What comes before the clock starts. */
  prepare(): void;
  run(): void;
  readonly flops: number;
}

function contenders(kind: 'nt' | 'nn' | 'tn', [m, k, n]: readonly [number, number, number]): Contender[] {
  const flops = 2 * m * k * n;
  const ours = modules.map(({ id, exports }) => ({
    name: id,
    flops,
    prepare: () => {
      if (kind === 'nt') exports.packTransposed(PANELS, B, k, n, k);
      if (kind === 'nn') exports.pack(PANELS, B, n, n, k);
    },
    run: () => {
      if (kind === 'tn') {
        exports.packBlocks(PANELS, B, n, n, k, 0, 0, 0, Math.ceil(k / exports.blockRows()));
        exports.multiplyTransposed(C, n, A, m, PANELS, WORKSPACE, m, n, k);
      } else exports.multiply(C, n, A, k, PANELS, 0, 0, 0, m, n, k, 0);
    },
  }));
  const peaks = modules.map(({ id, exports }) => ({
    name: `${id} peak`,
    flops: 96e5,
    prepare: () => {},
    run: () => void exports.peak(1e5, 0.9, 0.1),
  }));
  return [...ours, ...peaks, { name: 'plain JS', flops, prepare: () => {}, run: () => plain(m, k, n) }];
}

console.log(`node ${process.version}, one thread, GFLOP/s, best / median of ${REPETITIONS}`);
for (const [kind, what, sizes] of [...straight, ...transposed]) {
  const all = contenders(kind, sizes).map((contender) => ({ ...contender, found: [] as number[] }));
  for (let repetition = -1; repetition < REPETITIONS; repetition++) {
    for (const { name, prepare, run, flops, found } of all) {
      const times = Math.max(1, Math.round((name === 'plain JS' ? WORK / 10 : WORK) / flops));
      prepare();
      run();
      const start = performance.now();
      for (let i = 0; i < times; i++) run();
      // The first round is for the compiler.
      if (repetition >= 0) found.push((times * flops) / (performance.now() - start) / 1e6);
    }
  }
  const figures = all.map(({ name, found }) => {
    found.sort((a, b) => b - a);
    return `${name} ${found[0]?.toFixed(1)} / ${found[REPETITIONS >> 1]?.toFixed(1)}`;
  });
  console.log(`${kind} M,K,N ${sizes.join(',').padEnd(12)} ${what.padEnd(26)} ${figures.join('   ')}`);
}
