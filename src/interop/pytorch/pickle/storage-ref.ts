import { show } from '../../../errors.ts';
import { brokenPickle } from './broken-pickle.ts';
import { Global, StorageRef, Tuple } from './pickled.ts';

/** Storages by the name of their class, and the dtypes of their numbers as safetensors names them. */
const STORAGES: Readonly<Record<string, string | null>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
  ComplexFloatStorage: 'C64',
  UntypedStorage: null,
};

/** Dtypes by PyTorch's name of them. */
export const DTYPE_BY_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries({
    float64: 'F64',
    float32: 'F32',
    float16: 'F16',
    bfloat16: 'BF16',
    int64: 'I64',
    int32: 'I32',
    int16: 'I16',
    int8: 'I8',
    uint64: 'U64',
    uint32: 'U32',
    uint16: 'U16',
    uint8: 'U8',
    bool: 'BOOL',
    complex64: 'C64',
    float8_e5m2: 'F8_E5M2',
    float8_e4m3fn: 'F8_E4M3',
    float8_e5m2fnuz: 'F8_E5M2FNUZ',
    float8_e4m3fnuz: 'F8_E4M3FNUZ',
    float8_e8m0fnu: 'F8_E8M0',
  }).map(([name, dtype]) => [`torch.${name}`, dtype]),
);

/** ('storage', class, key, device, count[, view]): how a pickle names what lies outside of it. @throws DataError for anything else */
export function storageOf(id: unknown): StorageRef {
  const parts = id instanceof Tuple ? id.items : [];
  const [kind, type, key, , count, view = null] = parts;
  const fits = kind === 'storage' && type instanceof Global && /^(torch|torch\.cuda|torch\.storage)$/.test(type.module);
  if (!fits || parts.length > 6) throw brokenPickle('the place of a storage', 'something else');
  if (typeof key !== 'string' || !/^[0-9A-Za-z_-]{1,40}$/.test(key)) {
    throw brokenPickle('the number of a storage', show(key));
  }
  if (!isCount(count)) throw brokenPickle(`storage ${show(key)} with a count of its numbers`, show(count));
  const dtype = STORAGES[type.name];
  return new StorageRef(key, dtype === undefined ? type.name : dtype, count, offsetOf(key, view));
}

/** Old files have storages that are parts of others: (key, offset, count). */
function offsetOf(key: string, view: unknown): number {
  if (view === null) return 0;
  const [, offset] = view instanceof Tuple ? view.items : [];
  if (isCount(offset)) return offset;
  throw brokenPickle(`storage ${show(key)} as a part of another`, 'something else');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
