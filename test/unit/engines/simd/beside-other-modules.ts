/**
 * Compiles products in 256 bit again and again, while other modules are compiled, in the background, and others at work become
 * hot; prints whether all of them compute what they did before, and whether the flags of V8 are what they were. It is a process
 * of its own, as V8 ends the process over what it cannot compile.
 */
import { cachedDataVersionTag } from 'node:v8';
import * as source from '#simd.js';
import { createWasmMemory } from '../../../../src/engines/simd/memory.ts';
import { compileWide, NO_WIDE_PRODUCTS } from '../../../../src/engines/simd/wide-products.ts';
import { findV8 } from '../../../../src/platform/v8/flags.ts';

type Code = Uint8Array<ArrayBuffer>;
type Exports = ReturnType<typeof load>;

const { WebAssembly: wasm } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
    compile(code: Code): Promise<object>;
    validate(code: Code): boolean;
  };
};

const memory = createWasmMemory({ shared: true });
const numbers = new Float32Array(memory.buffer);
const [A, B, PACKED, C] = [0x20000, 0x40000, 0x60000, 0x80000];
const [m, n, k] = [13, 37, 21];

/** Behind the code a section that means nothing, so that V8 does not know the module already. */
let count = 0;
function unknown(code: Code): Code {
  const number = ++count;
  return new Uint8Array([...code, 0, 4, 1, 97, number >> 8, number & 255]);
}

function load(module: object) {
  const imports = { env: { memory }, operations: { kernel() {} }, products: NO_WIDE_PRODUCTS };
  return new wasm.Instance(module, imports).exports as import('#simd.js').SimdExports;
}

function product({ packTransposed, multiply, softmax, exp }: Exports): string {
  for (let i = A / 4; i < C / 4; i++) numbers[i] = Math.sin(i * 1.7);
  packTransposed(PACKED, B, k, n, k);
  for (let i = 0; i < 50; i++) multiply(C, n, A, k, PACKED, 0, 0, 0, m, n, k, 0);
  softmax(C, C, m, n);
  exp(C, C, m * n);
  return numbers.slice(C / 4, C / 4 + m * n).join();
}

const builds = (['relaxed', 'standard'] as const).filter((id) => wasm.validate(source.simdCode(id, { shared: true })));
const first = new Map<string, string>();
for (const id of builds)
  first.set(id, product(load(await wasm.compile(unknown(source.simdCode(id, { shared: true }))))));
const tag = cachedDataVersionTag();
let [wide, same, lasting] = [0, true, true];
const atWork: [string, Exports][] = [];
for (let round = 0; round < 20; round++) {
  const others = builds.map((id) => [id, wasm.compile(unknown(source.simdCode(id, { shared: true })))] as const);
  const simdCode: typeof source.simdCode = (...which) => unknown(source.simdCode(...which));
  if ('module' in compileWide('auto', { ...source, simdCode }, memory, findV8())) wide++;
  lasting &&= cachedDataVersionTag() === tag;
  for (const [id, other] of others) atWork.push([id, load(await other)]);
  for (const [id, exports] of atWork) same &&= product(exports) === first.get(id);
}
console.log(JSON.stringify({ wide, same, lasting }));
