import {
  createEngine,
  dense,
  embedding,
  type GpuMode,
  key,
  lstm,
  type Ops,
  sequential,
  softmaxCrossEntropy,
} from 'keepgate';
import { type Level, thousandSteps } from '../helpers/thousand-steps.ts';

declare global {
  var trainLong: (mode: GpuMode) => Promise<{ readonly early: Level; readonly late: Level }>;
  var loseDevice: (mode: 'webgl2' | 'webgpu') => Promise<LostReport>;
  var askTooMuch: () => Promise<{ readonly error: string; readonly message: string; readonly after: number[] }>;
  /** Bytes of the page's heap after a collection; the test puts it there. */
  var heapBytes: () => Promise<number>;
}

/** What was left when a device was lost in the third epoch. */
export interface LostReport {
  readonly error: string;
  readonly message: string;
  /** The weights after the second epoch, and those that the model has in the end. */
  readonly expected: unknown;
  readonly left: unknown;
}

globalThis.trainLong = async (mode) => {
  const engine = (await createEngine('gpu', { mode })) as Ops & { readonly deviceBuffers: number };
  const levels = await thousandSteps(engine, async () => ({
    heap: await globalThis.heapBytes(),
    device: engine.deviceBuffers,
  }));
  await engine.dispose();
  return levels;
};

globalThis.loseDevice = async (mode) => {
  const lose = mode === 'webgl2' ? watchWebGl() : watchWebGpu();
  const engine = await createEngine('gpu', { mode });
  const layers = [embedding({ vocabulary: 5, units: 3 }), lstm({ units: 4 }), dense({ units: 2 })];
  const model = sequential(layers, { engine });
  const x = Array.from({ length: 12 }, (_, i) => [1 + (i % 2), 3, 4]);
  let expected: unknown;
  const training = model.fit(
    { x, y: x.map(([first]) => (first as number) - 1) },
    {
      key: key(5),
      epochs: 4,
      batchSize: 4,
      loss: softmaxCrossEntropy(),
      callbacks: [
        {
          onEpoch: async ({ epoch }) => {
            if (epoch === 2) expected = await model.getWeights();
          },
          onStep: async ({ step }) => {
            if (step === 8) await lose();
          },
        },
      ],
    },
  );
  const error = await training.then(
    () => new Error('nothing was thrown'),
    (thrown: Error) => thrown,
  );
  return {
    error: error.name,
    message: error.message,
    expected: JSON.parse(JSON.stringify(expected)),
    left: JSON.parse(JSON.stringify(await model.getWeights())),
  };
};

/** A result of more rows than WebGPU has workgroups for; and then one that it can make. */
globalThis.askTooMuch = async () => {
  const engine = await createEngine('gpu', { mode: 'webgpu' });
  const table = engine.upload([1, 2, 3], [3, 1]);
  const count = 8 * 65536;
  const error = await engine.read(engine.gather(table, engine.uploadIndices(new Int32Array(count), [count]))).then(
    () => new Error('nothing was thrown'),
    (thrown: Error) => thrown,
  );
  const after = [...(await engine.read(engine.sum(table)))];
  await engine.dispose();
  return { error: error.name, message: error.message, after };
};

interface LosableContext {
  getExtension(name: string): { loseContext(): void } | null;
}

/** Remembers the contexts that are made from now on. Returns what loses them. */
function watchWebGl(): () => Promise<void> {
  const contexts: LosableContext[] = [];
  const canvas = (globalThis as unknown as { HTMLCanvasElement: { prototype: Record<string, unknown> } })
    .HTMLCanvasElement;
  const original = canvas.prototype.getContext as (...args: unknown[]) => unknown;
  canvas.prototype.getContext = function (this: unknown, ...args: unknown[]): unknown {
    const context = original.apply(this, args);
    if (context) contexts.push(context as LosableContext);
    return context;
  };
  return async () => {
    for (const context of contexts) context.getExtension('WEBGL_lose_context')?.loseContext();
  };
}

/** The same for devices of WebGPU. */
function watchWebGpu(): () => Promise<void> {
  const devices: { destroy(): void; readonly lost: Promise<unknown> }[] = [];
  const adapter = (globalThis as unknown as { GPUAdapter: { prototype: Record<string, unknown> } }).GPUAdapter;
  const original = adapter.prototype.requestDevice as (...args: unknown[]) => Promise<(typeof devices)[number]>;
  adapter.prototype.requestDevice = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
    const device = await original.apply(this, args);
    devices.push(device);
    return device;
  };
  return async () => {
    for (const device of devices) {
      device.destroy();
      await device.lost;
    }
  };
}
