import { partsOf } from '../checks.ts';
import { EngineError, show } from '../errors.ts';
import type { Ops } from './ops.ts';
import { createEngine, type EngineName, type EngineOption } from './select.ts';

/** An engine for as long as somebody needs it. */
export interface EngineLease {
  readonly ops: Ops;
  /** The engine is not needed here any more. The last release of an engine waits for its end; a second call does nothing. */
  release(): Promise<void>;
}

interface SharedEngine {
  readonly creation: Promise<Ops>;
  /** Null until it is created. */
  ops: Ops | null;
  /** Including those that wait for its creation. */
  users: number;
}

/** What newcomers get. An engine that is not here any more lives on until its last user releases it. */
const engines = new Map<EngineName, SharedEngine>();

/**
 * The engine of an option. All who ask for a name share one engine, which is created for the first of them and disposed
 * of when the last one releases it; 'auto' shares that of 'simd' wherever it can be had. An engine that the
 * caller made, or its promise, stays the caller's to dispose of.
 * @throws EngineError for an unknown name or what is no engine, or what this machine lacks; the next lease tries again
 */
export async function leaseEngine(option: EngineOption = 'auto'): Promise<EngineLease> {
  if (typeof option !== 'string') {
    // Looked at before it is waited for: it may be anything.
    const { then } = partsOf<Promise<Ops>>('engine', option, 'then');
    const ops = typeof then === 'function' ? await option : (option as Ops);
    return { ops: expectEngine(ops), release: async () => {} };
  }
  return option === 'auto' ? leaseBest() : leaseByName(option);
}

/** A substitute has an engine of its own, so that who names it is not told what 'auto' could not be. */
async function leaseBest(): Promise<EngineLease> {
  if (engines.get('auto')?.ops?.usable) return leaseByName('auto');
  try {
    return await leaseByName('simd');
  } catch {
    return leaseByName('auto');
  }
}

/** @throws EngineError for what has not the functions of an engine, as far as they tell one from all else */
function expectEngine(ops: Ops): Ops {
  const functions = ['upload', 'read', 'run', 'openScope'] as const;
  if (Object.values(partsOf<Ops>('engine', ops, ...functions)).every((part) => typeof part === 'function')) return ops;
  throw new EngineError(
    `engine: a name, or an engine that createEngine() gives, was expected, but ${show(ops)} came; leave it out for 'auto'`,
  );
}

async function leaseByName(name: EngineName): Promise<EngineLease> {
  const known = engines.get(name);
  const engine = known && known.ops?.usable !== false ? known : share(name);
  engine.users += 1;
  const ops = await engine.creation;
  let end: Promise<void> | undefined;
  return {
    ops,
    release: () => {
      end ??= leave(name, engine, ops);
      return end;
    },
  };
}

function share(name: EngineName): SharedEngine {
  const creation = createEngine(name).then(
    (ops) => {
      engine.ops = ops;
      return ops;
    },
    (error) => {
      engines.delete(name);
      throw error;
    },
  );
  const engine: SharedEngine = { creation, ops: null, users: 0 };
  engines.set(name, engine);
  return engine;
}

async function leave(name: EngineName, engine: SharedEngine, ops: Ops): Promise<void> {
  engine.users -= 1;
  if (engine.users > 0) return;
  if (engines.get(name) === engine) engines.delete(name);
  await ops.dispose();
}
