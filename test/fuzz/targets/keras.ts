import { importLayers, importModel, readTensors } from 'keepgate/interop';
import { readZip } from '../../../src/interop/archives/read-zip.ts';
import { writeZip } from '../../../src/interop/archives/write-zip.ts';
import { kerasFile } from '../../helpers/golden-keras.ts';
import { damaged } from '../damage.ts';
import type { Random } from '../random.ts';
import { outcomeOf, type Target } from '../target.ts';

const FILES = [
  'chain.keras',
  'texts.keras',
  'functional.keras',
  'chain.weights.h5',
  'legacy_list.h5',
  'cudnn_weights.h5',
];
const PIECES = [
  'TREE',
  'SNOD',
  'HEAP',
  'GCOL',
  'OHDR',
  '\x89HDF',
  '\x00\x00\x00\x00',
  '\xff\xff\xff\xff\xff\xff\xff\xff',
  '"__proto__":',
  'null',
  '[',
  '{"class_name":"Lambda","config":{}}',
].map((text) => Uint8Array.from(text, (character) => character.charCodeAt(0)));

/** Files of Keras: damaged as a whole, or in an entry of an archive whose checksums are right. */
export const keras: Target = {
  name: 'keras',
  share: 0.2,
  async open() {
    const files = FILES.map(kerasFile);
    return {
      tryOne: (random) =>
        outcomeOf(async () => {
          const file = random.one(files);
          const isArchive = file[0] === 0x50;
          const found = await readTensors(
            isArchive && !random.once(4) ? await withOtherEntry(file, random) : damaged(file, PIECES, random),
          );
          if (random.once(2)) {
            await importLayers(found);
            return;
          }
          const made = await importModel(found, { engine: 'reference' });
          await ('model' in made ? made.model : made).dispose();
        }),
    };
  },
};

async function withOtherEntry(file: Uint8Array, random: Random): Promise<Uint8Array> {
  const archive = readZip(file);
  const damagedOne = random.one(archive.names);
  const entries = await Promise.all(
    archive.names.map(async (name) => {
      const bytes = await archive.read(name);
      return { name, bytes: name === damagedOne ? damaged(bytes, PIECES, random) : bytes };
    }),
  );
  return writeZip(entries);
}
