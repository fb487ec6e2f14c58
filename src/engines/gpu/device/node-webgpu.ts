import { importPackage } from '../../../platform/packages/import-package.js';

/**
 * WebGPU in Node, which has none of its own: the package `webgpu` (Dawn), if it is installed. keepgate does not depend
 * on it: it is 68 MB, and of use only beside a Vulkan driver.
 * @returns why there is no WebGPU, or null when `navigator.gpu` is there
 */
export async function offerWebGpu(): Promise<string | null> {
  const host = globalThis as unknown as { navigator?: { gpu?: unknown }; process?: { versions?: { node?: string } } };
  if (host.navigator?.gpu) return null;
  if (!host.process?.versions?.node) return 'this browser has no WebGPU';
  let gpu: unknown;
  try {
    const dawn = (await importPackage('webgpu')) as {
      create(flags: readonly string[]): unknown;
      globals: object;
    };
    gpu = dawn.create([]);
    Object.assign(globalThis, dawn.globals);
  } catch {
    return 'the package webgpu does not load (npm install webgpu)';
  }
  if (!host.navigator) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(host.navigator, 'gpu', { value: gpu, configurable: true });
  letNodeExit();
  return null;
}

/** How many wait for work of a device, and Dawn's next turn of the event loop. */
let waiting = 0;
let turn: NodeJS.Immediate | null = null;

/**
 * Dawn asks for one turn of the event loop after the other for as long as a device lives, so Node would never exit.
 * Its turns are told by their callback, a nameless native function: they keep Node alive while somebody waits for a
 * result, and not otherwise.
 */
function letNodeExit(): void {
  const { setImmediate: original } = globalThis;
  const patient = (callback: (...args: unknown[]) => void, ...args: unknown[]): NodeJS.Immediate => {
    const asked = original(callback, ...args);
    if (callback.name === '' && Function.prototype.toString.call(callback).includes('[native code]')) {
      turn = asked;
      if (waiting === 0) turn.unref();
    }
    return asked;
  };
  globalThis.setImmediate = Object.assign(patient, original) as typeof setImmediate;
}

/** Wait for work of a device, and keep Node alive meanwhile. */
export async function keptAlive<R>(work: Promise<R>): Promise<R> {
  waiting += 1;
  turn?.ref();
  try {
    return await work;
  } finally {
    waiting -= 1;
    if (waiting === 0) turn?.unref();
  }
}
