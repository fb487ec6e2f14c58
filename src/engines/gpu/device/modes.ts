import { EngineError, show } from '../../../errors.ts';

/**
 * The ways in which gpu.js can run a kernel, the fastest first.
 * @example
 * ```ts
 * import { GPU_MODES } from 'keepgate';
 *
 * console.log(GPU_MODES.join(', ')); // prints: webgpu, webgl2, webgl, headlessgl, webasm, cpu
 * ```
 */
export const GPU_MODES = ['webgpu', 'webgl2', 'webgl', 'headlessgl', 'webasm', 'cpu'] as const;

/** One of {@link GPU_MODES}: `createEngine('gpu', { mode })` takes it. */
export type GpuMode = (typeof GPU_MODES)[number];

/** Whether results stay on a device, as buffers or textures; the others compute on arrays of the host. */
export function isResident(mode: GpuMode): boolean {
  return mode !== 'webasm' && mode !== 'cpu';
}

/** @throws EngineError for a mode that does not exist */
export function expectMode(mode: unknown): asserts mode is GpuMode {
  if (!GPU_MODES.some((known) => known === mode)) {
    throw new EngineError(`gpu: a mode of ${GPU_MODES.join(', ')} was expected, but ${show(mode)} came`);
  }
}
