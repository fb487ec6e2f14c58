import { ShapeError } from '../../errors.ts';
import type { Kernel } from '../kernel.ts';
import type { Handle, KernelArgs } from '../ops.ts';
import { compile } from './emit.ts';
import type { SimdFactors } from './factors.ts';
import { type Memory, NUMBER_BYTES, type SimdHandle } from './memory.ts';
import type { SimdModule } from './module.ts';
import { wasm } from './web-assembly.ts';

/** What a call of a kernel is about, as its parameters ask for it. */
interface Call {
  readonly args: KernelArgs<string, string>;
  readonly inputs: Readonly<Record<string, SimdHandle>>;
  readonly outputs: Readonly<Record<string, SimdHandle>>;
  readonly lengths: SimdHandle | null;
  readonly rows: number;
  readonly width: number;
  readonly t: number;
  readonly batch: number;
}

/** A kernel that was compiled for some factors. */
interface Loaded {
  readonly run: (...parameters: number[]) => void;
  /** What each parameter is of a call. */
  readonly parameters: readonly ((call: Call) => number)[];
}

/** Runs traced kernels: each is compiled once, for the factors that are there, and for all sizes. */
export class KernelRunner {
  readonly #memory: Memory;
  readonly #module: SimdModule;
  readonly #loaded = new WeakMap<Kernel, Map<string, Loaded>>();

  constructor(memory: Memory, module: SimdModule) {
    this.#memory = memory;
    this.#module = module;
  }

  run(kernel: Kernel, args: KernelArgs<string, string>): Record<string, Handle> {
    const names = Object.keys(kernel.inputs);
    const handles = names.map((name) => this.#memory.expectOwn(args.inputs[name] as Handle));
    const segments = names.map((name) => (kernel.inputs[name] as readonly string[]).length);
    const widest = handles.reduce((best, { rows }, i) => (rows > (handles[best] as SimdHandle).rows ? i : best), 0);
    const { rows, shape } = handles[widest] as SimdHandle;
    const width = (handles[widest] as SimdHandle).width / (segments[widest] as number);
    for (const [i, handle] of handles.entries()) {
      const count = segments[i] as number;
      if (handle.width !== count * width || (handle.rows !== rows && handle.rows !== 1)) {
        throw new ShapeError(
          `kernel ${kernel.name}: ${names[i]} with rows of ${count} x ${width} was expected, but shape [${handle.shape}] came`,
        );
      }
    }
    const outer = shape.slice(0, -1);
    const outputs = Object.fromEntries(
      Object.entries(kernel.outputs).map(([name, parts]) => [
        name,
        this.#memory.allocate([...outer, parts.length * width]),
      ]),
    );
    const call: Call = {
      args,
      inputs: Object.fromEntries(names.map((name, i) => [name, handles[i] as SimdHandle])),
      outputs,
      lengths: args.lengths ? this.#memory.expectOwn(args.lengths) : null,
      ...{ rows, width, t: args.t ?? 0, batch: args.batch ?? args.lengths?.shape[0] ?? rows },
    };
    const { run, parameters } = this.#load(kernel, args);
    run(...parameters.map((value) => value(call)));
    return outputs;
  }

  #load(kernel: Kernel, args: KernelArgs<string, string>): Loaded {
    const factors = args.factors as SimdFactors | undefined;
    const present = Object.keys(kernel.factors ?? {}).filter((name) => factors?.has(name));
    const lengths = Boolean(args.lengths);
    const known = this.#loaded.get(kernel) ?? new Map<string, Loaded>();
    this.#loaded.set(kernel, known);
    const form = `${present.join()}|${lengths}`;
    const found = known.get(form) ?? this.#compile(kernel, present, lengths);
    known.set(form, found);
    return found;
  }

  #compile(kernel: Kernel, factors: readonly string[], lengths: boolean): Loaded {
    const { bytes, parameters } = compile(kernel, { factors, lengths });
    const env = { memory: this.#memory.memory, ...this.#module.vectors };
    const { exports } = new wasm.Instance(new wasm.Module(bytes), { env });
    return { run: exports.run as Loaded['run'], parameters: parameters.map((name) => reader(kernel, name)) };
  }
}

/** How a parameter of this name is found in a call: see `compile`. */
function reader(kernel: Kernel, parameter: string): (call: Call) => number {
  const [kind = '', name = ''] = parameter.split(/ (.*)/);
  const placed = ({ args }: Call) => (args.factors as SimdFactors).get(name, kernel.factors?.[name] ?? 0);
  const readers: Readonly<Record<string, (call: Call) => number>> = {
    rows: ({ rows }) => rows,
    width: ({ width }) => width,
    t: ({ t }) => t,
    batch: ({ batch }) => batch,
    sample: () => 0,
    lengths: ({ lengths }) => lengths?.pointer ?? 0,
    in: ({ inputs }) => (inputs[name] as SimdHandle).pointer,
    stride: ({ inputs }) => {
      const { rows, width } = inputs[name] as SimdHandle;
      return rows === 1 ? 0 : width * NUMBER_BYTES;
    },
    out: ({ outputs }) => (outputs[name] as SimdHandle).pointer,
    bits: (call) => placed(call).pointer,
    scale: (call) => placed(call).factor.scale,
    time: (call) => placed(call).factor.strides.time,
    row: (call) => placed(call).factor.strides.row,
    unit: (call) => placed(call).factor.strides.unit,
    s: ({ args }) => args.scalars?.[name] ?? Number.NaN,
  };
  return readers[kind] as (call: Call) => number;
}
