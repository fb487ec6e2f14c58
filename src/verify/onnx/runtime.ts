import { EngineError, messageOf } from '../../errors.ts';
import { importPackage } from '../../platform/packages/import-package.js';

/** What of onnxruntime-web is used. */
export interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads?: number } };
  readonly InferenceSession: {
    create(file: Uint8Array, options: { readonly logSeverityLevel: number }): Promise<OnnxSession>;
  };
  readonly Tensor: new (dtype: string, data: unknown, shape: readonly number[]) => OnnxTensor;
}

export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}

export interface OnnxTensor {
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];
}

/** Errors, and not what it warns of. */
export const QUIET = { logSeverityLevel: 3 } as const;

/** onnxruntime-web, on one thread: the same sums on every machine. @throws EngineError where it is not installed */
export async function onnxRuntime(): Promise<OnnxRuntime> {
  try {
    const runtime = (await importPackage('onnxruntime-web')) as OnnxRuntime;
    runtime.env.wasm.numThreads = 1;
    return runtime;
  } catch (error) {
    throw new EngineError(
      `onnxSubject: the package onnxruntime-web was expected, but it cannot be loaded (${messageOf(error)}); npm install onnxruntime-web`,
    );
  }
}
