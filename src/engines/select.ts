import { readable } from '../checks.ts';
import { EngineError, messageOf, OptionError, show } from '../errors.ts';
import type { GpuOptions } from './gpu/create.ts';
import type { Ops } from './ops.ts';
import { createReferenceEngine } from './reference/engine.ts';
import type { SimdOptions } from './simd/engine.ts';
import { threadCount } from './simd/threads/thread-count.ts';
import { wideAsked } from './simd/wide-asked.ts';

/** The engines by name. */
const ENGINES: Readonly<Record<EngineName, (options: EngineOptions) => Promise<Ops>>> = {
  auto: async (options) => {
    expectOnly('auto', options, 'threads', 'wide');
    return createBest(options);
  },
  reference: async (options) => {
    expectOnly('reference', options);
    return createReferenceEngine();
  },
  simd: async (options) => {
    expectOnly('simd', options, 'threads', 'wide');
    return simd(options);
  },
  gpu: async ({ threads, wide, ...options }) => {
    if (threads !== undefined || wide !== undefined)
      throw new EngineError(
        `gpu: no ${threads === undefined ? 'wide products' : 'threads'} were expected, but some were asked for; 'simd' and 'auto' have them`,
      );
    return (await import('./gpu/create.ts')).createGpuEngine(options);
  },
};

/**
 * The engines: 'auto' is 'simd' (WebAssembly, float32) with threads or else with one, or 'reference' (plain TypeScript,
 * float64) where WebAssembly does not run; 'gpu' is gpu.js (float32).
 */
export type EngineName = 'auto' | 'reference' | 'simd' | 'gpu';

/** What some engines can be told. */
export interface EngineOptions extends GpuOptions, SimdOptions {}

/**
 * An engine by name; `describe()` tells what it picked.
 * @throws EngineError for an unknown name, an option that the engine does not have, or what this machine lacks
 * @example
 * ```ts
 * import { createEngine } from 'keepgate';
 *
 * const ops = await createEngine('reference');
 * console.log(ops.describe()); // prints: reference: float64 TypeScript, one thread
 * console.log([...(await ops.read(ops.sum(ops.upload([1, 2, 3], [3]))))]); // prints: [ 6 ]
 * await ops.dispose();
 * ```
 */
export async function createEngine(name: EngineName = 'auto', options: EngineOptions = {}): Promise<Ops> {
  const create = typeof name === 'string' && Object.hasOwn(ENGINES, name) ? ENGINES[name] : undefined;
  if (!create)
    throw new EngineError(`engine: one of ${Object.keys(ENGINES).join(', ')} was expected, but ${show(name)} came`);
  if (typeof options !== 'object' || options === null)
    throw new OptionError(`engine: an object of options was expected, but ${show(options)} came; such as { mode }`);
  return create(readable('engine', () => ({ ...options })));
}

function expectOnly(name: EngineName, options: EngineOptions, ...only: (keyof EngineOptions)[]): void {
  const other = Object.keys(options).find((option) => !only.some((known) => known === option));
  if (other !== undefined)
    throw new EngineError(
      `${name}: ${only.length === 0 ? 'no option was' : `only the options ${only.map((known) => `'${known}'`).join(' and ')} were`} expected, but ${show(other)} came; the engine 'gpu' has a mode, 'simd' and 'auto' have threads and wide`,
    );
}

/** What 'auto' is: the fastest engine that can be had here, and why it is not the one before it. */
async function createBest({ threads, wide }: SimdOptions): Promise<Ops> {
  threadCount(threads, null);
  wideAsked(wide);
  const refusals = new Set<string>();
  for (const asked of threads === 1 ? [1] : [threads, 1]) {
    try {
      return await simd({ threads: asked, wide }, refusals.size > 0 ? [instead('one thread is used', refusals)] : []);
    } catch (error) {
      refusals.add(messageOf(error));
    }
  }
  return createReferenceEngine([instead('reference, which is some twenty times slower, is used', refusals)]);
}

async function simd(options: SimdOptions, warnings: readonly string[] = []): Promise<Ops> {
  return (await import('./simd/engine.ts')).createSimdEngine(options, {}, warnings);
}

function instead(used: string, refusals: ReadonlySet<string>): string {
  return `auto: ${used}, as the engine before it cannot be had here (${[...refusals].join('; ')})`;
}

/** What an option `engine` takes: a name, or an engine, made or in the making. */
export type EngineOption = EngineName | Ops | Promise<Ops>;
