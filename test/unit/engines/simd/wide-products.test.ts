import { setFlagsFromString } from 'node:v8';
import { EngineError } from 'keepgate';
import { beforeAll, describe, expect, test } from 'vitest';
import * as source from '#simd.js';
import { createSimdEngine } from '../../../../src/engines/simd/engine.ts';
import { createWasmMemory } from '../../../../src/engines/simd/memory.ts';
import { wideAsked } from '../../../../src/engines/simd/wide-asked.ts';
import { compileWide, TRIED } from '../../../../src/engines/simd/wide-products.ts';
import { findV8, type V8 } from '../../../../src/platform/v8/flags.ts';
import { findV8 as findV8InPage } from '../../../../src/platform/v8/flags.browser.ts';
import { runScript } from '../../../helpers/run-script.ts';
import { type Instance, instances } from './instantiate.ts';
import { numbers } from './module.ts';

/** Node 24 and 26: the others skip what needs them. */
const HAS_WIDE = process.arch === 'x64' && TRIED.includes(process.versions.v8.split('.', 2).join('.'));

/** A V8 whose flags are a table, and what was done to them. Its processes print what they are told. */
function fakeV8(version: string, settings: Partial<V8> & { readonly flags?: Record<string, boolean | null> } = {}) {
  const { flags = {}, ...others } = settings;
  const calls: string[] = [];
  const v8: V8 = {
    version,
    arch: 'x64',
    asked: undefined,
    locked: null,
    isOn: (name) => (name in flags ? (flags[name] as boolean | null) : name !== 'experimental-wasm-revectorize'),
    set: (name, on) => void calls.push(`${on ? '' : 'no '}${name}`),
    run: () => null,
    ...others,
  };
  return { v8, calls };
}

const ON = ['experimental-wasm-revectorize', 'no liftoff', 'no wasm-deopt'];
const memory = createWasmMemory({ shared: true });
const NAMES = ON.map((flag) => flag.replace('no ', ''));
const OPTIONS = NAMES.map((name) => `  --${name} (about it)\n        type: bool  default: --${name}\n`).join('');

describe('who has none is told why, and its flags are left alone', () => {
  const cases: [string, true | 'auto', V8 | null, string][] = [
    ['a page', true, findV8InPage(), 'this host is not Node'],
    ['another CPU', true, fakeV8('13.6.1', { arch: 'arm64' }).v8, 'vectors have 128 bit on arm64'],
    ['a worker', true, fakeV8('13.6.1', { locked: 'a worker' }).v8, 'a worker'],
    ['Node 20, by default', 'auto', fakeV8('11.3.244').v8, 'V8 11.3 does not have them, but fused multiply-add'],
    ['an unknown V8, by default', 'auto', fakeV8('99.1.2').v8, 'V8 99.1 is not one of 13.6, 14.6'],
    [
      'a V8 without the flag',
      true,
      fakeV8('99.1.2', { run: () => '  --liftoff (about it)' }).v8,
      'V8 99.1 does not have them',
    ],
    ['no process', true, fakeV8('99.1.2').v8, 'V8 99.1 does not have them'],
    [
      'flags that cannot be read',
      true,
      fakeV8('99.1.2', { run: () => OPTIONS, flags: { liftoff: null } }).v8,
      'V8 99.1 does not tell its flags',
    ],
    [
      'a V8 that ends the process that tries it',
      true,
      fakeV8('99.1.2', { run: ([first]) => (first === '-e' ? null : OPTIONS) }).v8,
      'V8 99.1 did not compile them in a process of its own',
    ],
    [
      'a V8 that computes something else',
      true,
      fakeV8('99.1.2', { run: ([first]) => (first === '-e' ? 'other\n' : OPTIONS) }).v8,
      'V8 99.1 did not compile them in a process of its own',
    ],
  ];
  test.each(cases)('%s', (_, asked, v8, missing) => {
    const touched: string[] = [];
    const watched = v8 && { ...v8, set: (name: string) => void touched.push(name) };
    expect(compileWide(asked, source, memory, watched)).toEqual({ missing });
    expect(touched).toEqual([]);
  });
});

