import { EngineError, show } from '../errors.ts';
import type { Ops } from './ops.ts';
import { createReferenceEngine } from './reference/engine.ts';

/** The engines by name. 'auto' picks the fastest that this machine has. */
const ENGINES: Readonly<Record<string, () => Ops>> = {
  auto: createReferenceEngine,
  reference: createReferenceEngine,
};

export type EngineName = 'auto' | 'reference';

/**
 * An engine by name; `describe()` tells what it picked.
 * @throws EngineError for an unknown name
 */
export async function createEngine(name: EngineName = 'auto'): Promise<Ops> {
  const create = Object.hasOwn(ENGINES, name) ? ENGINES[name] : undefined;
  if (!create)
    throw new EngineError(`engine: one of ${Object.keys(ENGINES).join(', ')} was expected, but ${show(name)} came`);
  return create();
}

/** What an option `engine` takes: a name, or an engine, made or in the making. */
export type EngineOption = EngineName | Ops | Promise<Ops>;

/** Gives the engine of such an option. A name makes one engine, when it is first asked for. */
export function lazyEngine(option: EngineOption = 'auto'): () => Promise<Ops> {
  let engine: Promise<Ops> | undefined;
  return () => {
    engine ??= typeof option === 'string' ? createEngine(option) : Promise.resolve(option);
    return engine;
  };
}
