import type { Kernel } from '../../kernel.ts';
import { type Instruction, type Program, SMALLEST, traceFlushed } from '../../trace.ts';
import { NUMBER_BYTES } from '../memory.ts';
import { Body, encodeModule } from './encode.ts';
import { type Word, wordsOf } from './kernel-words.ts';
import { VectorFunctions } from './sigmoid-tanh.ts';
import { simplify } from './simplify.ts';

/** A kernel as a module, and the words that it reads. */
export interface Compiled {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: readonly Word[];
}

/** What a kernel is compiled for. */
export interface Target {
  /** The factors that are there; others are 1. */
  readonly factors: ReadonlyMap<string, FactorForm>;
  readonly lengths: boolean;
  /** Whether threads share the memory. */
  readonly shared: boolean;
  /** Whether there are instructions that multiply and add. */
  readonly fused: boolean;
}

interface FactorForm {
  /** Whether each unit has an entry of its own. */
  readonly byUnit: boolean;
  /** Whether an entry is a byte, which is to be scaled, rather than a number. */
  readonly isBytes: boolean;
}

/** The number of the imported function. */
const LOG = 0;

/**
 * A kernel as a WebAssembly module: `run(words, from, to)` is a loop over these rows, and in it one over units, four at a
 * time and then one by one. All sizes are in the words that its first argument points to, so a kernel is compiled once.
 */
export function compile(kernel: Kernel, target: Target): Compiled {
  const writer = new KernelWriter(kernel, target);
  writer.write();
  const { body, words } = writer;
  return {
    bytes: encodeModule({
      name: kernel.name,
      parameters: ['i32', 'i32', 'i32'],
      body,
      imports: ['log'],
      shared: target.shared,
    }),
    words,
  };
}

/** A tensor's segments that are loaded or stored, by their registers; the row pointer is a word. */
interface Access {
  readonly tensor: string;
  readonly segments: readonly { readonly index: number; readonly register: number }[];
}

class KernelWriter {
  readonly body: Body = new Body(3);
  readonly words: Word[];
  readonly #kernel: Kernel;
  readonly #program: Program;
  readonly #loads: readonly Access[];
  readonly #stores: readonly Access[];
  readonly #factors: readonly (FactorForm & { readonly name: string; readonly pointer: number })[];
  readonly #live: boolean;
  readonly #functions: VectorFunctions | null;
  readonly #registers: number[];
  readonly #places = new Map<string, number>();
  readonly #one: number;
  readonly #zero: number;
  readonly #smallest: number;
  readonly #minusZero: number;
  readonly #sample: number;
  readonly #offset: number;
  readonly #unit: number;
  readonly #segmentBytes: number;
  readonly #address: number;

