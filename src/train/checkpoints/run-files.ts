import { DataError, KeepgateError, ModelError, show } from '../../errors.ts';
import { readSafetensors, writeSafetensors } from '../../interop/safetensors/safetensors.ts';
import { ofLayer, pathOf } from '../../layers/weight-spec.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { parseJson } from '../model/saved-model.ts';
import { expectRunState, type RunState } from './run-state.ts';

/** The files of a run that was written down: what it is as JSON, and its numbers as safetensors. */
export const RUN_FILES = ['run.json', 'run.safetensors'] as const;

const FORMAT = 'keepgate-run-1';

/**
 * What a run stands at as files: names to contents. {@link runFromFiles} reads them back.
 * @throws DataError for what no JSON holds, such as a callback's NaN
 * @example
 * ```ts
 * import { dense, key, meanSquaredError, runToFiles, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const examples = { x: [[0], [1]], y: [[1], [3]] };
 * const trainer = await model.trainer(examples, { key: key(1), epochs: 2, batchSize: 1, loss: meanSquaredError() });
 * await trainer.next();
 * console.log(Object.keys(runToFiles(await trainer.snapshot()))); // prints: [ 'run.json', 'run.safetensors' ]
 * await trainer.finish();
 * await model.dispose();
 * ```
 */
export function runToFiles({
  weights,
  slots,
  ...standing
}: RunState): Record<(typeof RUN_FILES)[number], string | Uint8Array> {
  const description = { format: FORMAT, ...standing };
  const text = JSON.stringify(description, (name, value: unknown) => {
    if (typeof value !== 'number' || Number.isFinite(value)) return value;
    throw new DataError(`run: finite numbers were expected, but ${show(name)} is ${value}; keep it as a text`);
  });
  return {
    'run.json': `${text}\n`,
    'run.safetensors': writeSafetensors({ ...within('weights', weights), ...within('slots', slots) }),
  };
}

/**
 * What {@link runToFiles} wrote: `fit` and `trainer` go on from it, with the same examples and options.
 * @throws ModelError when the files are not those of a run
 * @example
 * ```ts
 * import { readFile, writeFile } from 'node:fs/promises';
 * import { dense, fitOptions, key, meanSquaredError, runFromFiles, runToFiles, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const examples = { x: [[0], [1]], y: [[1], [3]] };
 * const trainer = await model.trainer(examples, { key: key(1), epochs: 2, batchSize: 1, loss: meanSquaredError() });
 * await trainer.next();
 * for (const [name, data] of Object.entries(runToFiles(await trainer.snapshot()))) await writeFile(name, data);
 * await trainer.finish();
 *
 * const names = ['run.json', 'run.safetensors'];
 * const files = await Promise.all(names.map(async (name) => [name, await readFile(name)] as const));
 * const resume = runFromFiles(Object.fromEntries(files));
 * await model.fit(examples, { ...fitOptions(resume.spec), resume });
 * console.log(resume.updates, model.updates); // prints: 1 4
 * await model.dispose();
 * ```
 */
export function runFromFiles(files: Readonly<Record<string, Uint8Array>>): RunState {
  try {
    const { format, ...standing } = parseJson('run.json', files['run.json']);
    if (format !== FORMAT) throw new ModelError(`format '${FORMAT}' was expected, but ${show(format)} came`);
    const { tensors } = readSafetensors(files['run.safetensors'] ?? new Uint8Array());
    const state: unknown = { ...standing, weights: ofLayer(tensors, 'weights'), slots: ofLayer(tensors, 'slots') };
    expectRunState(state);
    return state;
  } catch (error) {
    if (!(error instanceof KeepgateError)) throw error;
    throw new ModelError(`run: ${error.message}; the files are damaged or from another version`);
  }
}

function within(part: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([path, value]) => [pathOf(part, path), value]));
}
