import { kindAt } from '#platform/files.js';
import { dirname, join } from '#platform/paths.js';
import { type ExportFormat, exportModel } from '../../../interop/exported/export-model.ts';
import { loadModel } from '../../../train/model/load-model.ts';
import type { Model } from '../../../train/model/model.ts';
import { ENDINGS } from '../../export-formats.ts';
import { output } from '../../output.ts';
import { expectWritable, writeResult } from '../../result-file.ts';

/** What somebody should know who runs a graph that has no lengths. */
const ALL_STEPS = 'all steps of a batch count: samples of differing lengths, padded to one, need --lengths';

/** What a classifier of texts has besides its model. */
const NO_TEXTS =
  'the tokenizer, the vocabulary and the names of the classes are no part of the file: it takes token ids; text.json beside model.json has them';

export interface ExportOptions {
  readonly format: ExportFormat;
  readonly out: string;
  readonly masks: boolean;
  readonly lengths: boolean;
  readonly json: boolean;
}

export async function runExport(dir: string, options: ExportOptions): Promise<void> {
  const { format, out: path, masks, lengths, json } = options;
  // Of several files the others have names that the first one says, and lie beside it.
  const beside = (name: string): string => join(dirname(path), name);
  await expectWritable(path, ENDINGS[format]);
  if (format === 'tfjs') await expectWritable(beside('weights.bin'), '.bin');
  const notes: string[] = [];
  const model = await loadModel(dir, { engine: 'reference' });
  const files = await exportModel(model, format, {
    onNote: (note) => notes.push(note),
    ...(masks && { masks }),
    ...(lengths && { lengths }),
  });
  if (format === 'onnx' && !lengths && countsAllSteps(model)) notes.push(ALL_STEPS);
  if ((await kindAt(join(dir, 'text.json'))) !== null) notes.push(NO_TEXTS);
  await model.dispose();
  const [[, bytes], ...others] = Object.entries(files) as [[string, Uint8Array], ...[string, Uint8Array][]];
  for (const [name, other] of others) await writeResult(beside(name), other);
  await writeResult(path, bytes);
  const size = [bytes, ...others.map(([, other]) => other)].reduce((sum, { length }) => sum + length, 0);
  const out = output(json);
  out.record({ file: path, format, bytes: size, notes });
  out.line(`the weights are in ${[path, ...others.map(([name]) => beside(name))].join(' and ')}, ${size} bytes`);
  for (const note of notes) out.line(note);
}

/** Whether a graph takes sequences, and no lengths: those come of themselves where an embedding names an id of padding. */
function countsAllSteps({ input, layers }: Model): boolean {
  return input?.over === 'time' && layers[0]?.inputs.x?.padding === undefined;
}
