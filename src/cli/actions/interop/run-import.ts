import { OptionError } from '../../../errors.ts';
import type { LayersOptions } from '../../../interop/format.ts';
import { expectReplaceable } from '../../../interop/folder.ts';
import { importLayers } from '../../../interop/imported/import-layers.ts';
import { readTensors } from '../../../interop/read-tensors.ts';
import { tellsModel } from '../../../train/imported/import-model.ts';
import { output } from '../../output.ts';
import { importWholeModel, type WholeModelOptions } from './import-whole-model.ts';
import { layerText, nameText, savedText } from './layer-text.ts';
import { expectChain, modelOfLayers } from './model-of-layers.ts';

export interface ImportOptions extends LayersOptions, WholeModelOptions {
  readonly only?: readonly string[];
  readonly at?: string;
  readonly sequential: boolean;
  readonly returnSequences: boolean;
}

export async function runImport(path: string, options: ImportOptions): Promise<void> {
  const { out: dir, only, at, kinds, activations, layouts, sequential, returnSequences, json } = options;
  // Whether there is a place for the model shows before the work.
  await expectReplaceable(dir);
  const file = await readTensors(path, at === undefined ? {} : { at });
  const tells = await tellsModel(file);
  const isWhole = tells && !only && !sequential && !returnSequences;
  if (isWhole) return importWholeModel(file, options);
  const stray = (['vocabulary', 'labels', 'masking'] as const).find((name) => options[name] !== undefined);
  if (stray !== undefined) {
    throw new OptionError(
      `import: --${stray} was expected of a file that tells of a whole model, but ${file.format} came, or --only, --sequential or --return-sequences with it; leave it out`,
    );
  }
  const layers = await importLayers(file, {
    ...(only && { only }),
    ...(kinds && { kinds }),
    ...(activations && { activations }),
    ...(layouts && { layouts }),
  });
  expectChain(layers, sequential, tells);
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
  out.line(savedText(dir));
}
