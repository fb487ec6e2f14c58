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
  /** A part of what the engine must say that it runs on. */
  readonly runsOn: string;
  /** A mode of gpu.js. */
  readonly mode?: GpuMode;
  /** Whether a page must be cross-origin isolated for it. */
  readonly isolated?: boolean;
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
  {
    name: 'reference',
    place: 'node',
    runsOn: 'reference',
    tolerances: FLOAT64,
    create: () => counted(createEngine('reference')),
  },
  simd('node', 1),
  simd('node', 2),
  wide(2),
  gpu('node', 'cpu'),
  gpu('node', 'webasm'),
  simd('chromium', 1),
  simd('chromium', 2),
  gpu('chromium', 'webgl2'),
  gpu('chromium', 'webgpu'),
];

/** Several threads share even the smallest work here. */
function simd(place: EngineRow['place'], threads: number): EngineRow {
  return {
    name: `simd, ${threads} threads`,
    place,
    isolated: threads > 1,
    tolerances: FLOAT32,
    runsOn: threads === 1 ? 'one thread' : `${threads} threads`,
    create: async () => {
      // Not a static import, as keepgate itself loads an engine when it is asked for.
      const { createSimdEngine } = await import('../../src/engines/simd/engine.ts');
      return createSimdEngine({ threads }, { leastPart: 1, bandRows: 1 });
    },
  };
}

/** Products in 256 bit on Node 24 and 26, and fused multiply-adds on Node 20: for the whole process, so after the others. */
function wide(threads: number): EngineRow {
  return {
    ...simd('node', threads),
    name: `simd, wide, ${threads} threads`,
    create: async () => {
      const { createSimdEngine } = await import('../../src/engines/simd/engine.ts');
      return createSimdEngine({ threads, wide: true }, { leastPart: 1 });
    },
  };
}

function gpu(place: EngineRow['place'], mode: GpuMode): EngineRow {
  const create = (): Promise<CountedOps> => counted(createEngine('gpu', { mode }));
  return { name: `gpu ${mode}`, place, mode, runsOn: `mode ${mode},`, tolerances: FLOAT32, create };
}

async function counted(engine: Promise<Ops>): Promise<CountedOps> {
  return (await engine) as CountedOps;
}
