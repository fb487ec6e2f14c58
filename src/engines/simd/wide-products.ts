import { findV8, type V8 } from '#platform/v8/flags.js';
import { messageOf } from '../../errors.ts';
import { type WasmMemory, webAssembly } from './web-assembly.ts';
import { wideAsked } from './wide-asked.ts';

/** The products in 256 bit: their module, and an instance of it. */
export interface WideProducts {
  readonly module: object | null;
  readonly exports: WideExports;
  /** Why there are none, where somebody wants them by all means. */
  readonly missing: string | null;
}

/** What an instance of the module exports: see assembly/wide.ts. */
export interface WideExports {
  readonly isWide: unknown;
  readonly multiplyPanels: (...operands: number[]) => void;
}

/** Stands for none: nobody calls it. */
export const NO_WIDE_PRODUCTS: WideExports = { isWide: 0, multiplyPanels: () => {} };

/** The binaries, and what a process that tries them runs: of vendor/simd.js. */
type WideSource = Pick<typeof import('#simd.js'), 'simdCode' | 'probeSource'>;

/** A module, or why there is none. */
type Compiled = { readonly module: object } | { readonly missing: string };

/**
 * The flags of V8, by name, with which a function becomes 256-bit code when it is first called. Without the last one V8 14.6 may end the
 * process later, when it has code that was made without Liftoff, the compiler that counts how often things are called. To compile
 * all functions at once takes another flag, under which V8 14.6 forgets modules that are compiled in the background.
 */
const FLAGS = [
  ['experimental-wasm-revectorize', true],
  ['liftoff', false],
  ['wasm-deopt', false],
] as const;

/** The versions of V8 in which CI compares these products with the others, bit by bit: those of Node 24 and of Node 26. */
export const TRIED: readonly string[] = ['13.6', '14.6'];

/** That of Node 20, which has fused multiply-add behind a flag. */
const BEFORE_RELAXED = '11.3';

/** By what was asked for, and whether the memory is shared: a probe that failed is not repeated either. */
const found = new Map<string, Compiled>();

/**
 * The products in 256 bit over a memory, if they are to be had, and faster. Their module is compiled once for all engines, in some
 * ten milliseconds in which V8's flags are others, for the whole process.
 * @param option see `SimdOptions`
 * @param memory of at least a megabyte, of which all but the first bytes are zeros: they stay so
 * @throws EngineError for what the option cannot be
 */
export function wideProducts(option: unknown, source: WideSource, memory: WasmMemory): WideProducts {
  const v8 = findV8();
  const asked = wideAsked(option, v8);
  const none = (missing: string | null): WideProducts => ({ module: null, exports: NO_WIDE_PRODUCTS, missing });
  if (!asked) return none(option ? 'KEEPGATE_WIDE is 0' : null);
  const name = `${asked}, ${memory.shared}`;
  const compiled = found.get(name) ?? compileWide(asked, source, memory, v8);
  found.set(name, compiled);
  let missing = 'they are not faster on this machine';
  if ('module' in compiled) {
    const exports = instanceOf(compiled.module, memory);
    if (isFaster(exports)) return { module: compiled.module, exports, missing: null };
  } else ({ missing } = compiled);
  // Who leaves it to us needs no reason.
  return none(asked === 'auto' ? null : missing);
}

function instanceOf(module: object, memory: WasmMemory): WideExports {
  const { isWide, multiplyPanels } = new (webAssembly().Instance)(module, { env: { memory } }).exports;
  return { isWide, multiplyPanels: multiplyPanels as WideExports['multiplyPanels'] };
}

/** The module itself, without a memory of what was found. */
export function compileWide(asked: true | 'auto', source: WideSource, memory: WasmMemory, v8: V8 | null): Compiled {
  if (!v8) return { missing: 'this host is not Node' };
  if (v8.arch !== 'x64') return { missing: `vectors have 128 bit on ${v8.arch}` };
  if (v8.locked !== null) return { missing: v8.locked };
  const version = v8.version.split('.', 2).join('.');
  if (version === BEFORE_RELAXED) {
    // It stays on, as all kernels need it: what it does is to accept more instructions.
    if (asked !== 'auto') v8.set('experimental-wasm-relaxed-simd', true);
    return { missing: `V8 ${version} does not have them, but fused multiply-add` };
  }
  const tried = TRIED.includes(version);
  if (!tried && asked === 'auto') return { missing: `V8 ${version} is not one of ${TRIED.join(', ')}` };
  const known = tried ? null : (v8.run(['--v8-options']) ?? '');
  const names = FLAGS.filter(([name]) => known?.includes(` --${name} (`) ?? true);
  if (names[0] !== FLAGS[0]) return { missing: `V8 ${version} does not have them` };
  const switches = names.map(([name, on]) => ({ name, on, before: v8.isOn(name) }));
  if (switches.some(({ before }) => before === null)) return { missing: `V8 ${version} does not tell its flags` };
  if (!tried && !runsApart(v8, switches, source, memory.shared))
    return { missing: `V8 ${version} did not compile them in a process of its own` };
  try {
    for (const { name, on } of switches) v8.set(name, on);
    const module = new (webAssembly().Module)(source.simdCode('wide', memory));
    // One tile of each kind, of all rows of a panel and by a list of them: their code serves all threads.
    const exports = instanceOf(module, memory);
    for (const list of [0, 0x8000]) multiplyZeros(exports, 1, 1, 1, list);
    return { module };
  } catch (error) {
    return { missing: `V8 ${version} does not compile them (${messageOf(error)})` };
  } finally {
    for (const { name, before } of switches) v8.set(name, before === true);
  }
}

/** Whether another process, which the attempt may end, finds that the products are the same. */
function runsApart(
  v8: V8,
  switches: readonly object[],
  { simdCode, probeSource }: WideSource,
  shared: boolean,
): boolean {
  const text = (build: 'wide' | 'relaxed'): string => Buffer.from(simdCode(build, { shared })).toString('base64');
  const input = JSON.stringify({ switches, shared, wide: text('wide'), main: text('relaxed') });
  return v8.run(['-e', probeSource], input) === 'same\n';
}

/** How often each tile is timed, for some 10 microseconds. */
const ROUNDS = 15;

/** Whether tiles of six rows, for which a CPU of 128 bit has too few registers, are faster than those of two. */
function isFaster(exports: WideExports): boolean {
  const time = (sixes: number, twos: number): number => {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      multiplyZeros(exports, sixes, 0, twos);
      best = Math.min(best, performance.now() - start);
    }
    return best;
  };
  return time(4, 0) < time(0, 12);
}

/** A product of so many tiles, of what the first megabyte of a memory holds before anything is in it. */
function multiplyZeros({ multiplyPanels }: WideExports, sixes: number, fours: number, twos: number, list = 0): void {
  const [n, k] = [64, 128];
  multiplyPanels(0x40000, 4 * n, 0x10000, 4 * k, 0x20000, 64 * k, 0, 0, 0, sixes, fours, twos, n, k, list);
}
