import { Tensor } from 'keepgate';
import * as runtime from 'onnxruntime-web';

runtime.env.wasm.numThreads = 1;

/** What onnxruntime gives as y: tensors of floats as they are; ids and lengths as lists. */
export async function runOnnx(
  file: Uint8Array,
  inputs: Readonly<Record<string, Tensor | Int32Array | BigInt64Array>>,
  shape: readonly number[] = [],
): Promise<Tensor> {
  const session = await runtime.InferenceSession.create(file, { logSeverityLevel: 3 });
  try {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => {
        if (value instanceof Int32Array) return [name, new runtime.Tensor('int32', value, [value.length])];
        if (value instanceof BigInt64Array) return [name, new runtime.Tensor('int64', value, shape)];
        const dtype = value.data instanceof Float64Array ? 'float64' : 'float32';
        return [name, new runtime.Tensor(dtype, value.data as Float32Array, value.shape)];
      }),
    );
    const { y } = await session.run(feeds);
    return new Tensor(Float64Array.from(y?.data as Float32Array), y?.dims ?? []);
  } finally {
    await session.release();
  }
}
