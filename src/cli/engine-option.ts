import type { GpuMode } from '../engines/gpu/device/modes.ts';
import type { Ops } from '../engines/ops.ts';
import { createEngine, type EngineName } from '../engines/select.ts';
import { EngineError, OptionError } from '../errors.ts';
import { output } from './output.ts';

/** What a command is told about its engine; `createEngine` checks it. */
export interface EngineChoice {
  readonly engine: EngineName;
  readonly mode?: GpuMode;
  readonly threads?: number;
  readonly wide?: boolean;
  readonly json: boolean;
}

/**
 * Make the engine of a command, and give it back when the work ends, however it ends: an engine that lives keeps the
 * process alive.
 * @throws OptionError for an engine that cannot be had: then the command is wrong. What fails later is the work.
 */
export async function withEngine<R>(choice: EngineChoice, work: (engine: Ops) => Promise<R>): Promise<R> {
  const engine = await make(choice);
  for (const warning of engine.warnings ?? []) output(choice.json).warn(warning);
  const expected = engine.describe();
  let result: R;
  try {
    result = await work(engine);
  } catch (error) {
    // A device that is lost may not end well either; why the work failed counts.
    await engine.dispose().catch(() => {});
    throw error;
  }
  const ran = engine.describe();
  // Such as kernels that fell back to another backend: known only after they ran.
  if (ran !== expected) output(choice.json).warn(ran);
  await engine.dispose();
  return result;
}

async function make({ engine, mode, threads, ...choice }: EngineChoice): Promise<Ops> {
  // Nothing else of the process compiles WebAssembly meanwhile: so it is on by default here.
  const wide = choice.wide ?? (engine === 'auto' || engine === 'simd' ? 'auto' : undefined);
  try {
    return await createEngine(engine, {
      ...(wide === undefined ? {} : { wide }),
      ...(mode === undefined ? {} : { mode }),
      ...(threads === undefined ? {} : { threads }),
    });
  } catch (error) {
    throw error instanceof EngineError ? new OptionError(error.message) : error;
  }
}
