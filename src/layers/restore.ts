import { ModelError, show } from '../errors.ts';
import { dense } from './dense/dense.ts';
import { dropout } from './dropout/dropout.ts';
import { embedding } from './embedding/embedding.ts';
import type { Layer, LayerConfig } from './layer.ts';
import { pooling } from './pooling/pooling.ts';
import { bidirectional, gru, lstm, rnn } from './recurrent/recurrent-layers.ts';

// The makers check their own options, so a config from a file is as safe as a call.
const MAKERS: Readonly<Record<string, (options: never) => Layer>> = {
  dense,
  dropout,
  embedding,
  pooling,
  lstm,
  gru,
  rnn,
};

/** The layer that a config describes. @throws ModelError or another typed error when it describes none */
export function restoreLayer(config: unknown): Layer {
  const { type, ...options } = Object(config) as LayerConfig;
  if (type === 'bidirectional') return bidirectional(restoreLayer(options.layer));
  const make = typeof type === 'string' && Object.hasOwn(MAKERS, type) ? MAKERS[type] : undefined;
  if (!make) {
    const known = [...Object.keys(MAKERS), 'bidirectional'].join(', ');
    throw new ModelError(
      `layer: a type of ${known} was expected, but ${show(type)} came; the model is from another version`,
    );
  }
  return make(options as never);
}
