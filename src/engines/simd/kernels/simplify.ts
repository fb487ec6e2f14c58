import { type Instruction, neededFor, type Program } from '../../trace.ts';

/**
 * A program in which some registers hold 1: without the products with them, the blends that they decide, and what is
 * flushed twice then. No result changes by a bit, whatever the other values are.
 */
export function simplify(program: Program, ones: ReadonlySet<number>): Program {
  const isOne = new Set(ones);
  const same = new Map<number, number>();
  const flushed = new Map<number, number>();
  const resolved = (register: number): number => same.get(register) ?? register;
  const kept: Instruction[] = [];
  for (const instruction of program.code) {
    const args = instruction.args.map(resolved);
    const [x = -1, y = -1] = args;
    const flush = instruction.operation === 'flush';
    const equal = flush ? flushed.get(x) : equalTo(instruction, x, y, isOne);
    if (flush && equal === undefined) flushed.set(x, instruction.target);
    if (equal !== undefined) same.set(instruction.target, equal);
    else kept.push({ ...instruction, args });
    if (instruction.operation === 'constant' && instruction.value === 1) isOne.add(instruction.target);
  }
  const results = new Map([...program.results].map(([name, register]) => [name, resolved(register)]));
  const needed = neededFor(kept, results.values());
  return {
    registers: program.registers,
    loads: new Map([...program.loads].filter(([, register]) => needed.has(register))),
    code: kept.filter(({ target }) => needed.has(target)),
    results,
  };
}

/** The register whose value an instruction repeats, if it does. */
function equalTo({ operation }: Instruction, x: number, y: number, ones: ReadonlySet<number>): number | undefined {
  if (operation === 'mul' && ones.has(x)) return y;
  if ((operation === 'mul' || operation === 'div') && ones.has(y)) return x;
  // All of what is fresh is kept.
  if (operation === 'blend' && ones.has(x)) return y;
  return undefined;
}
