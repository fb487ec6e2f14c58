/**
 * Writes WebAssembly modules, as far as traced kernels need: imported memory and functions, one function that is
 * exported. https://webassembly.github.io/spec/core/binary
 */

/** A type of values on the stack. */
export type ValueType = 'i32' | 'f32' | 'v128';

const TYPE: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

/** Plain instructions by name, and SIMD ones, which have a prefix. */
const PLAIN = {
  'i32.load': 0x28,
  'f32.load': 0x2a,
  'f32.store': 0x38,
  'i32.add': 0x6a,
  'i32.mul': 0x6c,
  'i32.div_u': 0x6e,
  'i32.rem_u': 0x70,
  'i32.lt_s': 0x48,
  'i32.gt_s': 0x4a,
  'i32.eq': 0x46,
  'f32.convert_i32_u': 0xb3,
} as const;
const SIMD = {
  'v128.load': 0x00,
  'v128.load32_splat': 0x09,
  'v128.store': 0x0b,
  'v128.load32_zero': 0x5c,
  'v128.load8_splat': 0x07,
  'f32x4.splat': 0x13,
  'f32x4.eq': 0x41,
  'f32x4.lt': 0x43,
  'f32x4.gt': 0x44,
  'v128.and': 0x4e,
  'v128.andnot': 0x4f,
  'v128.or': 0x50,
  'v128.bitselect': 0x52,
  'i16x8.extend_low_i8x16_u': 0x89,
  'i32x4.extend_low_i16x8_u': 0xa9,
  'i32x4.shl': 0xab,
  'i32x4.add': 0xae,
  'f32x4.abs': 0xe0,
  'f32x4.neg': 0xe1,
  'f32x4.sqrt': 0xe3,
  'f32x4.add': 0xe4,
  'f32x4.sub': 0xe5,
  'f32x4.mul': 0xe6,
  'f32x4.div': 0xe7,
  'f32x4.pmin': 0xea,
  'f32x4.pmax': 0xeb,
  'f64x2.add': 0xf0,
  'f64x2.sub': 0xf1,
  'f64x2.mul': 0xf2,
  'f32x4.convert_i32x4_u': 0xfb,
  'f32x4.relaxed_madd': 0x105,
} as const;
const MEMORY_ACCESS = /load|store/;

export type Instruction = keyof typeof PLAIN | keyof typeof SIMD;

/** The body of a function: instructions one after the other. */
export class Body {
  readonly #bytes: number[] = [];
  readonly #parameters: number;
  readonly #locals: ValueType[] = [];

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  /** A new local variable. */
  local(type: ValueType): number {
    return this.#parameters + this.#locals.push(type) - 1;
  }

  get(local: number): this {
    return this.#put(0x20, ...unsigned(local));
  }

  set(local: number): this {
    return this.#put(0x21, ...unsigned(local));
  }

  i32(value: number): this {
    return this.#put(0x41, ...signed(value));
  }

  f32(value: number): this {
    return this.#put(0x43, ...new Uint8Array(Float32Array.of(value).buffer));
  }

  /** An instruction; a load or store takes the address from the stack, without an offset or a promise of alignment. */
  do(name: Instruction): this {
    if (name in PLAIN) this.#put(PLAIN[name as keyof typeof PLAIN]);
    else this.#put(0xfd, ...unsigned(SIMD[name as keyof typeof SIMD]));
    return MEMORY_ACCESS.test(name) ? this.#put(0, 0) : this;
  }

  /** Load a number from so many bytes behind the address on the stack. */
  load(type: 'i32' | 'f32', offset: number): this {
    return this.#put(PLAIN[`${type}.load`], 2, ...unsigned(offset));
  }

  /** An entry of a vector, as a number. */
  entry(index: number): this {
    return this.#put(0xfd, 0x1f, index);
  }

  call(fn: number): this {
    return this.#put(0x10, ...unsigned(fn));
  }

  /** Run `body` while `condition` leaves something else than 0 on the stack. */
  while(condition: () => void, body: () => void): void {
    this.#put(0x02, 0x40, 0x03, 0x40);
    condition();
    this.#put(0x45, 0x0d, 1);
    body();
    this.#put(0x0c, 0, 0x0b, 0x0b);
  }

  /** Run `body` if there is something else than 0 on the stack. */
  if(body: () => void): void {
    this.#put(0x04, 0x40);
    body();
    this.#put(0x0b);
  }

  bytes(): number[] {
    const locals = this.#locals.flatMap((type) => [1, TYPE[type]]);
    const code = [...unsigned(this.#locals.length), ...locals, ...this.#bytes, 0x0b];
    return [...unsigned(code.length), ...code];
  }

  #put(...bytes: readonly number[]): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }
}

/** What a module begins with: the format's name and version. */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** A module that imports `env.memory` and functions of one vector, and exports one function, `run`. */
export function encodeModule({
  name,
  parameters,
  body,
  imports,
  shared,
}: {
  /** What profilers call its function. */
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly body: Body;
  /** Functions from a vector to a vector, by name; their numbers come first. */
  readonly imports: readonly string[];
  /** Whether the memory is shared by threads. */
  readonly shared: boolean;
}): Uint8Array<ArrayBuffer> {
  const types = [
    [0x60, ...vector(parameters.map((type) => [TYPE[type]])), 0],
    [0x60, ...vector([[TYPE.v128]]), ...vector([[TYPE.v128]])],
  ];
  // A memory that is shared has a maximum: the most there can be.
  const limits = shared ? [0x03, 0, ...unsigned(65536)] : [0x00, 0];
  const memory = [...text('env'), ...text('memory'), 0x02, ...limits];
  const functions = imports.map((name) => [...text('env'), ...text(name), 0x00, 1]);
  return Uint8Array.of(
    ...HEADER,
    ...section(1, vector(types)),
    ...section(2, vector([memory, ...functions])),
    ...section(3, vector([[0]])),
    ...section(7, vector([[...text('run'), 0x00, ...unsigned(imports.length)]])),
    ...section(10, vector([body.bytes()])),
    // Custom: the names of functions.
    ...section(0, [...text('name'), ...section(1, vector([[...unsigned(imports.length), ...text(name)]]))]),
  );
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function vector(entries: readonly (readonly number[])[]): number[] {
  return [...unsigned(entries.length), ...entries.flat()];
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128, as all integers of a module are written. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return done ? [low] : [low | 0x80, ...signed(rest)];
}
