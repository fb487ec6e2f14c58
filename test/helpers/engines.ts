import { createEngine, type GpuMode, type Ops } from 'keepgate';

/** An engine as the suites see it: what it holds can be counted. */
export interface CountedOps extends Ops {
  /** Buffers that are not freed. */
  readonly liveBuffers: number;
  /** Buffers and textures of a device that are not freed, where there is a device. */
  readonly deviceBuffers?: number;
}

/** An engine that the suites run on, and how. A new engine or mode is one more row. */
export interface EngineRow {
  readonly name: string;
  readonly place: 'node' | 'chromium';
  /** The mode of gpu.js that must run. */
  readonly mode?: GpuMode;
  /** By list of checks, the largest error, relative to max(1, |expected|), that its number format allows. */
  readonly tolerances: Tolerances;
  create(): Promise<CountedOps>;
}

export interface Tolerances {
  readonly operations: number;
  readonly masks: number;
  readonly cells: number;
  readonly fixtures: number;
  readonly training: number;
}

const FLOAT64: Tolerances = { operations: 1e-9, masks: 0, cells: 1e-9, fixtures: 1e-9, training: 1e-9 };
const FLOAT32: Tolerances = { operations: 1e-5, masks: 0, cells: 1e-5, fixtures: 1e-5, training: 1e-4 };

export const ENGINES: readonly EngineRow[] = [
  { name: 'reference', place: 'node', tolerances: FLOAT64, create: () => counted(createEngine('reference')) },
  simd('node'),
  gpu('node', 'cpu'),
  gpu('node', 'webasm'),
  simd('chromium'),
  gpu('chromium', 'webgl2'),
  gpu('chromium', 'webgpu'),
];

function simd(place: EngineRow['place']): EngineRow {
  return { name: 'simd', place, tolerances: FLOAT32, create: () => counted(createEngine('simd')) };
}

function gpu(place: EngineRow['place'], mode: GpuMode): EngineRow {
  const create = (): Promise<CountedOps> => counted(createEngine('gpu', { mode }));
  return { name: `gpu ${mode}`, place, mode, tolerances: FLOAT32, create };
}

async function counted(engine: Promise<Ops>): Promise<CountedOps> {
  return (await engine) as CountedOps;
}
