import { typedArrayName } from '../../realms.ts';
import { rowMajor, sizeOf, type Tensor } from '../../tensor/tensor.ts';
import { writeZip } from '../archives/write-zip.ts';
import { WRITTEN, writeNumbers } from '../dtypes.ts';

/**
 * A file with a state dict, as torch.save writes one: `torch.load` takes it, also with `weights_only`. Of tensors of float32,
 * float64, and int32, which becomes PyTorch's int64; the same tensors give the same bytes.
 */
export function writeStateDict(tensors: readonly (readonly [string, Tensor])[]): Uint8Array {
  const pickle: number[] = [0x80, 2];
  emit(pickle, `${GLOBAL('collections', 'OrderedDict')})R(`);
  const storages = tensors.map(([name, tensor], i) => {
    emitText(pickle, name);
    emitTensor(pickle, tensor, `${i}`);
    return { name: `archive/data/${i}`, bytes: bytesOfTensor(tensor) };
  });
  emit(pickle, 'u.');
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  return writeZip([
    { name: 'archive/data.pkl', bytes: Uint8Array.from(pickle) },
    { name: 'archive/byteorder', bytes: text('little') },
    ...storages,
    { name: 'archive/version', bytes: text('3\n') },
  ]);
}

/** How storages of the numbers are called. */
const STORAGES: Readonly<Record<string, string>> = { F64: 'DoubleStorage', F32: 'FloatStorage', I32: 'LongStorage' };

function bytesOfTensor(tensor: Tensor): Uint8Array {
  if (dtypeOf(tensor) === 'I32') {
    const bytes = new Uint8Array(sizeOf(tensor.shape) * 8);
    const view = new DataView(bytes.buffer);
    for (const [i, value] of tensor.toFlat().entries()) view.setBigInt64(i * 8, BigInt(value), true);
    return bytes;
  }
  const bytes = new Uint8Array(sizeOf(tensor.shape) * tensor.data.BYTES_PER_ELEMENT);
  writeNumbers(new DataView(bytes.buffer), 0, tensor);
  return bytes;
}

function dtypeOf({ data }: Tensor): string | undefined {
  return WRITTEN[typedArrayName(data) ?? ''];
}

const GLOBAL = (module: string, name: string): string => `c${module}\n${name}\n`;

/** torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()) */
function emitTensor(pickle: number[], tensor: Tensor, key: string): void {
  emit(pickle, `${GLOBAL('torch._utils', '_rebuild_tensor_v2')}((`);
  emitText(pickle, 'storage');
  emit(pickle, GLOBAL('torch', STORAGES[dtypeOf(tensor) as string] as string));
  emitText(pickle, key);
  emitText(pickle, 'cpu');
  emitWhole(pickle, sizeOf(tensor.shape));
  emit(pickle, 'tQ');
  emitWhole(pickle, 0);
  for (const list of [tensor.shape, rowMajor(tensor.shape)]) {
    emit(pickle, '(');
    for (const size of list) emitWhole(pickle, size);
    emit(pickle, 't');
  }
  emit(pickle, `\x89${GLOBAL('collections', 'OrderedDict')})RtR`);
}

function emit(pickle: number[], opcodes: string): void {
  for (let i = 0; i < opcodes.length; i++) pickle.push(opcodes.charCodeAt(i));
}

function emitText(pickle: number[], text: string): void {
  const bytes = new TextEncoder().encode(text);
  pickle.push('X'.charCodeAt(0), ...fourBytes(bytes.length), ...bytes);
}

/** Sizes of arrays are below 2^31: MOST_NUMBERS. */
function emitWhole(pickle: number[], value: number): void {
  pickle.push('J'.charCodeAt(0), ...fourBytes(value));
}

function fourBytes(value: number): number[] {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);
}