describe('flags are on while one module compiles, and then what they were', () => {
  test.each([
    ['as they are by default', {}, ['no experimental-wasm-revectorize', 'liftoff', 'wasm-deopt']],
    [
      'as the process was started',
      { 'experimental-wasm-revectorize': true, liftoff: false, 'wasm-deopt': false },
      ['experimental-wasm-revectorize', 'no liftoff', 'no wasm-deopt'],
    ],
  ])('%s', (_, flags, off) => {
    const { v8, calls } = fakeV8('13.6.233.17-node.53', { flags });
    compileWide(true, source, memory, v8);
    expect(calls).toEqual([...ON, ...off]);
  });

  test('also where the code does not compile', () => {
    const { v8, calls } = fakeV8('14.6.202');
    const broken = { ...source, simdCode: () => new Uint8Array([1]) };
    expect(compileWide(true, broken, memory, v8)).toEqual({
      missing: expect.stringMatching(/^V8 14.6 does not compile them/),
    });
    expect(calls).toHaveLength(6);
  });

  test('a V8 that nobody tried is told those that it has, after another process was', () => {
    const inputs: unknown[] = [];
    const { v8, calls } = fakeV8('99.1.2', {
      run: ([first], input = '') => {
        if (first !== '-e') return OPTIONS.replace('--wasm-deopt (', '--other (');
        inputs.push(JSON.parse(input).switches);
        return 'same\n';
      },
    });
    compileWide(true, source, memory, v8);
    expect(calls).toEqual([
      'experimental-wasm-revectorize',
      'no liftoff',
      'no experimental-wasm-revectorize',
      'liftoff',
    ]);
    expect(inputs).toEqual([
      [
        { name: 'experimental-wasm-revectorize', on: true, before: false },
        { name: 'liftoff', on: false, before: true },
      ],
    ]);
  });

  test('on Node 20 one flag alone is set, and stays', () => {
    const { v8, calls } = fakeV8('11.3.244.8-node.38');
    expect(compileWide(true, source, memory, v8)).toHaveProperty('missing');
    expect(calls).toEqual(['experimental-wasm-relaxed-simd']);
  });
});

describe('the V8 of this process', () => {
  const v8 = findV8() as V8;

  test('tells whether a flag is on, whoever set it', () => {
    expect(v8.isOn('liftoff')).toBe(true);
    setFlagsFromString('--no-liftoff');
    expect(v8.isOn('liftoff')).toBe(false);
    v8.set('liftoff', true);
    expect(v8.isOn('liftoff')).toBe(true);
    expect([v8.version, v8.arch, v8.locked]).toEqual([process.versions.v8, process.arch, null]);
  });

  test('runs Node without the options of this one, or says that it cannot', () => {
    const script = 'process.stdout.write(process.env.NODE_OPTIONS + require("node:fs").readFileSync(0, "utf8"))';
    expect(v8.run(['-e', script], ' in')).toBe('undefined in');
    expect(v8.run(['-e', 'process.exit(3)'])).toBe(null);
  });

  test('compiles products in 256 bit beside other modules, and nobody is harmed', async () => {
    const script = 'test/unit/engines/simd/beside-other-modules.ts';
    const { status, stdout, stderr } = await runScript(script, []);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ wide: HAS_WIDE ? 20 : 0, same: true, lasting: true });
    expect(status).toBe(0);
  });

  test.skipIf(!HAS_WIDE)(
    'compiles all of the other module under the flags, should it be at work on it meanwhile',
    () => {
      const flags = [
        '--experimental-wasm-revectorize',
        '--no-liftoff',
        '--no-wasm-lazy-compilation',
        '--no-wasm-deopt',
      ];
      const script = `const codes = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
      for (const code of codes) new WebAssembly.Module(Buffer.from(code, 'base64'));
      process.stdout.write('all');`;
      const codes = (['relaxed', 'standard', 'wide'] as const).map((id) => source.simdCode(id, { shared: true }));
      const input = JSON.stringify(codes.map((code) => Buffer.from(code).toString('base64')));
      expect(v8.run([...flags, '-e', script], input)).toBe('all');
    },
  );

  test('an engine says what runs, with threads and without', async () => {
    const wanted = HAS_WIDE ? /, products in 256 bit, float32, (one thread|2 threads)$/ : /no products in 256 bit: /;
    for (const threads of [1, 2]) {
      const engine = await createSimdEngine({ threads, wide: true });
      expect(engine.describe()).toMatch(wanted);
      await engine.dispose();
    }
    const engine = await createSimdEngine({ threads: 1, wide: 'auto' });
    expect(engine.describe()).not.toContain('no products in 256 bit');
    await engine.dispose();
  });
});

