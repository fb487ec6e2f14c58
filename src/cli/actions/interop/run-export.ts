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
  await expectWritable(path, ENDINGS[format]);
  const model = await loadModel(dir, { engine: 'reference' });
  const files = await exportModel(model, format);
  await model.dispose();
  const [bytes] = Object.values(files) as [Uint8Array];
  await writeResult(path, bytes);
  const out = output(json);
  out.record({ file: path, format, bytes: bytes.length });
  out.line(`the weights are in ${path}, ${bytes.length} bytes`);
}