  constructor(kernel: Kernel, { factors, lengths, fused }: Target) {
    const { body } = this;
    const traced = traceFlushed(kernel);
    const absent = Object.keys(kernel.factors ?? {}).filter((name) => !factors.has(name));
    const ones = [...absent, ...(lengths ? [] : ['live'])].flatMap((name) => traced.loads.get(name) ?? []);
    const program = simplify(traced, new Set(ones));
    this.#kernel = kernel;
    this.#program = program;
    this.#live = lengths && program.loads.has('live');
    const present = [...factors].flatMap(([name, form]) => (program.loads.has(name) ? [{ ...form, name }] : []));
    const scalars = (kernel.scalars ?? []).filter((name) => program.loads.has(name));
    this.words = wordsOf(kernel, { lengths: this.#live, factors: present, scalars });
    for (const { name, type } of this.words) this.#places.set(name, body.local(type));
    this.#registers = Array.from({ length: program.registers }, () => body.local('v128'));
    [this.#one, this.#zero] = [body.local('v128'), body.local('v128')];
    [this.#smallest, this.#minusZero] = [body.local('v128'), body.local('v128')];
    this.#sample = body.local('i32');
    this.#unit = body.local('i32');
    this.#offset = body.local('i32');
    this.#segmentBytes = body.local('i32');
    this.#address = body.local('i32');
    this.#loads = accesses(kernel.inputs, program.loads);
    this.#stores = accesses(kernel.outputs, program.results);
    this.#factors = present.map((factor) => ({ ...factor, pointer: body.local('i32') }));

    this.#prepare(ones, scalars);
    const curved = program.code.some(({ operation }) => operation === 'sigmoid' || operation === 'tanh');
    this.#functions = curved ? new VectorFunctions(body, fused) : null;
  }

  /** What comes before the rows: words and constants in local variables. */
  #prepare(ones: readonly number[], scalars: readonly string[]): void {
    const { body } = this;
    for (const [index, { name, type }] of this.words.entries()) {
      body
        .get(0)
        .load(type, index * NUMBER_BYTES)
        .set(this.#place(name));
    }
    body.f32(1).do('f32x4.splat').set(this.#one).f32(0).do('f32x4.splat').set(this.#zero);
    body.f32(SMALLEST).do('f32x4.splat').set(this.#smallest).f32(-0).do('f32x4.splat').set(this.#minusZero);
    for (const index of ones) body.get(this.#one).set(this.#register(index));
    for (const name of scalars) {
      body
        .get(this.#place(`s ${name}`))
        .do('f32x4.splat')
        .set(this.#loaded(name));
    }
    for (const { operation, target, value } of this.#program.code) {
      if (operation === 'constant') body.f32(value).do('f32x4.splat').set(this.#register(target));
    }
  }

  write(): void {
    const { body } = this;
    const [from, to] = [1, 2];
    const [t, batch, width] = [this.#place('t'), this.#place('batch'), this.#place('width')];
    body.get(width).i32(NUMBER_BYTES).do('i32.mul').set(this.#segmentBytes);
    // To the first row: its sample and step, and what comes before it in each tensor.
    body.get(from).get(batch).do('i32.rem_u').set(this.#sample);
    body.get(t).get(from).get(batch).do('i32.div_u').do('i32.add').set(t);
    this.#advance(() => body.get(from));
    body.while(
      () => body.get(from).get(to).do('i32.lt_s'),
      () => {
        this.#onRow();
        body.i32(0).set(this.#offset).i32(0).set(this.#unit);
        body.while(
          () => body.get(this.#unit).i32(3).do('i32.add').get(width).do('i32.lt_s'),
          () => this.#onUnits(4),
        );
        body.while(
          () => body.get(this.#unit).get(width).do('i32.lt_s'),
          () => this.#onUnits(1),
        );
        this.#advance(() => body.i32(1));
        // The next sample, or the first of the next step.
        body.get(this.#sample).i32(1).do('i32.add').set(this.#sample);
        body.get(this.#sample).get(batch).do('i32.eq');
        body.if(() => body.i32(0).set(this.#sample).get(t).i32(1).do('i32.add').set(t));
        body.get(from).i32(1).do('i32.add').set(from);
      },
    );
  }

  /** Move the row pointers by so many rows. */
  #advance(rows: () => void): void {
    const { body } = this;
    for (const name of Object.keys(this.#kernel.inputs)) {
      const pointer = this.#place(`in ${name}`);
      body.get(pointer).get(this.#place(`stride ${name}`));
      rows();
      body.do('i32.mul').do('i32.add').set(pointer);
    }
    for (const [name, segments] of Object.entries(this.#kernel.outputs)) {
      const pointer = this.#place(`out ${name}`);
      body.get(pointer).get(this.#segmentBytes).i32(segments.length).do('i32.mul');
      rows();
      body.do('i32.mul').do('i32.add').set(pointer);
    }
  }

  /** What units of a row share. */
  #onRow(): void {
    const { body } = this;
    const t = this.#place('t');
    for (const { name, byUnit, isBytes, pointer } of this.#factors) {
      body
        .get(this.#place(`factor ${name}`))
        .get(t)
        .get(this.#place(`time ${name}`))
        .do('i32.mul')
        .do('i32.add');
      body
        .get(this.#sample)
        .get(this.#place(`row ${name}`))
        .do('i32.mul')
        .do('i32.add')
        .set(pointer);
      if (byUnit) continue;
      body.get(pointer);
      if (isBytes) {
        body.do('v128.load8_splat');
        this.#widen(name);
      } else body.do('v128.load32_splat').set(this.#loaded(name));
    }
    if (this.#live) {
      // 1 within the sample's length.
      body.get(this.#place('lengths')).get(this.#sample).i32(NUMBER_BYTES).do('i32.mul').do('i32.add');
      body.do('i32.load').get(t).do('i32.gt_s').do('f32.convert_i32_u').do('f32x4.splat').set(this.#loaded('live'));
    }
  }

  /** The body for four units or, at the end of a row, for one. */
  #onUnits(count: 1 | 4): void {
    const { body } = this;
    for (const { tensor, segments } of this.#loads) {
      this.#eachSegment(`in ${tensor}`, segments, (register) => {
        body
          .get(this.#address)
          .do(count === 4 ? 'v128.load' : 'v128.load32_splat')
          .set(register);
      });
    }
    for (const { name, byUnit, isBytes, pointer } of this.#factors) {
      if (!byUnit) continue;
      body
        .get(pointer)
        .get(isBytes ? this.#unit : this.#offset)
        .do('i32.add');
      if (isBytes) {
        body.do(count === 4 ? 'v128.load32_zero' : 'v128.load8_splat');
        this.#widen(name);
      } else body.do(count === 4 ? 'v128.load' : 'v128.load32_splat').set(this.#loaded(name));
    }
    for (const instruction of this.#program.code) this.#calculate(instruction);
    for (const { tensor, segments } of this.#stores) {
      this.#eachSegment(`out ${tensor}`, segments, (register) => {
        body.get(this.#address).get(register);
        if (count === 4) body.do('v128.store');
        else body.entry(0).do('f32.store');
      });
    }
    body
      .get(this.#offset)
      .i32(count * NUMBER_BYTES)
      .do('i32.add')
      .set(this.#offset);
    body.get(this.#unit).i32(count).do('i32.add').set(this.#unit);
  }

  /** One pointer a tensor, from which its segments are reached one by one: so many fit into a CPU's registers. */
  #eachSegment(pointer: string, segments: Access['segments'], use: (register: number) => void): void {
    const { body } = this;
    body.get(this.#place(pointer)).get(this.#offset).do('i32.add').set(this.#address);
    let at = 0;
    for (const { index, register } of segments) {
      for (; at < index; at++) body.get(this.#address).get(this.#segmentBytes).do('i32.add').set(this.#address);
      use(this.#register(register));
    }
  }

  /** Four bytes on the stack become a factor. */
  #widen(name: string): void {
    const { body } = this;
    body.do('i16x8.extend_low_i8x16_u').do('i32x4.extend_low_i16x8_u').do('f32x4.convert_i32x4_u');
    body
      .get(this.#place(`scale ${name}`))
      .do('f32x4.splat')
      .do('f32x4.mul')
      .set(this.#loaded(name));
  }

  #calculate({ operation, target, args }: Instruction): void {
    const { body } = this;
    const [x, y, z] = args.map((register) => this.#register(register)) as [number, number, number];
    const out = this.#register(target);
    const [one, zero] = [this.#one, this.#zero];
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
        body.get(x).call(LOG).set(out);
        return;
      case 'sigmoid':
      case 'tanh':
        this.#functions?.[operation](x, out);
        return;
      case 'greater':
        body.get(one).get(x).get(y).do('f32x4.gt').do('v128.and').set(out);
        return;
      case 'flush':
        // The magnitude without f32x4.abs, for which V8 takes three instructions.
        body.get(x).get(x).get(this.#minusZero).do('v128.andnot');
        body.get(this.#smallest).do('f32x4.lt').do('v128.andnot').set(out);
        return;
      case 'blend':
        // keep fresh + (1 - keep) old, and exactly the one or the other at 1 and 0, whatever the other is.
        body
          .get(y)
          .get(x)
          .get(y)
          .do('f32x4.mul')
          .get(one)
          .get(x)
          .do('f32x4.sub')
          .get(z)
          .do('f32x4.mul')
          .do('f32x4.add');
        body.get(x).get(one).do('f32x4.eq').do('v128.bitselect').set(out);
        body.get(z).get(out).get(x).get(zero).do('f32x4.eq').do('v128.bitselect').set(out);
        return;
    }
  }

  #place(word: string): number {
    return this.#places.get(word) as number;
  }

  #register(index: number): number {
    return this.#registers[index] as number;
  }

  #loaded(name: string): number {
    return this.#register(this.#program.loads.get(name) as number);
  }
}

/** The segments of each tensor that have a register. */
function accesses(tensors: Kernel['inputs'], registers: ReadonlyMap<string, number>): Access[] {
  return Object.entries(tensors).flatMap(([tensor, names]) => {
    const segments = names.flatMap((name, index) => {
      const register = registers.get(name);
      return register === undefined ? [] : [{ index, register }];
    });
    return segments.length === 0 ? [] : [{ tensor, segments }];
  });
}
