import { ENGINES, type EngineRow } from '../helpers/engines.ts';
import { checkLists } from './checks/lists.ts';

/** What came of all checks on an engine in a page. */
export interface PageReport {
  readonly describe: string;
  /** By list and check: the error, or what was thrown. */
  readonly results: Readonly<Record<string, Readonly<Record<string, number | string>>>>;
  /** Buffers that were not freed before and after: of the engine, and of its device. */
  readonly before: Counts;
  readonly after: Counts;
  /** Whether the engine said that it can be used, before it was disposed of and after. */
  readonly usable: readonly [boolean, boolean];
  /** By list, in milliseconds. */
  readonly times: Readonly<Record<string, number>>;
}

interface Counts {
  readonly live: number;
  readonly device: number;
}

declare global {
  /** @param golden test/golden/recurrent.json, parsed */
  var runChecks: (engine: string, golden: unknown) => Promise<PageReport>;
}

globalThis.runChecks = async (name, golden) => {
  const row = ENGINES.find((one) => one.name === name) as EngineRow;
  const engine = await row.create();
  const count = (): Counts => ({ live: engine.liveBuffers, device: engine.deviceBuffers ?? 0 });
  const before = count();
  const results: Record<string, Record<string, number | string>> = {};
  const times: Record<string, number> = {};
  for (const [list, checks] of Object.entries(checkLists(golden))) {
    const start = performance.now();
    const found: Record<string, number | string> = {};
    for (const { name: check, run } of checks) found[check] = await run(engine).catch(String);
    results[list] = found;
    times[list] = performance.now() - start;
  }
  const after = count();
  const describe = engine.describe();
  const usable = engine.usable;
  await engine.dispose();
  return { describe, results, before, after, usable: [usable, engine.usable], times };
};
