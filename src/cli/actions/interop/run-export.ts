import { dirname, join } from '#platform/paths.js';
import { type ExportFormat, exportModel } from '../../../interop/exported/export-model.ts';
import { loadModel } from '../../../train/model/load-model.ts';
import { ENDINGS } from '../../export-formats.ts';
import { output } from '../../output.ts';
import { expectWritable, writeResult } from '../../result-file.ts';

export interface ExportOptions {
  readonly format: ExportFormat;
  readonly out: string;
  readonly json: boolean;
}

export async function runExport(dir: string, { format, out: path, json }: ExportOptions): Promise<void> {
  // Of several files the others have names that the first one says, and lie beside it.
  const beside = (name: string): string => join(dirname(path), name);
  await expectWritable(path, ENDINGS[format]);
  if (format === 'tfjs') await expectWritable(beside('weights.bin'), '.bin');
  const notes: string[] = [];
  const model = await loadModel(dir, { engine: 'reference' });
  const files = await exportModel(model, format, { onNote: (note) => notes.push(note) });
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
