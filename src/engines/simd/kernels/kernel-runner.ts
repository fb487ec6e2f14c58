import { EngineError } from '../../../errors.ts';
import { sizeOf } from '../../../tensor/tensor.ts';
import type { Kernel } from '../../kernel.ts';
import { expectBatch, expectRows } from '../../operand-checks.ts';
import type { Handle, KernelArgs, Loop } from '../../ops.ts';
import { type Operation, traceFlushed } from '../../trace.ts';
import type { Calls, PlacedKernel } from '../calls.ts';
import type { SimdFactors } from '../factors.ts';
import type { Memory, SimdHandle } from '../memory.ts';
import type { SimdModule } from '../module.ts';
import { webAssembly } from '../web-assembly.ts';
import { compile, type Target } from './emit.ts';
import { type KernelOperands, readerOf, type Word } from './kernel-words.ts';

/** Runs rows `from` to `to` of a kernel, whose words are at an address. */
export type CompiledRun = (words: number, from: number, to: number) => void;

interface Tensor {
  readonly name: string;
  readonly segments: number;
}

/** A kernel as it is called again and again. */
interface Prepared {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly factors: readonly string[];
  /** Steps of arithmetic for a unit. */
  readonly cost: number;
  /** What was compiled: see `#form`. */
  readonly forms: Map<number, Form>;
}

/** A kernel that was compiled for some factors. */
interface Form extends PlacedKernel {
  /** How each of its words is found. */
  readonly writes: readonly { readonly type: Word['type']; readonly read: (operands: KernelOperands) => number }[];
}

/** What a kernel gives over a loop: tensors of all steps, and the steps that it gave. */
interface LoopOutputs {
  readonly all: readonly SimdHandle[];
  readonly filled: Set<number>;
}

/**
 * What a kernel takes for a unit, in steps of arithmetic of a product: these use all of a CPU's units for multiplications
 * and additions, kernels do not, and they read and write a number for few operations on it.
 */
const OPERATION_COST = 3;
const FUNCTION_COST: Partial<Record<Operation, number>> = { sigmoid: 60, tanh: 75, log: 60 };
const SEGMENT_COST = 6;

/** Runs traced kernels: each is compiled once, for the factors that are there, and for all sizes. */
export class KernelRunner {
  readonly #memory: Memory;
  readonly #module: SimdModule;
  readonly #calls: Calls;
  /** What was compiled, by slot. */
  readonly #runs: CompiledRun[];
  readonly #prepared = new WeakMap<Kernel, Prepared>();
  readonly #loops = new WeakMap<Loop, Map<Prepared, LoopOutputs>>();

  constructor(memory: Memory, module: SimdModule, calls: Calls, runs: CompiledRun[]) {
    this.#memory = memory;
    this.#module = module;
    this.#calls = calls;
    this.#runs = runs;
  }

