import type { Kernel } from '../kernel.ts';
import { type Instruction, trace } from '../trace.ts';
import { Body, encodeModule, type ValueType } from './encode.ts';

/** How a kernel is called: a number for each name, in this order. Pointers and strides are in bytes. */
export interface Compiled {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly parameters: readonly string[];
}

/** The functions of one vector that the numerical module has. */
export const VECTOR_FUNCTIONS = ['sigmoid', 'tanh', 'log'] as const;

const NUMBER_BYTES = 4;

/**
 * A kernel as a WebAssembly module: a loop over rows, and in it one over units, four at a time and then one by one. All
 * sizes are parameters, so a kernel is compiled once. Its parameters, by name:
 *
 * - `rows`, `width` (H); `t` and `batch`, where the first row stands in time; `sample`, which sample it is
 * - `in NAME`, `stride NAME`: an input, and the bytes from row to row (0 for one row that serves all)
 * - `out NAME`: an output
 * - `bits NAME`, `scale NAME`, `time NAME`, `row NAME`, `unit NAME`: a factor's bits for its gate, a byte each, and strides
 * - `lengths`: valid steps of each sample, or 0 when all are
 * - `s NAME`: a scalar
 *
 * @param factors the factors that are there; others are 1
 */
export function compile(
  kernel: Kernel,
  { factors, lengths }: { readonly factors: readonly string[]; readonly lengths: boolean },
): Compiled {
  const program = trace(kernel);
  const used = (name: string): boolean => program.loads.has(name);
  const inputs = Object.entries(kernel.inputs);
  const outputs = Object.entries(kernel.outputs);
  const scalars = (kernel.scalars ?? []).filter(used);
  const present = factors.filter(used);
  const live = lengths && used('live');

  const parameters: [string, ValueType][] = [
    ...['rows', 'width', 't', 'batch', 'sample', 'lengths'].map((name): [string, ValueType] => [name, 'i32']),
    ...inputs.flatMap(([name]): [string, ValueType][] => [
      [`in ${name}`, 'i32'],
      [`stride ${name}`, 'i32'],
    ]),
    ...outputs.map(([name]): [string, ValueType] => [`out ${name}`, 'i32']),
    ...present.flatMap((name): [string, ValueType][] => [
      [`bits ${name}`, 'i32'],
      [`scale ${name}`, 'f32'],
      ...['time', 'row', 'unit'].map((stride): [string, ValueType] => [`${stride} ${name}`, 'i32']),
    ]),
    ...scalars.map((name): [string, ValueType] => [`s ${name}`, 'f32']),
  ];
  const place = new Map(parameters.map(([name], index) => [name, index]));
  const parameter = (name: string): number => place.get(name) as number;
  const body = new Body(parameters.length);
  const registers = Array.from({ length: program.registers }, () => -1);
  const register = (index: number): number => {
    if (registers[index] === -1) registers[index] = body.local('v128');
    return registers[index] as number;
  };

  // What is the same for all rows.
  for (const name of scalars) {
    body
      .get(parameter(`s ${name}`))
      .do('f32x4.splat')
      .set(register(program.loads.get(name) as number));
  }
  const scales = new Map(
    present.map((name) => {
      const scale = body.local('v128');
      body
        .get(parameter(`scale ${name}`))
        .do('f32x4.splat')
        .set(scale);
      return [name, scale];
    }),
  );
  for (const { operation, target, value } of program.code) {
    if (operation === 'constant') body.f32(value).do('f32x4.splat').set(register(target));
  }
  const one = body.local('v128');
  const zero = body.local('v128');
  body.f32(1).do('f32x4.splat').set(one).f32(0).do('f32x4.splat').set(zero);
  for (const name of [...Object.keys(kernel.factors ?? {}), 'live']) {
    const absent = name === 'live' ? !live : !present.includes(name);
    const loaded = program.loads.get(name);
    if (absent && loaded !== undefined) body.get(one).set(register(loaded));
  }

  const row = body.local('i32');
  const unit = body.local('i32');
  const segmentBytes = body.local('i32');
  body.get(parameter('width')).i32(NUMBER_BYTES).do('i32.mul').set(segmentBytes);

  /** A pointer for each segment that is loaded or stored. */
  const segmentsOf = (kind: 'in' | 'out', tensors: readonly (readonly [string, readonly string[]])[]) =>
    tensors.flatMap(([name, segments]) =>
      segments.flatMap((segment, index) => {
        const value = kind === 'in' ? program.loads.get(segment) : program.results.get(segment);
        return value === undefined ? [] : [{ name, index, value, pointer: body.local('i32') }];
      }),
    );
  const loads = segmentsOf('in', inputs);
  const stores = segmentsOf('out', outputs);
  const masks = present.map((name) => ({
    name,
    value: program.loads.get(name) as number,
    scale: scales.get(name) as number,
    pointer: body.local('i32'),
  }));

  const onRow = (): void => {
    for (const { name, index, pointer } of loads) {
      body
        .get(parameter(`in ${name}`))
        .get(segmentBytes)
        .i32(index)
        .do('i32.mul')
        .do('i32.add')
        .set(pointer);
    }
    for (const { name, index, pointer } of stores) {
      body
        .get(parameter(`out ${name}`))
        .get(segmentBytes)
        .i32(index)
        .do('i32.mul')
        .do('i32.add')
        .set(pointer);
    }
    for (const { name, pointer } of masks) {
      body.get(parameter(`bits ${name}`));
      body
        .get(parameter('t'))
        .get(parameter(`time ${name}`))
        .do('i32.mul')
        .do('i32.add');
      body
        .get(parameter('sample'))
        .get(parameter(`row ${name}`))
        .do('i32.mul')
        .do('i32.add')
        .set(pointer);
    }
    if (live) {
      // 1 within the sample's length.
      body.get(parameter('lengths')).get(parameter('sample')).i32(NUMBER_BYTES).do('i32.mul').do('i32.add');
      body.do('i32.load').get(parameter('t')).do('i32.gt_s').do('f32.convert_i32_u').do('f32x4.splat');
      body.set(register(program.loads.get('live') as number));
    }
  };

  /** The body for four units or, at the end of a row, for one. */
  const onUnits = (count: 1 | 4): void => {
    for (const { pointer, value } of loads) {
      body
        .get(pointer)
        .do(count === 4 ? 'v128.load' : 'v128.load32_splat')
        .set(register(value));
    }
    for (const { name, pointer, value, scale } of masks) {
      // A byte an entry, to four numbers; a mask that units share has one byte for them all.
      const widened = (): Body =>
        body
          .do('i16x8.extend_low_i8x16_u')
          .do('i32x4.extend_low_i16x8_u')
          .do('f32x4.convert_i32x4_u')
          .get(scale)
          .do('f32x4.mul');
      body.get(parameter(`unit ${name}`)).if(() => {
        body.get(pointer).do(count === 4 ? 'v128.load32_zero' : 'v128.load8_splat');
        widened().set(register(value));
      });
      body
        .get(parameter(`unit ${name}`))
        .i32(0)
        .do('i32.eq')
        .if(() => {
          body.get(pointer).do('v128.load8_splat');
          widened().set(register(value));
        });
      body
        .get(pointer)
        .get(parameter(`unit ${name}`))
        .i32(count)
        .do('i32.mul')
        .do('i32.add')
        .set(pointer);
    }
    for (const instruction of program.code) calculate(body, instruction, register, { one, zero });
    for (const { pointer, value } of stores) {
      body.get(pointer).get(register(value));
      if (count === 4) body.do('v128.store');
      else body.lane(0).do('f32.store');
    }
    for (const { pointer } of [...loads, ...stores]) {
      body
        .get(pointer)
        .i32(count * NUMBER_BYTES)
        .do('i32.add')
        .set(pointer);
    }
    body.get(unit).i32(count).do('i32.add').set(unit);
  };

  body.i32(0).set(row);
  body.while(
    () => body.get(row).get(parameter('rows')).do('i32.lt_s'),
    () => {
      onRow();
      body.i32(0).set(unit);
      body.while(
        () => body.get(unit).i32(3).do('i32.add').get(parameter('width')).do('i32.lt_s'),
        () => onUnits(4),
      );
      body.while(
        () => body.get(unit).get(parameter('width')).do('i32.lt_s'),
        () => onUnits(1),
      );
      for (const [name] of inputs) {
        const pointer = parameter(`in ${name}`);
        body
          .get(pointer)
          .get(parameter(`stride ${name}`))
          .do('i32.add')
          .set(pointer);
      }
      for (const [name, segments] of outputs) {
        const pointer = parameter(`out ${name}`);
        body.get(pointer).get(segmentBytes).i32(segments.length).do('i32.mul').do('i32.add').set(pointer);
      }
      // The next sample, or the first of the next step.
      body.get(parameter('sample')).i32(1).do('i32.add').set(parameter('sample'));
      body
        .get(parameter('sample'))
        .get(parameter('batch'))
        .do('i32.eq')
        .if(() => {
          body.i32(0).set(parameter('sample'));
          body.get(parameter('t')).i32(1).do('i32.add').set(parameter('t'));
        });
      body.get(row).i32(1).do('i32.add').set(row);
    },
  );
  return {
    bytes: encodeModule({ parameters: parameters.map(([, type]) => type), body, imports: VECTOR_FUNCTIONS }),
    parameters: parameters.map(([name]) => name),
  };
}

