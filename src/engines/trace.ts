import { EngineError } from '../errors.ts';
import type { Algebra, Kernel } from './kernel.ts';

/** The operations of an instruction: those of the algebra. */
export type Operation = keyof Algebra<unknown>;

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

/** Run a kernel's body once on symbols and write down what it does, without the parts that no output needs. */
export function trace(kernel: Kernel): Program {
  const program = programs.get(kernel) ?? traceOnce(kernel);
  programs.set(kernel, program);
  return program;
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
  const code: Instruction[] = [];
  const loads = new Map<string, number>();
  let registers = 0;

  const emit =
    (operation: Operation) =>
    (...args: readonly number[]): number => {
      const target = registers++;
      code.push({ operation, target, args, value: 0 });
      return target;
    };
  const algebra: Algebra<number> = {
    constant: (value) => {
      const target = registers++;
      code.push({ operation: 'constant', target, args: [], value });
      return target;
    },
    add: emit('add'),
    sub: emit('sub'),
    mul: emit('mul'),
    div: emit('div'),
    sqrt: emit('sqrt'),
    log: emit('log'),
    sigmoid: emit('sigmoid'),
    tanh: emit('tanh'),
    greater: emit('greater'),
    blend: emit('blend'),
  };

  const named = [
    ...Object.values(kernel.inputs).flat(),
    ...Object.keys(kernel.factors ?? {}),
    ...(kernel.scalars ?? []),
    'live',
  ];
  for (const name of named) {
    if (loads.has(name))
      throw new EngineError(
        `kernel ${kernel.name}: distinct names were expected, but '${name}' is used twice; rename one`,
      );
    loads.set(name, registers++);
  }
  const outputs = kernel.body(algebra, Object.fromEntries(loads));
  const results = new Map(
    Object.values(kernel.outputs)
      .flat()
      .map((name) => {
        const register = outputs[name];
        if (register === undefined)
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
