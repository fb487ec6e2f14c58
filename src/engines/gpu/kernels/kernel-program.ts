import type { Kernel } from '../../kernel.ts';
import { flushed, type Instruction, neededFor, type Program, SMALLEST, traceFlushed } from '../../trace.ts';
import type { Dialect, Spec } from './dialect.ts';

/** How a factor comes to a kernel: as a number for all entries, or as rows of a table. */
export interface FactorForm {
  /** The place of its table among the kernel's tables, or null for a number. */
  readonly table: number | null;
  /** Whether all units of a row share its first entry. */
  readonly shared: boolean;
}

/** What the source of a kernel depends on besides the kernel. */
export interface Form {
  /** The outputs that are wanted, in the kernel's order. */
  readonly outputs: readonly string[];
  /** H */
  readonly width: number;
  /** Inputs with one row for all rows. */
  readonly broadcast: readonly string[];
  /** By factor; one that is missing is 1. */
  readonly factors: Readonly<Record<string, FactorForm>>;
  readonly lengths: boolean;
}

/** An output that is wanted, and its segments. */
interface Wanted {
  readonly name: string;
  readonly segments: readonly string[];
}

/**
 * The source of a kernel for gpu.js, whose kernels have one output: so those that are wanted lie one after the other, each
 * as rows of H: a row of a tensor of S segments is S of them. A thread computes what its segment needs.
 */
export function kernelProgram(dialect: Dialect, kernel: Kernel, form: Form): Spec {
  const program = traceFlushed(kernel);
  const wanted = form.outputs.map((name) => ({ name, segments: kernel.outputs[name] as readonly string[] }));
  const segments = wanted.flatMap((output) => output.segments);
  const used = loadsOf(program, segments);
  const inputs = Object.keys(kernel.inputs).filter((name) => kernel.inputs[name]?.some((segment) => used.has(segment)));
  const factors = Object.keys(kernel.factors ?? {}).filter((name) => used.has(name) && form.factors[name]);
  const scalars = (kernel.scalars ?? []).filter((name) => used.has(name));
  const live = form.lengths && used.has('live');
  const tables = [...new Set(factors.map((name) => form.factors[name]?.table ?? null))].filter((t) => t !== null);
  const placed = live || tables.length > 0;

  const values = loadedValues(dialect, kernel, form, { inputs, scalars, live });
  const blocks = segments.map((name, index) => segmentBlock(program, name, index, values));
  const place = [
    ...(placed ? ['  const step = t + Math.floor((row + 0.5) / batch);'] : []),
    ...(placed ? ['  const sample = row - Math.floor((row + 0.5) / batch) * batch;'] : []),
    ...(live ? ['  let live = 1;', `  if (step >= ${dialect.entry('lengths', 'sample', 0)}) { live = 0; }`] : []),
  ];
  const source: Omit<Spec, 'name'> = {
    arrays: [...inputs.map((name) => `i_${name}`), ...tables.map((t) => `table${t}`), ...(live ? ['lengths'] : [])],
    scalars: [
      'rows',
      ...(placed ? ['t', 'batch'] : []),
      ...scalars.map((name) => `s_${name}`),
      ...factors.flatMap((name) =>
        form.factors[name]?.table === null ? [`f_${name}`] : [`base_${name}`, `time_${name}`, `row_${name}`],
      ),
    ],
    body: `  let row = 0;
  let segment = 0;
  ${rowAndSegment(wanted)}
${place.join('\n')}
  let result = 0;
  ${blocks.map((block, i) => `${i < blocks.length - 1 ? `if (segment == ${i}) ` : ''}{\n${block}\n  }`).join(' else ')}
  return result;`,
  };
  return { ...source, name: `kernel ${numberOf(source)} ${kernel.name}` };
}

/** Where the named values of a kernel come from. */
function loadedValues(
  dialect: Dialect,
  kernel: Kernel,
  form: Form,
  used: { readonly inputs: readonly string[]; readonly scalars: readonly string[]; readonly live: boolean },
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  for (const name of used.inputs) {
    const row = form.broadcast.includes(name) ? 0 : 'row';
    for (const [i, segment] of (kernel.inputs[name] as readonly string[]).entries()) {
      values.set(segment, { text: dialect.entry(`i_${name}`, row, i === 0 ? 'x' : `${i * form.width} + x`) });
    }
  }
  for (const name of used.scalars) values.set(name, { text: `s_${name}` });
  for (const name of Object.keys(kernel.factors ?? {}))
    values.set(name, factorValue(dialect, name, form.factors[name]));
  values.set('live', used.live ? { text: 'live' } : { number: 1 });
  return values;
}

/** Statements that find the row of the kernel, and the segment among all that are wanted, of a row `y` of the result. */
function rowAndSegment(wanted: readonly Wanted[]): string {
  let first = 0;
  const cases = wanted.map(({ segments }, i) => {
    const before = first;
    first += segments.length;
    const place = before === 0 ? 'y' : `y - rows * ${before}`;
    const found =
      segments.length === 1
        ? `row = ${place}; segment = ${before};`
        : `row = Math.floor((${place} + 0.5) / ${segments.length}); segment = ${before} + ${place} - row * ${segments.length};`;
    return i === wanted.length - 1 ? `{ ${found} }` : `if (y < rows * ${first}) { ${found} } else`;
  });
  return cases.join(' ');
}

const numbers = new Map<string, number>();

/** Two kernels may have one name: a number for each source tells them apart. */
function numberOf(source: Omit<Spec, 'name'>): number {
  const text = JSON.stringify(source);
  const number = numbers.get(text) ?? numbers.size;
  numbers.set(text, number);
  return number;
}

