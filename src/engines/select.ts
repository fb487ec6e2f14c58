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
