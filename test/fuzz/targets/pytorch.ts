import { importLayers, readTensors } from 'keepgate/interop';
import { readZip } from '../../../src/interop/archives/read-zip.ts';
import { writeZip } from '../../../src/interop/archives/write-zip.ts';
import { golden } from '../../helpers/golden-pytorch.ts';
import { damaged } from '../damage.ts';
import type { Random } from '../random.ts';
import { outcomeOf, type Target } from '../target.ts';

const FILES = ['gru.pt', 'odd.pt', 'odd_legacy.pt', 'checkpoint.pth', 'weight_norm.pt'];
const PIECES = ['(', ']', '}q\x01', 'h\x01', 'cos\nsystem\n', 'R', 'J\xff\xff\xff\x7f', 'PK\x05\x06'].map((text) =>
  Uint8Array.from(text, (character) => character.charCodeAt(0)),
);

/** Files of PyTorch: damaged as a whole, or in the pickle of an archive whose checksums are right. */
export const pytorch: Target = {
  name: 'pytorch',
  share: 0.2,
  async open() {
    const files = FILES.map(golden);
    return {
      tryOne: (random) =>
        outcomeOf(async () => {
          const file = random.one(files);
          const isArchive = file[0] === 0x50;
          const found = await readTensors(
            isArchive && !random.once(4) ? await withOtherPickle(file, random) : damaged(file, PIECES, random),
          );
          // A file of single tensors has no layers.
          if ('transposed' in found.tensors) return;
          await importLayers(found);
        }),
    };
  },
};

async function withOtherPickle(file: Uint8Array, random: Random): Promise<Uint8Array> {
  const archive = readZip(file);
  const entries = await Promise.all(
    archive.names.map(async (name) => {
      const bytes = await archive.read(name);
      return { name, bytes: name.endsWith('.pkl') ? damaged(bytes, PIECES, random) : bytes };
    }),
  );
  return writeZip(entries);
}
