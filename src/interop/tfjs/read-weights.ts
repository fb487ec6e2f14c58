/** The numbers of a TensorFlow.js model, out of the files that its model.json names. */
import { show } from '../../errors.ts';
import { sizeOf, Tensor } from '../../tensor/tensor.ts';
import type { Numbers } from '../../tensor/typed-arrays.ts';
import { DTYPES } from '../dtypes.ts';
import { broken, type WeightGroup, type WeightSpec } from './model-json.ts';

/** The dtypes of weights and of what stands for them, by what they are in safetensors; null for those that are no numbers. */
const STORED: ReadonlyMap<string, string | null> = new Map([
  ['float32', 'F32'],
  ['float16', 'F16'],
  ['int32', 'I32'],
  ['uint16', 'U16'],
  ['uint8', 'U8'],
  ['bool', 'BOOL'],
  ['complex64', null],
  ['string', null],
]);

/**
 * The weights of a group, out of its joined bytes.
 * @param refused gets those that are no numbers, by name, with the reason
 * @throws DataError unless the weights fill the bytes exactly
 */
export function readGroup(
  { weights, paths }: WeightGroup,
  bytes: Uint8Array,
  refused: Record<string, string>,
): (readonly [string, Tensor])[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: (readonly [string, Tensor])[] = [];
  let at = 0;
  for (const spec of weights) {
    const end = at + bytesOf(spec, view, at);
    if (end > bytes.length) {
      throw broken(`at least ${end} bytes in ${paths.map(show).join(', ')}`, `${bytes.length} bytes`, REPAIR);
    }
    const part = new DataView(bytes.buffer, bytes.byteOffset + at, end - at);
    if (STORED.get(spec.dtype) === null) refused[spec.name] = `numbers were expected, but ${spec.dtype} came`;
    else found.push([spec.name, new Tensor(numbersOf(spec, part), spec.shape)]);
    at = end;
  }
  if (at === bytes.length) return found;
  throw broken(`the ${at} bytes of its weights in ${paths.map(show).join(', ')}`, `${bytes.length} bytes`, REPAIR);
}

const REPAIR = 'take all files from one save';

/** How many bytes a weight takes from a place on. */
function bytesOf({ name, shape, dtype, quantization }: WeightSpec, view: DataView, at: number): number {
  const stored = quantization?.dtype ?? dtype;
  const size = sizeOf(shape);
  const safetensors = STORED.get(stored);
  if (safetensors) return (size * (DTYPES.get(safetensors)?.bits ?? 0)) / 8;
  if (stored === 'complex64') return size * 8;
  if (stored !== 'string')
    throw broken(`a dtype of ${[...STORED.keys()].join(', ')}`, `${show(stored)} of ${show(name)}`);
  // Each text has its length in front.
  let end = at;
  for (let i = 0; i < size && end + 4 <= view.byteLength; i++) end += 4 + view.getUint32(end, true);
  return size > 0 && end === at ? Number.POSITIVE_INFINITY : end - at;
}

/** float32 and int32 come as they are, also where bytes stand for them. */
function numbersOf({ name, shape, dtype, quantization }: WeightSpec, view: DataView): Numbers {
  const who = `tfjs: weight ${show(name)}`;
  const decode = DTYPES.get(STORED.get(quantization?.dtype ?? dtype))?.decode;
  const numbers = decode?.(view, sizeOf(shape), who) as Numbers;
  if (!quantization) return numbers;
  const { dtype: stored, scale, min } = quantization;
  const isHalf = stored === 'float16' && dtype === 'float32';
  if (isHalf) return numbers;
  if (!['uint8', 'uint16'].includes(stored) || !['float32', 'int32'].includes(dtype)) {
    throw broken(
      'uint8 or uint16 for float32 or int32, or float16 for float32',
      `${stored} for ${dtype} of ${show(name)}`,
    );
  }
  // As TensorFlow.js: computed in double precision, and rounded once.
  return dtype === 'float32'
    ? Float32Array.from(numbers, (value) => value * scale + min)
    : Int32Array.from(numbers, (value) => Math.round(value * scale + min));
}