/** Numbers are folded while the source is written: most factors of most kernels are 1. */
type Value = { readonly text: string } | { readonly number: number };

function factorValue(dialect: Dialect, name: string, form: FactorForm | undefined): Value {
  if (!form) return { number: 1 };
  if (form.table === null) return { text: `f_${name}` };
  const row = `base_${name} + step * time_${name} + sample * row_${name}`;
  return { text: dialect.entry(`table${form.table}`, row, form.shared ? 0 : 'x') };
}

function needed({ code, results }: Program, names: readonly string[]): Set<number> {
  return neededFor(
    code,
    names.map((name) => results.get(name) as number),
  );
}

function loadsOf(program: Program, results: readonly string[]): Set<string> {
  const registers = needed(program, results);
  return new Set([...program.loads].flatMap(([name, register]) => (registers.has(register) ? [name] : [])));
}

/** The statements that end in `result`. Names differ by segment: a name has one type in a kernel. */
function segmentBlock(program: Program, result: string, index: number, loads: ReadonlyMap<string, Value>): string {
  const registers = needed(program, [result]);
  const values = new Map<number, Value>();
  const lines: string[] = [];
  for (const [name, register] of program.loads) {
    if (!registers.has(register)) continue;
    const value = loads.get(name) as Value;
    if ('number' in value || !value.text.includes('[')) values.set(register, value);
    else {
      const variable = `v${index}_${register}`;
      lines.push(`    const ${variable} = ${value.text};`);
      values.set(register, { text: variable });
    }
  }
  for (const instruction of program.code) {
    if (!registers.has(instruction.target)) continue;
    const variable = `v${index}_${instruction.target}`;
    const args = instruction.args.map((arg) => values.get(arg) as Value);
    values.set(instruction.target, write(instruction, args, variable, lines));
  }
  const value = values.get(program.results.get(result) as number) as Value;
  return [...lines, `    result = ${show(value)};`].join('\n');
}

function write({ operation, value }: Instruction, args: readonly Value[], variable: string, lines: string[]): Value {
  const [a, b, c] = args as [Value, Value, Value];
  const is = (v: Value, n: number): boolean => 'number' in v && v.number === n;
  const define = (text: string): Value => {
    lines.push(`    const ${variable} = ${text};`);
    return { text: variable };
  };
  const branch = (otherwise: string, ...cases: readonly string[]): Value => {
    lines.push(`    let ${variable} = ${otherwise};`);
    for (const line of cases) lines.push(`    ${line}`);
    return { text: variable };
  };
  switch (operation) {
    case 'constant':
      return { number: value };
    case 'mul':
      if (is(a, 1)) return b;
      if (is(b, 1)) return a;
      return define(`${show(a)} * ${show(b)}`);
    case 'add':
      return define(`${show(a)} + ${show(b)}`);
    case 'sub':
      if ('number' in a && 'number' in b) return { number: a.number - b.number };
      return define(`${show(a)} - ${show(b)}`);
    case 'div':
      return define(`${show(a)} / ${show(b)}`);
    case 'sqrt':
      return define(`Math.sqrt(${show(a)})`);
    case 'log':
      return define(`Math.log(${show(a)})`);
    case 'sigmoid':
      return define(`0.5 + 0.5 * ${show(tanh(`0.5 * ${show(a)}`, `${variable}_t`, lines))}`);
    case 'tanh':
      return tanh(show(a), variable, lines);
    case 'greater':
      return branch('0', `if (${show(a)} > ${show(b)}) { ${variable} = 1; }`);
    case 'flush':
      if ('number' in a) return { number: flushed(a.number) };
      return branch(show(a), `if (Math.abs(${show(a)}) < ${SMALLEST}) { ${variable} = 0; }`);
    case 'blend':
      if (is(a, 1)) return b;
      if (is(a, 0)) return c;
      return branch(
        `${show(a)} * ${show(b)} + (1 - ${show(a)}) * ${show(c)}`,
        `if (${show(a)} == 1) { ${variable} = ${show(b)}; }`,
        `if (${show(a)} == 0) { ${variable} = ${show(c)}; }`,
      );
  }
}

const show = (value: Value): string => ('text' in value ? value.text : String(value.number));

/**
 * Math.tanh is NaN for large arguments on GPUs, and a call out of WebAssembly for each number there. This is the
 * rational approximation of Eigen and XLA for float32: odd over even powers, exact to 6 units in the last place. Beyond
 * its range the result is set; a clamp of the argument would make a number of NaN on GPUs, and hide that a network broke.
 */
function tanh(argument: string, variable: string, lines: string[]): Value {
  const x = `${variable}_x`;
  const q = `${variable}_q`;
  const horner = (coefficients: readonly number[]): string =>
    coefficients.reduce((sum, c) => (sum === '' ? String(c) : `(${sum} * ${q} + ${c})`), '');
  lines.push(
    `    const ${x} = ${argument};`,
    `    const ${q} = ${x} * ${x};`,
    `    let ${variable} = ${x} * ${horner(TANH_ODD)} / ${horner(TANH_EVEN)};`,
    `    if (${x} > ${TANH_LIMIT}) { ${variable} = 1; }`,
    `    if (${x} < -${TANH_LIMIT}) { ${variable} = -1; }`,
  );
  return { text: variable };
}

const TANH_LIMIT = 7.905311107635498;
const TANH_ODD = [
  -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8, 1.48572235717979e-5,
  6.37261928935436e-4, 4.89352455891786e-3,
];
const TANH_EVEN = [1.19825839466702e-6, 1.18534705686654e-4, 2.268434632439e-3, 4.89352518554385e-3];
