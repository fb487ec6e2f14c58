// What Node runs in a process of its own where nobody has tried its V8: both modules are compiled as the engine would do it,
// and their products are compared, bit by bit. If V8 ends the process over them, it is this one. It prints 'same' when all is
// well. The build puts this text into vendor/simd.js, which pages load as well: so nothing in it is named as bundlers take for Node's.
const { setFlagsFromString } = require('v8');
const { switches, shared, wide, main } = JSON.parse(require('fs').readFileSync(0, 'utf8'));

const compile = (code) => new WebAssembly.Module(Buffer.from(code, 'base64'));
const set = (name, on) => setFlagsFromString(on ? `--${name}` : `--no-${name}`);
const memory = new WebAssembly.Memory({ initial: 16, maximum: 65536, shared });
for (const { name, on } of switches) set(name, on);
const products = new WebAssembly.Instance(compile(wide), { env: { memory } }).exports;
for (const list of [0, 0x8000])
  products.multiplyPanels(0x40000, 64, 0x10000, 64, 0x20000, 1024, 0, 0, 0, 1, 1, 1, 16, 16, list);
for (const { name, before } of switches) set(name, before);

const numbers = new Float32Array(memory.buffer);
const module = compile(main);
const load = (imported) =>
  new WebAssembly.Instance(module, { env: { memory }, operations: { kernel() {} }, products: imported }).exports;
const engines = [load(products), load({ isWide: 0, multiplyPanels() {} })];

const [A, B, BIAS, PLUS, PACKED, LIST, C] = [1, 2, 3, 4, 5, 6, 8].map((place) => place << 16);
// Rows 0, 1, 3 and 7 of a panel: those of them that a product has.
const words = new Int32Array(memory.buffer);
words.set([4, 0, 64, 192, 448], LIST / 4);
let same = true;
for (const [m, n, k] of [
  [6, 16, 1],
  [13, 37, 21],
  [32, 64, 100],
]) {
  for (let i = A / 4; i < PACKED / 4; i++) numbers[i] = Math.sin(i * 1.7);
  for (const list of [0, LIST]) {
    const results = engines.map((engine) => {
      engine.packTransposed(PACKED, B, k, n, k);
      numbers.fill(0, C / 4, C / 4 + m * n);
      // Often enough for V8 to compile the rest of it as well as it can.
      for (let i = 0; i < 2000; i++) engine.multiply(C, n, A, k, PACKED, BIAS, PLUS, n, m, n, k, list);
      return numbers.slice(C / 4, C / 4 + m * n);
    });
    same &&= results[0].every((value, i) => Object.is(value, results[1][i]));
  }
}
require('fs').writeSync(1, same ? 'same\n' : 'other\n');
