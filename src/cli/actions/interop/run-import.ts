import type { LayersOptions } from '../../../interop/format.ts';
import { expectReplaceable } from '../../../interop/folder.ts';
import { importLayers } from '../../../interop/imported/import-layers.ts';
import { output } from '../../output.ts';
import { layerText, nameText } from './layer-text.ts';
import { expectChain, modelOfLayers } from './model-of-layers.ts';

export interface ImportOptions extends LayersOptions {
  readonly out: string;
  readonly only?: readonly string[];
  readonly at?: string;
  readonly sequential: boolean;
  readonly returnSequences: boolean;
  readonly json: boolean;
}

export async function runImport(path: string, options: ImportOptions): Promise<void> {
  const { out: dir, only, at, kinds, activations, sequential, returnSequences, json } = options;
  // Whether there is a place for the model shows before the work.
  await expectReplaceable(dir);
  const layers = await importLayers(path, {
    ...(only && { only }),
    ...(at === undefined ? {} : { at }),
    ...(kinds && { kinds }),
    ...(activations && { activations }),
  });
  expectChain(layers, sequential);
  const model = await modelOfLayers(
    layers,
    returnSequences || (layers.length === 1 && layers[0]?.kind === 'recurrent'),
  );
  await model.save(dir);
  await model.dispose();
  const out = output(json);
  out.record({ model: dir, layers: layers.map(({ name, kind, facts, notes }) => ({ name, kind, facts, notes })) });
  for (const layer of layers) {
    out.line(`${nameText(layer.name)}: ${layer.kind}, ${layerText(layer)}`);
    for (const note of layer.notes) out.line(`  ${note}`);
  }
  out.line(`the model is in ${dir}`);
}
