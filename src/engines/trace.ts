import { EngineError } from '../errors.ts';
import { type Algebra, expectKernel, type Kernel } from './kernel.ts';

/**
 * The operations of an instruction: those of the algebra, and `flush`, which no body can ask for: 0 where a number's
 * magnitude is below {@link SMALLEST}, and otherwise the number. NaN and infinities pass.
 */
export type Operation = keyof Algebra<unknown> | 'flush';

/**
 * The least magnitude of what float32 engines hand on: what is smaller becomes 0. Such numbers change no result, and
 * what is made of them would soon be subnormal, below 2^-126: a CPU takes a hundred cycles for each of those, WebAssembly
 * cannot have it treat them as 0, and a moment that decays would stay there for ever. It leaves 26 bits for a
 * multiplication by a weight or by a decay, and sums of such numbers are multiples of 2^-123: 0, or no subnormal number.
 */
export const SMALLEST: number = 2 ** -100;

/** What float32 engines take for a number that the host hands to a kernel: see {@link SMALLEST}. */
export function flushed(value: number): number {
  return Math.abs(value) < SMALLEST ? 0 : value;
}

/** One instruction: `registers[target] = operation(...registers[args])`; a constant has its value instead of args. */
export interface Instruction {
  readonly operation: Operation;
  readonly target: number;
  readonly args: readonly number[];
  readonly value: number;
}

/** A kernel as straight-line code over registers, one register a value. */
export interface Program {
  readonly registers: number;
  /** The register that each named value (a segment, factor or scalar, or `live`) is loaded to, if it is used. */
  readonly loads: ReadonlyMap<string, number>;
  readonly code: readonly Instruction[];
  /** The register of each output segment. */
  readonly results: ReadonlyMap<string, number>;
}

const programs = new WeakMap<Kernel, Program>();
const flushing = new WeakMap<Kernel, Program>();

/** Run a kernel's body once on symbols and write down what it does, without the parts that no output needs. */
export function trace(kernel: Kernel): Program {
  const program = programs.get(kernel) ?? traceOnce(kernel);
  programs.set(kernel, program);
  return program;
}

/** A kernel as engines of float32 execute it: every result is flushed. See {@link SMALLEST}. */
export function traceFlushed(kernel: Kernel): Program {
  const program = flushing.get(kernel) ?? withFlushedResults(trace(kernel));
  flushing.set(kernel, program);
  return program;
}

function withFlushedResults(program: Program): Program {
  // The sigmoid of every engine has no smaller results than 0 and SMALLEST.
  const flushed = new Set(program.code.filter(({ operation }) => operation === 'sigmoid').map(({ target }) => target));
  let { registers } = program;
  const code = [...program.code];
  const results = new Map(program.results);
  for (const [name, register] of results) {
    if (flushed.has(register)) continue;
    results.set(name, registers);
    code.push({ operation: 'flush', target: registers++, args: [register], value: 0 });
  }
  return { registers, loads: program.loads, code, results };
}

/** The registers that some results need, for code in order. */
export function neededFor(code: readonly Instruction[], results: Iterable<number>): Set<number> {
  const needed = new Set(results);
  for (const { target, args } of code.toReversed()) {
    if (needed.has(target)) for (const arg of args) needed.add(arg);
  }
  return needed;
}

function traceOnce(kernel: Kernel): Program {
  expectKernel(kernel);
  const code: Instruction[] = [];
  const loads = loadRegisters(kernel);
  let registers = loads.size;
  const algebra = recorder((operation, args, value) => {
    const target = registers++;
    code.push({ operation, target, args, value });
    return target;
  });
  const outputs: Readonly<Record<string, unknown>> = Object(kernel.body(algebra, Object.fromEntries(loads)));
  const results = new Map(
    Object.values(kernel.outputs)
      .flat()
      .map((name) => {
        const register = outputs[name];
        if (typeof register !== 'number' || !Number.isInteger(register) || register < 0 || register >= registers)
          throw new EngineError(`kernel ${kernel.name}: a value for '${name}' was expected, but its body returns none`);
        return [name, register] as const;
      }),
  );

  const needed = neededFor(code, results.values());
  return {
    registers,
    loads: new Map([...loads].filter(([, register]) => needed.has(register))),
    code: code.filter(({ target }) => needed.has(target)),
    results,
  };
}

/** A register for each named value that the body may read. */
function loadRegisters(kernel: Kernel): Map<string, number> {
  const loads = new Map<string, number>();
  const names = [
    ...Object.values(kernel.inputs).flat(),
    ...Object.keys(kernel.factors ?? {}),
    ...(kernel.scalars ?? []),
    'live',
  ];
  for (const name of names) {
    if (loads.has(name))
      throw new EngineError(
        `kernel ${kernel.name}: distinct names were expected, but '${name}' is used twice; rename one`,
      );
    loads.set(name, loads.size);
  }
  return loads;
}

/** An algebra whose values are registers, which writes down every operation. */
function recorder(write: (operation: Operation, args: readonly number[], value: number) => number): Algebra<number> {
  const record =
    (operation: Operation) =>
    (...args: readonly number[]): number =>
      write(operation, args, 0);
  const constants = new Map<string, number>();
  return {
    // One register for each number, however often a body asks for it. As text, in which 0 and -0 differ.
    constant(value) {
      const text = Object.is(value, -0) ? '-0' : String(value);
      const register = constants.get(text) ?? write('constant', [], value);
      constants.set(text, register);
      return register;
    },
    add: record('add'),
    sub: record('sub'),
    mul: record('mul'),
    div: record('div'),
    sqrt: record('sqrt'),
    log: record('log'),
    sigmoid: record('sigmoid'),
    tanh: record('tanh'),
    greater: record('greater'),
    blend: record('blend'),
  };
}
