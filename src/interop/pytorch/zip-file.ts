import { DataError, show } from '../../errors.ts';
import type { ZipArchive } from '../archives/read-zip.ts';
import { DTYPES } from '../dtypes.ts';
import { brokenPickle } from './pickle/broken-pickle.ts';
import type { StorageRef } from './pickle/pickled.ts';
import { unpickle } from './pickle/unpickler.ts';

/** What a PyTorch file holds: an object of Python, and the bytes of the storages that it names. */
export interface TorchFile {
  readonly value: unknown;
  readonly globals: ReadonlySet<string>;
  /** The bytes of a storage, all of it. @throws DataError when it is missing or of another size */
  storage(ref: StorageRef): Promise<Uint8Array>;
}

/** How wide a number of a storage is, in bytes; undefined for one of a dtype that is not known. */
export function widthOf({ dtype }: StorageRef): number | undefined {
  return dtype === null ? 1 : widthOfDtype(dtype);
}

export function widthOfDtype(dtype: string): number | undefined {
  const known = DTYPES.get(dtype);
  return known && known.bits / 8;
}

const PICKLE = /^([^/]+\/)?data\.pkl$/;

/** Whether an archive is what torch.save, or TorchScript, writes. */
export function isTorchArchive({ names }: ZipArchive): boolean {
  return names.some((name) => PICKLE.test(name));
}

/** A file of PyTorch 1.6 or later. @throws DataError when it breaks a rule */
export async function readTorchArchive(archive: ZipArchive): Promise<TorchFile> {
  const pickles = archive.names.filter((name) => PICKLE.test(name));
  if (pickles.length !== 1) throw brokenPickle('one data.pkl', show(pickles));
  const [pickle = ''] = pickles;
  const folder = pickle.slice(0, -'data.pkl'.length);
  await expectLittleEndian(archive, `${folder}byteorder`);
  const { value, globals } = unpickle(await archive.read(pickle));
  return {
    value,
    globals,
    async storage(ref) {
      const name = `${folder}data/${ref.key}`;
      if (!archive.names.includes(name)) throw brokenPickle(`an entry ${show(name)}`, 'none');
      const bytes = await archive.read(name);
      const width = widthOf(ref);
      if (width !== undefined && bytes.length !== width * ref.count) {
        throw brokenPickle(`${show(name)} of ${width * ref.count} bytes`, `${bytes.length}`);
      }
      return bytes;
    },
  };
}

async function expectLittleEndian(archive: ZipArchive, name: string): Promise<void> {
  if (!archive.names.includes(name)) return;
  const order = new TextDecoder().decode(await archive.read(name));
  if (order === 'little') return;
  throw new DataError(
    `pytorch: byteorder little was expected, but ${show(order)} came; save the file on a machine with little-endian numbers`,
  );
}
