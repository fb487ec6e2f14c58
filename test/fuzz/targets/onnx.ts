import { recurrent } from 'keepgate';
import { exportModel, importLayers, importModel, readTensors } from 'keepgate/interop';
import { GOLDEN_ONNX, goldenOnnx } from '../../helpers/golden-onnx.ts';
import { damaged } from '../damage.ts';
import { outcomeOf, type Target } from '../target.ts';

/** Lengths and numbers that are too large, a group, a graph in a node, fields of other kinds. */
const PIECES = [
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x0b, 0x0c],
  [0x3a, 0x00],
  [0x0a, 0x80, 0x80, 0x04],
  [0x08, 0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x42, 0x09, ...'__proto__'].map((part) => (typeof part === 'string' ? part.charCodeAt(0) : part)),
].map((bytes) => Uint8Array.from(bytes));

/** Files of ONNX, damaged anywhere. */
export const onnx: Target = {
  name: 'onnx',
  share: 0.2,
  async open() {
    const layer = recurrent({ cell: 'gru', inputSize: 2, hiddenSize: 2, engine: 'reference' });
    const { 'model.onnx': own = new Uint8Array() } = await exportModel(layer, 'onnx');
    const files = [own, ...GOLDEN_ONNX.map(({ file }) => goldenOnnx(file))];
    return {
      tryOne: (random) =>
        outcomeOf(async () => {
          const read = await readTensors(damaged(random.one(files), PIECES, random));
          if (random.one([true, false])) return importLayers(read);
          const made = await importModel(read, { engine: 'reference' });
          return 'dispose' in made && made.dispose();
        }),
    };
  },
};