function calculate(
  body: Body,
  { operation, target, args }: Instruction,
  register: (index: number) => number,
  { one, zero }: { readonly one: number; readonly zero: number },
): void {
  const [x, y, z] = args.map(register) as [number, number, number];
  const out = register(target);
  switch (operation) {
    case 'constant':
      return; // set once, before the rows
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
      body.get(x).get(y).do(`f32x4.${operation}`).set(out);
      return;
    case 'sqrt':
      body.get(x).do('f32x4.sqrt').set(out);
      return;
    case 'log':
    case 'sigmoid':
    case 'tanh':
      body.get(x).call(VECTOR_FUNCTIONS.indexOf(operation)).set(out);
      return;
    case 'greater':
      body.get(one).get(x).get(y).do('f32x4.gt').do('v128.and').set(out);
      return;
    case 'blend':
      // keep fresh + (1 - keep) old, and exactly the one or the other at 1 and 0, whatever the other is.
      body.get(y).get(x).get(y).do('f32x4.mul').get(one).get(x).do('f32x4.sub').get(z).do('f32x4.mul').do('f32x4.add');
      body.get(x).get(one).do('f32x4.eq').do('v128.bitselect').set(out);
      body.get(z).get(out).get(x).get(zero).do('f32x4.eq').do('v128.bitselect').set(out);
      return;
  }
}
