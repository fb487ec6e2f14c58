import { optionsOf } from '../../checks.ts';
import { EngineError } from '../../errors.ts';
import { Device } from './device/device.ts';
import { type GlContext, type GpuJs, kernelClass, loadGpuJs, type WebGpuContext } from './device/library.ts';
import { expectMode, GPU_MODES, type GpuMode } from './device/modes.ts';
import { keptAlive, offerWebGpu } from './device/node-webgpu.ts';
import { GpuEngine } from './engine.ts';

/** What the engine 'gpu' can be told. */
export interface GpuOptions {
  /** How gpu.js runs kernels. When left out: the best hardware that is there, or else 'webasm'. */
  readonly mode?: GpuMode;
}

/** What a mode would run on here. */
interface Found {
  /** The adapter, as its driver names it. */
  readonly adapter: string;
  /** Whether a GPU computes, and not a program that stands in for one. */
  readonly hardware: boolean;
  readonly webgpu: WebGpuContext | null;
}

/**
 * The engine on gpu.js.
 * @throws EngineError for a mode that does not exist, or that this machine does not have
 */
export async function createGpuEngine(options: GpuOptions = {}): Promise<GpuEngine> {
  const { mode } = optionsOf('gpu', options, { mode: true });
  if (mode !== undefined) {
    expectMode(mode);
    const library = await loadGpuJs(mode);
    const found = await probe(library, mode);
    if (found instanceof Missing) {
      throw new EngineError(
        `gpu: the mode ${mode} was expected to run here, but ${found.reason}; ${await others(library, mode)}`,
      );
    }
    return new GpuEngine(new Device(library, mode, found.webgpu), about(mode, found));
  }
  const library = await loadGpuJs('webasm');
  const passed: string[] = [];
  for (const candidate of HARDWARE) {
    const found = await probe(library, candidate);
    if (!(found instanceof Missing) && found.hardware) {
      return new GpuEngine(new Device(library, candidate, found.webgpu), about(candidate, found));
    }
    passed.push(
      found instanceof Missing ? `${candidate}: ${found.reason}` : `${candidate}: ${found.adapter} is software`,
    );
  }
  const found = (await probe(library, 'webasm')) as Found;
  return new GpuEngine(
    new Device(library, 'webasm', null),
    `${about('webasm', found)}; no hardware GPU (${passed.join('; ')})`,
  );
}

/** The modes that may run on a GPU without anything that a user has to install first. */
const HARDWARE: readonly GpuMode[] = ['webgpu', 'webgl2', 'webgl'];

class Missing {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

function about(mode: GpuMode, { adapter, hardware }: Found): string {
  return `gpu: gpu.js in mode ${mode}, float32, on ${adapter}${hardware ? '' : ' (no GPU)'}`;
}

async function others(library: GpuJs, asked: GpuMode): Promise<string> {
  const found = await Promise.all(
    GPU_MODES.filter((mode) => mode !== asked && mode !== 'headlessgl').map(async (mode) => {
      const offer = await probe(library, mode);
      return offer instanceof Missing ? [] : [mode];
    }),
  );
  return `this machine offers ${found.flat().join(', ')}: choose one of them`;
}

async function probe(library: GpuJs, mode: GpuMode): Promise<Found | Missing> {
  if (mode === 'cpu') return { adapter: 'JavaScript on one thread', hardware: false, webgpu: null };
  if (mode === 'webgpu') return probeWebGpu(library);
  if (!kernelClass(library, mode).isSupported) return new Missing(MISSING[mode]);
  if (mode === 'webasm') return { adapter: 'WebAssembly on one thread', hardware: false, webgpu: null };
  const adapter = rendererOf(library, mode);
  // Its context calls itself ANGLE, whatever computes.
  if (mode === 'headlessgl')
    return { adapter: `${adapter}, which does not tell its GPU`, hardware: true, webgpu: null };
  return { adapter, hardware: !SOFTWARE.test(adapter), webgpu: null };
}

const MISSING: Readonly<Record<Exclude<GpuMode, 'cpu' | 'webgpu'>, string>> = {
  webgl2: 'there is no WebGL 2 (it needs a browser that has it)',
  webgl: 'there is no WebGL (it needs a browser that has it)',
  headlessgl: 'the package gl gives no context (it needs a display, such as xvfb)',
  webasm: 'there is no WebAssembly',
};

async function probeWebGpu(library: GpuJs): Promise<Found | Missing> {
  const refusal = await offerWebGpu();
  if (refusal) return new Missing(refusal);
  try {
    const context = await keptAlive(library.WebGPUContext.acquire());
    const { info } = context.adapter;
    const adapter =
      info?.description || [info?.vendor, info?.architecture].filter(Boolean).join(' ') || 'a WebGPU adapter';
    const names = [adapter, info?.vendor, info?.architecture].join(' ');
    return { adapter, hardware: !info?.isFallbackAdapter && !SOFTWARE.test(names), webgpu: context };
  } catch (error) {
    return new Missing(`WebGPU has no adapter (${(error as Error).message.split('. ')[0]})`);
  }
}

/** Programs that stand in for a GPU: 8 to 16 times slower than WebAssembly. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

function rendererOf(library: GpuJs, mode: GpuMode): string {
  const { testContext } = kernelClass(library, mode) as { readonly testContext?: GlContext | null };
  const debug = testContext?.getExtension('WEBGL_debug_renderer_info');
  const name = testContext?.getParameter(debug ? debug.UNMASKED_RENDERER_WEBGL : testContext.RENDERER);
  return typeof name === 'string' && name !== '' ? name : 'an unnamed renderer';
}
