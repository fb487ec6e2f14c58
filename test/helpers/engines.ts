import { createEngine, type Ops } from 'keepgate';

/** An engine that the suites run on. A new engine is one more row. */
export interface EngineRow {
  readonly name: string;
  /** The largest error, relative to max(1, |expected|), that its number format allows. */
  readonly tolerance: number;
  create(): Promise<Ops>;
}

export const ENGINES: readonly EngineRow[] = [
  { name: 'reference', tolerance: 1e-9, create: () => createEngine('reference') },
];
