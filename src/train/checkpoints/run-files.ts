import { DataError, KeepgateError, ModelError, show } from '../../errors.ts';
import { readSafetensors, writeSafetensors } from '../../interop/safetensors/safetensors.ts';
import { ofLayer, pathOf } from '../../layers/weight-spec.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { parseJson } from '../model/saved-model.ts';
import type { RunState } from './run-state.ts';

/** The files of a run that was written down: what it is as JSON, and its numbers as safetensors. */
export const RUN_FILES = ['run.json', 'run.safetensors'] as const;

const FORMAT = 'keepgate-run-1';

/** What a run stands at as files: names to contents. @throws DataError for what no JSON holds, such as a callback's NaN */
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

/** What {@link runToFiles} wrote. @throws ModelError when the files are not those of a run */
export function runFromFiles(files: Readonly<Record<string, Uint8Array>>): RunState {
  try {
    const { format, ...standing } = parseJson('run.json', files['run.json']);
    if (format !== FORMAT) throw new ModelError(`format '${FORMAT}' was expected, but ${show(format)} came`);
    const { tensors } = readSafetensors(files['run.safetensors'] ?? new Uint8Array());
    return {
      ...(standing as unknown as Omit<RunState, 'weights' | 'slots'>),
      weights: ofLayer(tensors, 'weights'),
      slots: ofLayer(tensors, 'slots'),
    };
  } catch (error) {
    if (!(error instanceof KeepgateError)) throw error;
    throw new ModelError(`run: ${error.message}; the files are damaged or from another version`);
  }
}

function within(part: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([path, value]) => [pathOf(part, path), value]));
}
