import { readBytes } from '#platform/files.js';
import { DataError, ModelError, show } from '../../../errors.ts';
import type { TensorFile } from '../../../interop/format.ts';
import { importModel } from '../../../train/imported/import-model.ts';
import { output } from '../../output.ts';
import { savedText } from './layer-text.ts';

export interface WholeModelOptions {
  readonly out: string;
  /** A file of tokens, one a line. */
  readonly vocabulary?: string;
  readonly labels?: readonly string[];
  readonly masking?: 'keras-3.15' | 'keras-3.16';
  readonly json: boolean;
}

/** The model, or the classifier, of a file that tells how its layers stand. */
export async function importWholeModel(file: TensorFile, options: WholeModelOptions): Promise<void> {
  const { out: dir, vocabulary, labels, masking, json } = options;
  const notes: string[] = [];
  const made = await importModel(file, {
    engine: 'reference',
    onNote: (note) => notes.push(note),
    ...(vocabulary === undefined ? {} : { vocabulary: await tokensOf(vocabulary) }),
    ...(labels && { labels }),
    ...(masking && { masking }),
  });
  const model = 'model' in made ? made.model : made;
  const classes = 'classes' in made ? made.classes : undefined;
  await made.save(dir);
  const types = model.layers.map(({ config }) => config.type);
  await model.dispose();
  const out = output(json);
  out.record({ model: dir, layers: types, ...(classes && { classes }), notes });
  out.line(types.join(', '));
  if (classes) out.line(`a classifier of texts, of ${classes.map(show).join(', ')}`);
  for (const note of notes) out.line(`  ${note}`);
  out.line(classes ? `the model is in ${dir}` : savedText(dir));
}

/** @throws ModelError when the file cannot be read, DataError for what is no text */
async function tokensOf(path: string): Promise<readonly string[]> {
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(path);
  } catch {
    throw new ModelError(
      `import: a file of tokens was expected at ${show(path)}, but it cannot be read; check the path`,
    );
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.replace(/\r?\n$/, '').split(/\r?\n/);
  } catch {
    throw new DataError(
      `import: tokens in UTF-8, one a line, were expected in ${show(path)}, but something else came; save it as text`,
    );
  }
}