  run(kernel: Kernel, args: KernelArgs<string, string>): Record<string, Handle> {
    const prepared = this.#prepare(kernel);
    const inputs = prepared.inputs.map(({ name }) => this.#memory.expectHandle(args.inputs[name] as Handle));
    const { rows, width, outer } = expectRows(
      kernel.name,
      prepared.inputs.map(({ name, segments }, i) => {
        const { shape, rows } = inputs[i] as SimdHandle;
        return { name, segments, shape, rows };
      }),
    );
    const results: Record<string, Handle> = {};
    const outputs = this.#outputs(prepared, outer, width, args);
    for (let i = 0; i < outputs.length; i++) results[(prepared.outputs[i] as Tensor).name] = outputs[i] as SimdHandle;
    expectBatch(`kernel ${kernel.name}`, args.batch);
    const lengths = args.lengths ? this.#memory.expectHandle(args.lengths) : null;
    const operands: KernelOperands = {
      args,
      inputs,
      outputs,
      lengths,
      width,
      batch: args.batch ?? (args.lengths?.shape[0] || rows),
    };
    const form = this.#form(kernel, prepared, args);
    const size = { rows, cost: width * prepared.cost };
    this.#calls.kernel(form, size, { reads: inputs, writes: outputs }, (at) => {
      const { callNumbers: numbers, callIntegers: integers } = this.#memory;
      for (let i = 0; i < form.writes.length; i++) {
        const { type, read } = form.writes[i] as Form['writes'][number];
        if (type === 'f32') numbers[at + i] = read(operands);
        else integers[at + i] = read(operands);
      }
    });
    return results;
  }

  /** Room for the results: in a loop over time, of all steps side by side. */
  #outputs(
    prepared: Prepared,
    outer: readonly number[],
    width: number,
    { loop, t = 0 }: KernelArgs<string, string>,
  ): readonly SimdHandle[] {
    const shapes = prepared.outputs.map(({ segments }) => [...outer, segments * width]);
    if (!loop) return shapes.map((shape) => this.#memory.allocate(shape));
    const known = this.#loops.get(loop) ?? new Map<Prepared, LoopOutputs>();
    this.#loops.set(loop, known);
    const found = known.get(prepared) ?? {
      filled: new Set<number>(),
      all: shapes.map((shape) => this.#memory.allocate([loop.steps, ...shape])),
    };
    known.set(prepared, found);
    const fits = found.all.every(({ size }, i) => size === loop.steps * sizeOf(shapes[i] as number[]));
    // A cell may run a kernel twice in a step.
    if (!fits || t >= loop.steps || found.filled.has(t)) return shapes.map((shape) => this.#memory.allocate(shape));
    found.filled.add(t);
    return found.all.map((all, i) => all.view(t * sizeOf(shapes[i] as number[]), shapes[i] as number[]));
  }

  #prepare(kernel: Kernel): Prepared {
    const known = this.#prepared.get(kernel);
    if (known) return known;
    const tensors = (all: Kernel['inputs']): Tensor[] =>
      Object.entries(all).map(([name, { length }]) => ({ name, segments: length }));
    const prepared: Prepared = {
      inputs: tensors(kernel.inputs),
      outputs: tensors(kernel.outputs),
      factors: Object.keys(kernel.factors ?? {}),
      cost: costOf(kernel),
      forms: new Map(),
    };
    this.#prepared.set(kernel, prepared);
    return prepared;
  }

  #form(kernel: Kernel, { factors, forms }: Prepared, args: KernelArgs<string, string>): Form {
    const uploaded = args.factors as SimdFactors | undefined;
    // In base 5: a factor that is not there; one of bytes that is for all units, or for each; one of numbers that is.
    let key = args.lengths ? 1 : 0;
    for (const name of factors) {
      const place = uploaded?.place(name);
      key = 5 * key + (place ? 1 + (place.strides.unit > 0 ? 1 : 0) + (place.isBytes ? 0 : 2) : 0);
    }
    const found = forms.get(key);
    if (found) return found;
    const present = factors.flatMap((name) => {
      const place = uploaded?.place(name);
      return place ? [[name, { byUnit: place.strides.unit > 0, isBytes: place.isBytes }] as const] : [];
    });
    const form = this.#compile(kernel, new Map(present), Boolean(args.lengths));
    forms.set(key, form);
    return form;
  }

  #compile(kernel: Kernel, factors: Target['factors'], lengths: boolean): Form {
    const { bytes, words } = compile(kernel, {
      factors,
      lengths,
      shared: this.#memory.shared,
      fused: this.#module.build.fused,
    });
    const { kernelWords } = this.#module.build.layout;
    if (words.length > kernelWords) {
      throw new EngineError(
        `kernel ${kernel.name}: at most ${kernelWords} numbers for its tensors, factors and scalars were expected, but it needs ${words.length}; cut it into smaller kernels`,
      );
    }
    const env = { memory: this.#memory.memory, log: this.#module.exports.log4 };
    const wasm = webAssembly();
    const { exports } = new wasm.Instance(new wasm.Module(bytes), { env });
    // Other threads read it there when they first take a part.
    const code = this.#memory.take(bytes.length);
    this.#memory.settledBytes().set(bytes, code.pointer);
    const slot = this.#runs.push(exports.run as CompiledRun) - 1;
    return {
      slot,
      code,
      codeBytes: bytes.length,
      words: words.length,
      writes: words.map((word) => ({ type: word.type, read: readerOf(kernel, word) })),
    };
  }
}

/** Steps of arithmetic for a unit. */
function costOf(kernel: Kernel): number {
  const segments = [...Object.values(kernel.inputs), ...Object.values(kernel.outputs)].flat().length;
  return traceFlushed(kernel).code.reduce(
    (sum, { operation }) => sum + (FUNCTION_COST[operation] ?? OPERATION_COST),
    SEGMENT_COST * segments,
  );
}
