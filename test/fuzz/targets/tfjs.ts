import { bidirectional, dense, embedding, key, lstm, sequential } from 'keepgate';
import { exportModel, importLayers } from 'keepgate/interop';
import { damaged, damagedJson } from '../damage.ts';
import { outcomeOf, type Target } from '../target.ts';

const PIECES = ['{', '"paths":["../x"]', '[0,0]', '"shape":[1e9]', '"dtype":"string"', '\ud83d', '  '].map((text) =>
  new TextEncoder().encode(text),
);

/** Models of TensorFlow.js: another model.json, or damage of one of the files. */
export const tfjs: Target = {
  name: 'tfjs',
  share: 0.2,
  async open() {
    const layers = [embedding({ vocabulary: 5, units: 2 }), bidirectional(lstm({ units: 2 })), dense({ units: 2 })];
    const model = sequential(layers, { engine: 'reference' });
    await model.build({ kind: 'tokens', vocabulary: 5 }, key(1));
    const files = await exportModel(model, 'tfjs');
    await model.dispose();
    const { 'model.json': json, 'weights.bin': weights } = files as Record<'model.json' | 'weights.bin', Uint8Array>;
    const text = new TextDecoder().decode(json);
    return {
      tryOne: (random) =>
        outcomeOf(async () => {
          const changed = random.once(2)
            ? { 'model.json': new TextEncoder().encode(damagedJson(text, random)), 'weights.bin': weights }
            : random.once(2)
              ? { 'model.json': damaged(json, PIECES, random), 'weights.bin': weights }
              : { 'model.json': json, 'weights.bin': damaged(weights, PIECES, random) };
          await importLayers(changed);
        }),
    };
  },
};
