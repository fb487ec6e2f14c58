import { jsonCopy } from '../../../checks.ts';
import { DataError, messageOf, show } from '../../../errors.ts';
import { chainOf } from './chain.ts';
import { type KerasConfig, kerasLayer, own } from './keras-layer.ts';

/** Models by their class; `Model` is a functional one of Keras 2. */
const FUNCTIONAL = new Set(['Functional', 'Model']);

/**
 * The layers of a model's config: of a Sequential (a list in itself before Keras 2.2.3) or a functional model.
 * @throws DataError for what is neither, such as a model of a class of its own
 */
export function kerasConfig(who: string, given: unknown): KerasConfig {
  const model = asJson(who, given);
  const [className, config] = [own(model, 'class_name'), own(model, 'config')];
  const layers = Array.isArray(config) ? config : own(config, 'layers');
  const isFunctional = typeof className === 'string' && FUNCTIONAL.has(className);
  if ((className !== 'Sequential' && !isFunctional) || !Array.isArray(layers)) {
    throw new DataError(
      `${who}: the config of a Sequential or functional model was expected, but ${show(className ?? model)} came; save a model of that kind, or read its tensors by readTensors`,
    );
  }
  const found = layers.map((layer) => kerasLayer(who, layer));
  return { layers: found, chain: isFunctional ? chainOf(layers, found, config) : found };
}

/** A copy, as a caller may hand in what looks like JSON. @throws DataError for what is no JSON */
function asJson(who: string, config: unknown): unknown {
  try {
    return jsonCopy(config, { dropUndefined: true });
  } catch (error) {
    throw new DataError(`${who}: a config as JSON was expected, but ${messageOf(error)}; pass what readTensors gave`);
  }
}
