import { DataError, show } from '../../errors.ts';
import { brokenPickle } from './pickle/broken-pickle.ts';
import { ByteReader } from './pickle/byte-reader.ts';
import { StorageRef, Stub, TensorRef, Tuple } from './pickle/pickled.ts';
import { unpickle } from './pickle/unpickler.ts';
import { type TorchFile, widthOf } from './zip-file.ts';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/** Whether a file begins as a pickle of protocol 2 or later does. */
export function beginsAsPickle(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 0) <= 5;
}

/**
 * A file of PyTorch before 1.6: five pickles, of a magic number, the protocol, the machine, the object and the keys of its
 * storages; then each storage, as the count of its numbers and the numbers.
 * @throws DataError when it breaks a rule
 */
export function readLegacyFile(bytes: Uint8Array): TorchFile {
  const magic = unpickle(bytes);
  if (magic.value !== MAGIC) throw brokenPickle('a file that torch.save wrote', 'a pickle of something else');
  const protocol = unpickle(bytes, magic.end);
  if (protocol.value !== PROTOCOL) throw brokenPickle(`protocol ${PROTOCOL}`, show(protocol.value));
  const machine = unpickle(bytes, protocol.end);
  if (!(machine.value instanceof Map) || machine.value.get('little_endian') !== true) {
    throw new DataError(
      'pytorch: little-endian numbers were expected, but others came; save the file on a machine that has them',
    );
  }
  const object = unpickle(bytes, machine.end);
  const keys = unpickle(bytes, object.end);
  const storages = readStorages(bytes, keys.end, keys.value, storagesIn(object.value));
  return {
    value: object.value,
    globals: object.globals,
    async storage({ key }) {
      const storage = storages.get(key);
      if (!storage) throw brokenPickle(`a storage ${show(key)}`, 'none');
      return storage;
    },
  };
}

function readStorages(
  bytes: Uint8Array,
  begin: number,
  keys: unknown,
  refs: ReadonlyMap<string, StorageRef>,
): Map<string, Uint8Array> {
  if (!Array.isArray(keys)) throw brokenPickle('a list of storages', 'something else');
  const reader = new ByteReader(bytes, begin);
  const storages = new Map<string, Uint8Array>();
  for (const key of keys) {
    const ref = refs.get(key);
    if (!ref || storages.has(key)) throw brokenPickle('each storage of its tensors once', show(key));
    const width = widthOf(ref);
    if (width === undefined) {
      throw new DataError(
        `pytorch: storages of numbers were expected, but ${show(ref.dtype)} came; save the weights before quantising`,
      );
    }
    const count = reader.uint(8);
    if (count !== ref.count) throw brokenPickle(`${ref.count} numbers in storage ${show(key)}`, `${count}`);
    storages.set(key, reader.bytes(count * width));
  }
  if (reader.at !== bytes.length) {
    throw brokenPickle(`a file of ${reader.at} bytes`, `${bytes.length} (it is too long)`);
  }
  return storages;
}

/** All storages that an object names, each visited once. */
function storagesIn(object: unknown): Map<string, StorageRef> {
  const found = new Map<string, StorageRef>();
  const seen = new Set<unknown>();
  const open: unknown[] = [object];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof TensorRef) open.push(value.storage);
    else if (value instanceof StorageRef) found.set(value.key, value);
    else for (const inner of within(value)) open.push(inner);
  }
  return found;
}

function within(value: object): Iterable<unknown> {
  if (value instanceof Tuple) return value.items;
  if (value instanceof Stub) return [value.state];
  if (value instanceof Map) return value.values();
  return Array.isArray(value) || value instanceof Set ? value : [];
}
