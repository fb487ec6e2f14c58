import { sizeOf } from '../../tensor/tensor.ts';
import type { Kernel } from '../kernel.ts';
import { expectKernelArgs, expectRows } from '../operand-checks.ts';
import type { KernelArgs } from '../ops.ts';
import { type Instruction, trace } from '../trace.ts';
import { factorOf, loadFactorRow, placeOf } from './factors.ts';
import { expectReferenceHandle, idsOf } from './memory.ts';

/**
 * Execute a kernel row by row: load the row's values into registers of H numbers, run the instructions over them,
 * store the results. Returns the data of each output, and its shape.
 */
export function runKernel(
  kernel: Kernel,
  args: KernelArgs<string, string>,
): Record<string, { data: Float64Array; shape: readonly number[] }> {
  const program = trace(kernel);
  expectKernelArgs(kernel, args);
  const inputs = Object.entries(kernel.inputs).map(([name, segments]) => {
    const { data, shape } = expectReferenceHandle(args.inputs[name] as KernelArgs<string, string>['inputs'][string]);
    return { name, names: segments, segments: segments.length, data, shape, rows: sizeOf(shape.slice(0, -1)) };
  });
  const { width, rows, outer } = expectRows(kernel.name, inputs);

  const registers = Array.from({ length: program.registers }, () => new Float64Array(width));
  const register = (name: string): Float64Array | undefined => {
    const index = program.loads.get(name);
    return index === undefined ? undefined : registers[index];
  };
  for (const name of kernel.scalars ?? []) register(name)?.fill(args.scalars?.[name] ?? Number.NaN);
  for (const { operation, target, value } of program.code) if (operation === 'constant') registers[target]?.fill(value);

  const loads = inputs.flatMap(({ names: segments, data, rows: count }) =>
    segments.flatMap((segment, i) => {
      const into = register(segment);
      return into ? [{ into, data, offset: i * width, stride: count === 1 ? 0 : segments.length * width }] : [];
    }),
  );
  const factors = Object.entries(kernel.factors ?? {}).flatMap(([name, gate]) => {
    const into = register(name)?.fill(1);
    const factor = args.factors && factorOf({ factors: args.factors, name });
    return into && factor ? [{ into, factor, gate }] : [];
  });
  const live = register('live')?.fill(1);
  const lengths = args.lengths ? idsOf(args.lengths) : null;

  const outputs = Object.entries(kernel.outputs).map(([name, segments]) => ({
    name,
    data: new Float64Array(rows * segments.length * width),
    shape: [...outer, segments.length * width],
    segments: segments.map((segment) => registers[program.results.get(segment) as number] as Float64Array),
  }));
  const steps = { t: args.t ?? 0, batch: args.batch ?? lengths?.length ?? rows };

  for (let row = 0; row < rows; row++) {
    for (const { into, data, offset, stride } of loads) {
      const start = row * stride + offset;
      for (let unit = 0; unit < width; unit++) into[unit] = data[start + unit] as number;
    }
    if (factors.length > 0 || (live && lengths)) {
      const { t, sample } = placeOf(row, rows, steps);
      for (const { into, factor, gate } of factors) loadFactorRow(into, factor, gate, t, sample);
      if (live && lengths) live.fill(t < (lengths[sample] as number) ? 1 : 0);
    }
    for (const instruction of program.code) execute(instruction, registers);
    for (const { data, segments } of outputs) {
      for (const [i, from] of segments.entries()) data.set(from, (row * segments.length + i) * width);
    }
  }
  return Object.fromEntries(outputs.map(({ name, data, shape }) => [name, { data, shape }]));
}

function execute({ operation, target, args }: Instruction, registers: readonly Float64Array[]): void {
  const out = registers[target] as Float64Array;
  const x = registers[args[0] ?? target] as Float64Array;
  const y = registers[args[1] ?? target] as Float64Array;
  const z = registers[args[2] ?? target] as Float64Array;
  const n = out.length;
  switch (operation) {
    case 'constant':
      return; // filled once, before the rows
    case 'flush':
      return; // in float32 programs alone: here, what decays has ten times as many steps to go
    case 'add':
      for (let i = 0; i < n; i++) out[i] = (x[i] as number) + (y[i] as number);
      return;
    case 'sub':
      for (let i = 0; i < n; i++) out[i] = (x[i] as number) - (y[i] as number);
      return;
    case 'mul':
      for (let i = 0; i < n; i++) out[i] = (x[i] as number) * (y[i] as number);
      return;
    case 'div':
      for (let i = 0; i < n; i++) out[i] = (x[i] as number) / (y[i] as number);
      return;
    case 'sqrt':
      for (let i = 0; i < n; i++) out[i] = Math.sqrt(x[i] as number);
      return;
    case 'log':
      for (let i = 0; i < n; i++) out[i] = Math.log(x[i] as number);
      return;
    case 'sigmoid':
      for (let i = 0; i < n; i++) out[i] = 1 / (1 + Math.exp(-(x[i] as number)));
      return;
    case 'tanh':
      for (let i = 0; i < n; i++) out[i] = Math.tanh(x[i] as number);
      return;
    case 'greater':
      for (let i = 0; i < n; i++) out[i] = (x[i] as number) > (y[i] as number) ? 1 : 0;
      return;
    case 'blend':
      for (let i = 0; i < n; i++) {
        const keep = x[i] as number;
        const fresh = y[i] as number;
        const old = z[i] as number;
        out[i] = keep === 1 ? fresh : keep === 0 ? old : keep * fresh + (1 - keep) * old;
      }
      return;
  }
}
