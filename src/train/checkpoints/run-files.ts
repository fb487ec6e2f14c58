import { isPlain } from '../../checks.ts';
import { KeepgateError, ModelError, show } from '../../errors.ts';
import { bytesOfFiles, type FilesLike } from '../../interop/given-files.ts';
import { readSafetensors, writeSafetensors } from '../../interop/safetensors/safetensors.ts';
import { ofLayer, pathOf } from '../../layers/weight-spec.ts';
import { fold, key } from '../../random/key.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { parseJson } from '../model/saved-model.ts';
import { expectRunState, type RunState } from './run-state.ts';

const FORMAT = 'keepgate-run-1';
const RUN_FILES = ['run.json', 'run.safetensors'] as const;

/**
 * What a run stands at as files: names to contents. {@link runFromFiles} reads them back, and sees whether both files are of
 * one snapshot: a crash between the two writes leaves a pair that is refused.
 * @throws ModelError for what is no snapshot
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
export function runToFiles(state: RunState): Record<'run.json' | 'run.safetensors', string | Uint8Array> {
  expectRunState(state, 'runToFiles');
  const { weights, slots, carried = {}, averages, history, kept, mean, ...standing } = state;
  const scores: unknown = JSON.parse(JSON.stringify({ averages, history }, inWords));
  const more = { ...countsOf('kept', kept), ...countsOf('mean', mean) };
  const text = `${JSON.stringify({ format: FORMAT, ...standing, ...Object(scores), ...more })}\n`;
  const numbers = {
    ...within('weights', weights),
    ...within('slots', slots),
    ...within('carried', carried),
    ...within('kept', kept?.weights ?? {}),
    ...within('mean', mean?.weights ?? {}),
  };
  return { 'run.json': text, 'run.safetensors': writeSafetensors(numbers, { run: fingerprint(text) }) };
}

/**
 * What {@link runToFiles} wrote: `fit` and `trainer` go on from it, with the same examples and options.
 * @throws ModelError when the files are not those of a run
 * @throws OptionError for what is no file
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
export function runFromFiles(files: FilesLike): RunState {
  const { 'run.json': json, 'run.safetensors': numbers } = bytesOfFiles('runFromFiles', files, RUN_FILES);
  try {
    const { format, ...standing } = parseJson('run.json', json);
    if (format !== FORMAT) throw new ModelError(`format '${FORMAT}' was expected, but ${show(format)} came`);
    const { tensors, metadata } = readSafetensors(numbers);
    if (metadata.run !== fingerprint(new TextDecoder().decode(json))) {
      throw new ModelError('run.json and run.safetensors of one snapshot were expected, but they are of two');
    }
    const { averages, history } = standing;
    const scores = JSON.parse(JSON.stringify({ averages, history }), asNumbers);
    const weights = ofLayer(tensors, 'weights');
    const more = Object.fromEntries(
      MORE.filter((name) => isPlain(standing[name])).map((name) => [
        name,
        { ...Object(standing[name]), weights: ofLayer(tensors, name) },
      ]),
    );
    const [slots, carried] = [ofLayer(tensors, 'slots'), ofLayer(tensors, 'carried')];
    const state: unknown = { ...standing, ...scores, weights, slots, carried, ...more };
    expectRunState(state, 'run.json');
    return state;
  } catch (error) {
    if (!(error instanceof KeepgateError)) throw error;
    throw new ModelError(`run: ${error.message}; the files are damaged or from another version`);
  }
}

/** Other weights of a run, which it may have or not. */
const MORE = ['kept', 'mean'] as const;

/** What is told of them besides their numbers. */
function countsOf(name: (typeof MORE)[number], value: { readonly weights: object } | null | undefined): object {
  if (!value) return { [name]: null };
  const { weights: _, ...counts } = value;
  return { [name]: counts };
}

/** JSON has no NaN and no Infinity, which a metric may give. */
function inWords(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function asNumbers(_: string, value: unknown): unknown {
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : value;
}

/** Tells the texts of two snapshots apart, so that the numbers of one are not taken for those of the other. */
function fingerprint(text: string): string {
  return fold(key(0), text)
    .words.map((word) => (word >>> 0).toString(16).padStart(8, '0'))
    .join('');
}

function within(part: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([path, value]) => [pathOf(part, path), value]));
}
