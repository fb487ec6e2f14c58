import { type Algebra, type Handle, type Kernel, key, type Ops } from 'keepgate';
import { describe, expect, test } from 'vitest';
import type { Factor } from '../../src/engines/ops.ts';
import { createReferenceEngine } from '../../src/engines/reference/engine.ts';
import { uniform } from '../../src/random/draws.ts';
import { fold } from '../../src/random/key.ts';
import { everyKernel } from '../helpers/kernels.ts';
import { SEED } from '../helpers/laws.ts';
import { range } from '../helpers/tensors.ts';

/** The algebra of plain numbers: what a kernel's body means. */
const NUMBERS: Algebra<number> = {
  constant: (value) => value,
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  sqrt: Math.sqrt,
  log: Math.log,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  greater: (x, y) => (x > y ? 1 : 0),
  blend: (keep, fresh, old) => {
    if (keep === 1) return fresh;
    return keep === 0 ? old : keep * fresh + (1 - keep) * old;
  },
};

/** Numbers where rounding, signs of zero and overflow show. */
const SPECIAL = [0, -0, 1, -1, 1e-320, 1e308, -1e308, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const BATCH = 3;
const STEPS = 4;
const WIDTH = 5;
const ROWS = BATCH * STEPS;

/** Numbers from -3 to 3, and a special one now and then. */
function someNumbers(name: string, count: number): number[] {
  const draws = uniform(fold(key(SEED), name), 2 * count);
  return range(0, count).map((i) => {
    const special = SPECIAL[Math.floor((draws[count + i] as number) * 4 * SPECIAL.length)];
    return special ?? 6 * (draws[i] as number) - 3;
  });
}

/** Factors that differ by gate, step, sample and unit. */
function someFactor(name: string, gates: number): Factor {
  const count = gates * STEPS * BATCH * WIDTH;
  return {
    values: Uint8Array.from(uniform(fold(key(SEED), name), count), (draw) => (draw < 0.35 ? 0 : 1)),
    scale: 1 / 0.65,
    strides: { gate: STEPS * BATCH * WIDTH, time: BATCH * WIDTH, row: WIDTH, unit: 1 },
  };
}

/** Everything that a kernel reads, as numbers. */
function dataFor(kernel: Kernel) {
  return {
    inputs: Object.entries(kernel.inputs).map(([name, segments]) => {
      return { name, segments, values: someNumbers(`${kernel.name} ${name}`, ROWS * segments.length * WIDTH) };
    }),
    factors: Object.entries(kernel.factors ?? {}).map(([name, gate]) => {
      return { name, gate, factor: someFactor(`${kernel.name} ${name}`, gate + 1) };
    }),
    scalars: Object.fromEntries((kernel.scalars ?? []).map((name, i) => [name, 0.3 + 0.2 * i])),
    lengths: [0, 2, STEPS],
  };
}

type Data = ReturnType<typeof dataFor>;

/** What the engine computes, by output. */
async function execute(kernel: Kernel, { inputs, factors, scalars, lengths }: Data): Promise<Record<string, number[]>> {
  const ops: Ops = createReferenceEngine();
  const outputs: Readonly<Record<string, Handle>> = ops.run(kernel, {
    inputs: Object.fromEntries(
      inputs.map(({ name, segments, values }) => [name, ops.upload(values, [ROWS, segments.length * WIDTH])]),
    ),
    factors: ops.uploadFactors(Object.fromEntries(factors.map(({ name, factor }) => [name, factor]))),
    lengths: ops.uploadIndices(lengths, [BATCH]),
    batch: BATCH,
    scalars,
  });
  const read = Object.entries(outputs).map(
    async ([name, handle]) => [name, Array.from(await ops.read(handle))] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

/** The same by evaluating the body on plain numbers, entry by entry. */
function evaluate(kernel: Kernel, data: Data): Record<string, number[]> {
  const entries = range(0, ROWS).flatMap((row) => range(0, WIDTH).map((unit) => ({ row, unit })));
  const outputs = Object.entries(kernel.outputs).map(([name, segments]): [string, number[]] => {
    const out = new Array<number>(ROWS * segments.length * WIDTH);
    for (const { row, unit } of entries) {
      const values = kernel.body(NUMBERS, valuesAt(data, row, unit));
      segments.forEach((segment, i) => {
        out[(row * segments.length + i) * WIDTH + unit] = values[segment] as number;
      });
    }
    return [name, out];
  });
  return Object.fromEntries(outputs);
}

function valuesAt({ inputs, factors, scalars, lengths }: Data, row: number, unit: number): Record<string, number> {
  const [step, sample] = [Math.floor(row / BATCH), row % BATCH];
  const segments = inputs.flatMap(({ segments: names, values }) =>
    names.map((name, i) => [name, values[(row * names.length + i) * WIDTH + unit] as number]),
  );
  const multipliers = factors.map(({ name, gate, factor: { values, scale } }) => {
    return [name, (values[((gate * STEPS + step) * BATCH + sample) * WIDTH + unit] as number) * scale];
  });
  const live = step < (lengths[sample] as number) ? 1 : 0;
  return Object.fromEntries([...segments, ...multipliers, ...Object.entries(scalars), ['live', live]]);
}

const kernels = await everyKernel();

test('the kernels of the cells, the sequences, the layers and the training are all among them', () => {
  const names = kernels.map(({ name }) => name);
  const some = [
    'lstmForward',
    'gruBackward',
    'gruResetBeforeGatesBackward',
    'rnnForward',
    'weightDrop',
    'adam',
    'relu',
  ];
  expect(names).toEqual(expect.arrayContaining([...some, 'joinDirections', 'add']));
});

describe('a kernel on the engine is its body on plain numbers, bit for bit', () => {
  test.each(kernels)('$name', async (kernel) => {
    const data = dataFor(kernel);
    // toEqual tells -0 from 0, and takes NaN for equal to NaN.
    expect(await execute(kernel, data)).toEqual(evaluate(kernel, data));
  });
});