describe.skipIf(!HAS_WIDE)('every product has the bits of the others', () => {
  const [plain, wide] = instances(64, { shared: false }).filter(({ id }) => id !== 'standard') as [Instance, Instance];
  const floats = new Float32Array(plain?.buffer ?? 0);
  const bits = new Int32Array(plain?.buffer ?? 0);
  const [A, B, BIAS, PLUS, PACKED, WORK] = [0x40000, 0x80000, 0xc0000, 0x100000, 0x140000, 0x180000];
  const [C, ROOM] = [0x200000, 0x40000];

  /** What both make of the same operands, at two places: all of it, with what lies between rows and behind them. */
  function expectSame(
    compute: (exports: Instance['exports'], c: number) => void,
    what: string,
    numbersOfC: number,
  ): void {
    const [from, to] = [C / 4, (C + ROOM) / 4];
    for (const start of [from, to]) floats.set(floats.subarray(PLUS / 4, PLUS / 4 + numbersOfC), start);
    compute(plain.exports, C);
    compute(wide.exports, C + ROOM);
    const bytes = (start: number): Buffer => Buffer.from(bits.buffer, 4 * start, 4 * numbersOfC);
    if (Buffer.compare(bytes(from), bytes(to)) !== 0) expect.fail(`${what}: other bits`);
  }

  const sizes = Array.from({ length: 40 }, (_, i) => i + 1);
  const larger = [
    [67, 131, 257],
    [97, 33, 704],
    [12, 100, 705],
    [6, 650, 96],
    [131, 64, 385],
    [1, 200, 300],
  ] as const;
  const all = [...sizes.flatMap((m) => sizes.flatMap((n) => sizes.map((k) => [m, n, k] as const))), ...larger];
  beforeAll(() => floats.set(numbers(C / 4 - A / 4, 1), A / 4));

  test('of 1 to 40 rows, columns and terms, and larger ones, with bias and what is added', () => {
    for (const [m, n, k] of all) {
      const [lda, ldc, ldp] = [k + (m % 3), n + (k % 4), n + (m % 2)];
      plain.exports.packTransposed(PACKED, B, k, n, k);
      const what = `m ${m}, n ${n}, k ${k}`;
      expectSame(({ multiply }, c) => multiply(c, ldc, A, lda, PACKED, 0, 0, 0, m, n, k, 0), what, m * ldc);
      expectSame(({ multiply }, c) => multiply(c, ldc, A, lda, PACKED, BIAS, PLUS, ldp, m, n, k, 0), what, m * ldc);
      expectSame(({ multiply }, c) => multiply(c, ldc, A, lda, PACKED, 0, c, ldc, m, n, k, 0), what, m * ldc);
      // Every third row of b alone.
      const rows = Array.from({ length: Math.floor(k / 3) }, (_, i) => 64 * (3 * i + 2));
      bits.set([rows.length, ...rows], WORK / 4);
      expectSame(({ multiply }, c) => multiply(c, ldc, A, lda, PACKED, BIAS, PLUS, ldp, m, n, k, WORK), what, m * ldc);
    }
  });

  test('of transposed operands', () => {
    for (const [m, n, k] of all) {
      const blocks = Math.ceil(k / plain.exports.blockRows());
      if (blocks * plain.exports.packedBytes(n, plain.exports.blockRows()) > WORK - PACKED) continue;
      plain.exports.packBlocks(PACKED, B, n, n, k, 0, 0, 0, blocks);
      const what = `m ${m}, n ${n}, k ${k}`;
      expectSame(({ multiplyTransposed }, c) => multiplyTransposed(c, n, A, m, PACKED, WORK, m, n, k), what, m * n);
    }
  });
});

test('the option, and the environment over it', () => {
  const asked = (option: unknown, variable?: string) => wideAsked(option, { asked: variable });
  expect([undefined, false, true, 'auto'].map((option) => asked(option))).toEqual([false, false, true, 'auto']);
  expect([undefined, false, true, 'auto'].map((option) => asked(option, '1'))).toEqual([true, false, true, true]);
  expect([undefined, false, true, 'auto'].map((option) => asked(option, '0'))).toEqual([false, false, false, false]);
  expect(asked(true, '')).toBe(true);
  expect(() => asked('yes')).toThrow(EngineError);
  expect(() => asked(undefined, 'yes')).toThrow(
    '0 or 1 was expected in the environment variable KEEPGATE_WIDE, but "yes"',
  );
});
