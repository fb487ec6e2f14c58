import { show } from '../../errors.ts';
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
  const modules = modulesOf(rest);
  for (const module of modules) {
    const make = (): ImportedLayer | undefined => withParts(layerOf(module, options), modules);
    if (!attempt(module.name, make)) others.push(...module.names);
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

/** PyTorch's recurrent layers have no modules in them: one that has some may compute what its weights do not tell. */
function withParts(layer: ImportedLayer | undefined, modules: readonly TorchModule[]): ImportedLayer | undefined {
  if (layer?.kind !== 'recurrent') return layer;
  const { name, facts, notes } = layer;
  const parts = modules.filter((part) => part.name !== name && (name === '' || part.name.startsWith(`${name}.`)));
  if (parts.length === 0) return layer;
  const named = parts.map((part) => show(part.name)).join(', ');
  const note = `it has modules in it, ${named}, which PyTorch's own has not: taken for a plain ${facts.cell} by the names of its weights`;
  return { ...layer, notes: [...notes, note] };
}
