import type { LayersOptions, TensorFile } from '../format.ts';
import type { FileLayers, ImportedLayer, RefusedLayer } from './imported-layer.ts';
import { isRecurrentModule, recurrentOf } from './recurrent-module.ts';
import { Refusal } from './refusal.ts';
import { tableOf } from './table-module.ts';
import { toldLayers } from './told-layers.ts';
import { modulesOf, type TorchModule } from './torch-modules.ts';

/** The layers of a file whose tensors are named as PyTorch names them: a state dict, whatever wrote it. */
export function layersOfNames(all: TensorFile, options: LayersOptions): FileLayers {
  const layers: ImportedLayer[] = [];
  const refused: RefusedLayer[] = [];
  const others: string[] = [];
  const attempt = (name: string, make: () => ImportedLayer | undefined): boolean => {
    try {
      const layer = make();
      if (layer) layers.push(layer);
      return layer !== undefined;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.push({ name, reason: error.message });
      return true;
    }
  };
  const { told, rest } = toldLayers(all, options.layouts ?? {});
  for (const { name, make } of told) attempt(name, make);
  for (const module of modulesOf(rest)) {
    if (!attempt(module.name, () => layerOf(module, options))) others.push(...module.names);
  }
  return { layers, refused, others };
}

/** @throws Refusal when it cannot be had exactly */
function layerOf(module: TorchModule, { kinds = {}, activations = {} }: LayersOptions): ImportedLayer | undefined {
  if (module.refused !== undefined) {
    throw new Refusal('weights in numbers', 'what is no such thing', module.refused);
  }
  const told = <V>(by: Readonly<Record<string, V>>): V | undefined =>
    Object.hasOwn(by, module.name) ? by[module.name] : undefined;
  if (isRecurrentModule(module)) return recurrentOf(module, told(activations));
  if (told(activations) !== undefined)
    throw new Refusal('an RNN, as activations name it,', 'none', 'leave it out of activations');
  return tableOf(module, told(kinds));
}
