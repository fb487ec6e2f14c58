import type { Restore } from '../../define.ts';
import { ModelError, show } from '../../errors.ts';
import type { Layer } from '../layer.ts';

/** The layers of configs that stand inside of one. @throws ModelError unless they are a list of those */
export function restoredLayers(who: string, configs: unknown, restore: Restore<Layer>): readonly Layer[] {
  if (Array.isArray(configs)) return configs.map((config) => restore(config));
  throw new ModelError(`${who}: a list of layers was expected, but ${show(configs)} came`);
}
