/**
 * What gpu.js is asked to do, two ways: kernels called one by one, with results that stay where they are, or one
 * compiled plan (`createPipeline`). An LSTM's forward pass, once for its last state alone and once for all that
 * backpropagation needs: `npx tsx test/bench/gpu-plans.ts [webasm|webgpu] [T]`.
 *
 * It speaks to gpu.js itself, below the engine, since plans cannot be traced through promises.
 */
import { createRequire } from 'node:module';
import { formatTable } from 'keepgate';
import { Device } from '../../src/engines/gpu/device/device.ts';
import type { GpuJs } from '../../src/engines/gpu/device/library.ts';
import type { GpuMode } from '../../src/engines/gpu/device/modes.ts';
import { keptAlive, offerWebGpu } from '../../src/engines/gpu/device/node-webgpu.ts';
import { rowsByRows } from '../../src/engines/gpu/kernels/products.ts';

const [batch, size] = [32, 128] as const;
const mode = (process.argv[2] ?? 'webasm') as GpuMode;
const time = Number(process.argv[3] ?? 50);
const REPETITIONS = 11;

type Call = (...args: readonly unknown[]) => unknown;
interface Plan extends Call {
  readonly executorKind: string;
  readonly fallbackReason: string | null;
  destroy(): void;
}
interface Gpu {
  createKernel(source: string, settings: object): Call;
  createPipeline(trace: Call, settings?: object): Plan;
}

if (mode === 'webgpu') {
  const refusal = await offerWebGpu();
  if (refusal) throw new Error(refusal);
}
// The whole package: the browser build that keepgate ships has no threads in Node, which plans make use of.
const library = createRequire(import.meta.url)('gpu.js') as {
  GPU: new (settings: object) => Gpu;
  Input: new (values: Float32Array, size: readonly number[]) => { readonly value: Float32Array };
};
const gpu = new library.GPU({ mode });
const resident = mode === 'webgpu';
const settings = (width: number, rows: number): object => ({
  output: [width, rows],
  precision: 'single',
  pipeline: resident,
  immutable: resident,
});

const product = gpu.createKernel(
  `function (h, u, a) {
    let sum = 0;
    for (let k = 0; k < ${size}; k++) { sum += h[this.thread.y][k] * u[this.thread.x][k]; }
    return sum + a[this.thread.y][this.thread.x];
  }`,
  settings(4 * size, batch),
);
const sigmoid = (gate: number): string => `1 / (1 + Math.exp(0 - a[this.thread.y][this.thread.x + ${gate * size}]))`;
const cell = gpu.createKernel(
  `function (a, c) {
    const g = Math.max(-10, Math.min(10, a[this.thread.y][this.thread.x + ${2 * size}]));
    return ${sigmoid(1)} * c[this.thread.y][this.thread.x] + ${sigmoid(0)} * Math.tanh(g);
  }`,
  settings(size, batch),
);
const hidden = gpu.createKernel(
  `function (a, c) {
    return ${sigmoid(3)} * Math.tanh(Math.max(-10, Math.min(10, c[this.thread.y][this.thread.x])));
  }`,
  settings(size, batch),
);

const matrix = (width: number, rows: number, scale: number): { readonly value: Float32Array } =>
  new library.Input(
    Float32Array.from({ length: width * rows }, (_, i) => scale * Math.sin(i * 1.7)),
    [width, rows],
  );
const u = matrix(size, 4 * size, 0.1);
// Given, and the same at each step: the product over all steps is not what is compared here.
const input = matrix(4 * size, batch, 1);
const zero = matrix(size, batch, 0);

/** All h, c and pre-activations of the steps. */
function unrolled(weights: unknown, given: unknown, start: unknown): unknown[][] {
  let [h, c] = [start, start];
  return Array.from({ length: time }, () => {
    const a = product(h, weights, given);
    c = cell(a, c);
    h = hidden(a, c);
    return [h, c, a];
  });
}

async function oneByOne(): Promise<void> {
  const steps: unknown[][] = [];
  let [h, c]: unknown[] = [zero, zero];
  for (let t = 0; t < time; t++) {
    const a = await product(h, u, input);
    c = await cell(a, c);
    h = await hidden(a, c);
    steps.push([h, c, a]);
  }
  if (!resident) return;
  await (h as { toArray(): Promise<unknown> }).toArray();
  for (const handle of steps.flat() as { delete(): void }[]) handle.delete();
}
/** As the engine does it on WebAssembly: a thread of the product makes four rows, which a plan cannot take. */
async function oneByOneInFours(): Promise<void> {
  let [h, c]: unknown[] = [zero.value, zero];
  for (let t = 0; t < time; t++) {
    const operands = [
      { resource: h as Float32Array, offset: 0, width: size, rows: batch },
      { resource: u.value, offset: 0, width: size, rows: 4 * size },
      { resource: input.value, offset: 0, width: 4 * size, rows: batch },
    ];
    const a = new library.Input(
      (await device.run(fours, { rows: batch, width: 4 * size }, operands, [])) as Float32Array,
      [4 * size, batch],
    );
    c = await cell(a, c);
    const rows = (await hidden(a, c)) as readonly Float32Array[];
    h = new Float32Array((rows[0] as Float32Array).buffer);
  }
}
const device = new Device(Object.assign(library.GPU, library) as unknown as GpuJs, mode, null);
const fours = rowsByRows(device.dialect, size, { bias: false, plus: true });

const lastOf = gpu.createPipeline((w, a, h) => unrolled(w, a, h).at(-1)?.[0]);
const allOf = gpu.createPipeline((w, a, h) => unrolled(w, a, h).flat());

const ways: readonly (readonly [string, () => Promise<unknown>, Plan?])[] = [
  ['kernels one by one, all results kept', oneByOne],
  ...(device.dialect.fours ? [['kernels one by one, four rows a thread', oneByOneInFours] as const] : []),
  ['plan, last state alone', async () => lastOf(u, input, zero), lastOf],
  ['plan, all results kept', async () => allOf(u, input, zero), allOf],
];
const first: number[] = [];
const times: number[][] = ways.map(() => []);
for (let run = 0; run <= REPETITIONS; run++) {
  for (const [i, [, work]] of ways.entries()) {
    const start = performance.now();
    await keptAlive(work());
    const spent = performance.now() - start;
    if (run === 0) first.push(spent);
    else times[i]?.push(spent);
  }
}
const rows = ways.map(([name, , plan], i) => {
  const sorted = (times[i] as number[]).toSorted((a, b) => a - b);
  const kind = plan ? plan.executorKind + (plan.fallbackReason ? ` (${plan.fallbackReason})` : '') : '';
  return [name, (first[i] as number).toFixed(0), (sorted[sorted.length >> 1] as number).toFixed(1), kind];
});
console.log(formatTable([[`${mode}, T=${time}`, 'first ms', 'median ms', 'executor'], ...rows]));
lastOf.destroy();
allOf.destroy();
process.exit(0);
