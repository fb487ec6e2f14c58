import { OptionError } from '../../../errors.ts';
import type { LayersOptions } from '../../../interop/format.ts';
import { expectReplaceable } from '../../../interop/folder.ts';
import { importLayers, layersOf } from '../../../interop/imported/import-layers.ts';
import { readTensors } from '../../../interop/read-tensors.ts';
import { tellsModel } from '../../../train/imported/import-model.ts';
import { output } from '../../output.ts';
import { importWholeModel, type WholeModelOptions } from './import-whole-model.ts';
import { layerText, nameText, savedText } from './layer-text.ts';
import {
  expectChain,
  expectNothingElse,
  expectOneLayer,
  leftOutOf,
  leftOutText,
  modelOfLayers,
} from './model-of-layers.ts';

export interface ImportOptions extends LayersOptions, WholeModelOptions {
  readonly only?: readonly string[];
  readonly at?: string;
  readonly sequential: boolean;
  readonly returnSequences: boolean;
}

/** What is told of layers, and what of whole models. */
const OF_LAYERS = ['kinds', 'activations', 'layouts', 'returnSequences'] as const;
const OF_MODELS = ['vocabulary', 'labels', 'masking'] as const;

export async function runImport(path: string, options: ImportOptions): Promise<void> {
  const { out: dir, only, at, kinds, activations, layouts, sequential, returnSequences, json } = options;
  // Whether there is a place for the model shows before the work.
  await expectReplaceable(dir);
  const file = await readTensors(path, at === undefined ? {} : { at });
  const isTold = await tellsModel(file);
  if (isTold && (only || sequential)) expectOneLayer(file, options);
  const isWhole = isTold && !only;
  const stray = (isWhole ? OF_LAYERS : OF_MODELS).find(
    (name) => options[name] !== undefined && options[name] !== false,
  );
  if (stray !== undefined) {
    const option = stray === 'returnSequences' ? 'return-sequences' : stray;
    throw new OptionError(
      isWhole
        ? `import: --${option} was expected of a file that does not say how its layers stand, or with one of them by --only, but ${file.format} came, which says it; leave it out`
        : `import: --${option} was expected of a file that tells of a whole model, but ${file.format} came${isTold ? ' with --only' : ''}; leave it out`,
    );
  }
  if (isWhole) return importWholeModel(file, options);
  const told = { ...(kinds && { kinds }), ...(activations && { activations }), ...(layouts && { layouts }) };
  const layers = await importLayers(file, { ...(only && { only }), ...told });
  const found = await layersOf(file, told);
  if (!only) expectNothingElse(file, found);
  const leftOut = leftOutOf(file, found, only ?? []);
  expectChain(layers, sequential);
  const model = await modelOfLayers(layers, returnSequences);
  await model.save(dir);
  await model.dispose();
  const out = output(json);
  out.record({
    model: dir,
    layers: layers.map(({ name, kind, facts, notes }) => ({ name, kind, facts, notes })),
    ...(leftOut.length > 0 && { leftOut }),
  });
  for (const layer of layers) {
    out.line(`${nameText(layer.name)}: ${layer.kind}, ${layerText(layer)}`);
    for (const note of layer.notes) out.line(`  ${note}`);
  }
  if (leftOut.length > 0) out.line(leftOutText(leftOut));
  out.line(savedText(dir));
}
