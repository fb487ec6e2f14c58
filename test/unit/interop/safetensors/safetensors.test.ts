import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DataError, KeepgateError } from '../../../../src/errors.ts';
import { listSafetensors, readSafetensors, writeSafetensors } from '../../../../src/interop/index.ts';
import { sizeOf, Tensor } from '../../../../src/tensor/tensor.ts';
import type { Numbers } from '../../../../src/tensor/typed-arrays.ts';

/** A file from the text of its header and its bytes, without any check. */
function file(header: string | Uint8Array, numbers: readonly number[] = []): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return new Uint8Array([...length, ...text, ...numbers]);
}

const entry = (dtype: string, shape: string, offsets: string): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Any bits make a number: this gives NaNs of every payload, -0, infinities and subnormals. */
const numbers = (size: number): fc.Arbitrary<Numbers> =>
  fc.oneof(
    fc.int32Array({ minLength: size, maxLength: size }),
    fc.uint32Array({ minLength: size, maxLength: size }),
    fc.int16Array({ minLength: size, maxLength: size }),
    fc.uint16Array({ minLength: size, maxLength: size }),
    fc.int8Array({ minLength: size, maxLength: size }),
    fc.uint8Array({ minLength: size, maxLength: size }),
    fc.uint8Array({ minLength: size * 8, maxLength: size * 8 }).map((bytes) => new Float64Array(bytes.slice().buffer)),
    fc.uint8Array({ minLength: size * 4, maxLength: size * 4 }).map((bytes) => new Float32Array(bytes.slice().buffer)),
    fc.float64Array({ minLength: size, maxLength: size }),
    fc.float32Array({ minLength: size, maxLength: size }),
  );
const tensors = fc
  .array(fc.nat({ max: 4 }), { maxLength: 4 })
  .chain((shape) => numbers(sizeOf(shape)).map((data) => new Tensor(data, shape)));
const names = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', 'constructor', 'toString', '', '10', '9', '""', '\\\\', '\r\n', '\u2028', '🙂'),
  )
  .filter((name) => name !== '__metadata__' && !isMisread(name));

/**
 * V8 13.6 to 14.6 (Node 24 and 26) misreads a key of one escaped character: JSON.parse('{"m":{"a":0,"\\n":0}}') gives the
 * keys a and a backslash once it has seen such objects before. Not ours to mend, and no name of a tensor.
 */
function isMisread(key: string): boolean {
  return key.length === 1 && JSON.stringify(key).length > 3;
}

/** Pairs, not fc.dictionary, so that `__proto__` becomes a property like any other. */
const records = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.uniqueArray(fc.tuple(names, values), { selector: ([name]) => name, maxLength: 6 }).map(Object.fromEntries);

test('what is written is read back, bit for bit', () => {
  fc.assert(
    fc.property(records(tensors), records(fc.string({ unit: 'binary' })), (written, metadata) => {
      const read = readSafetensors(writeSafetensors(written, metadata));
      expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
      expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(written).sort());
      for (const [name, tensor] of Object.entries(written)) {
        const found = read.tensors[name] as Tensor;
        expect(found.shape).toEqual(tensor.shape);
        expect(found.data.constructor).toBe(tensor.data.constructor);
        expect(bytesOf(found)).toEqual(bytesOf(tensor));
      }
    }),
  );
});

test('the order of the tensors does not change the bytes', () => {
  fc.assert(
    fc.property(records(tensors), (written) => {
      const turned = Object.fromEntries(Object.entries(written).reverse());
      expect(writeSafetensors(turned)).toEqual(writeSafetensors(written));
    }),
  );
});

test('every number starts at a multiple of its width', () => {
  fc.assert(
    fc.property(records(tensors), (written) => {
      const bytes = writeSafetensors(written);
      const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
      expect(length % 8).toBe(0);
      const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
      for (const [name, tensor] of Object.entries(written)) {
        expect(header[name].data_offsets[0] % tensor.data.BYTES_PER_ELEMENT).toBe(0);
      }
    }),
  );
});

test('the reader throws nothing but a DataError, whatever it is given', () => {
  const tidy = writeSafetensors({ a: new Tensor(new Float32Array(2), [2]), b: new Tensor(new Float64Array(1), []) });
  const flipped = fc.tuple(fc.nat(tidy.length - 1), fc.nat(255)).map(([at, byte]) => tidy.with(at, byte));
  const value = fc.oneof(fc.json(), fc.constant('{"toString":1,"valueOf":1}'));
  const odd = fc.tuple(names, value).map(([name, json]) => file(`{${JSON.stringify(name)}:${json}}`));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), flipped, odd), (bytes) => {
      try {
        readSafetensors(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }),
  );
});

const GOLDEN_HEADER =
  '{"10":{"dtype":"F64","shape":[],"data_offsets":[0,8]},' +
  '"9":{"dtype":"F32","shape":[0,2],"data_offsets":[8,8]},' +
  '"__metadata__":{"made by":"hand"},' +
  '"w":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]}}';
// biome-ignore format: a number per line
const GOLDEN_NUMBERS = [
  0, 0, 0, 0, 0, 0, 0xf8, 0x3f, // 1.5 as F64
  0, 0, 0x80, 0x3f, // 1 as F32
  0, 0, 0, 0xc0, // -2 as F32
];

test('the bytes are those of a file written by hand', () => {
  const bytes = writeSafetensors(
    {
      w: new Tensor(new Float32Array([1, -2]), [2, 1]),
      9: new Tensor(new Float32Array(0), [0, 2]),
      10: new Tensor(new Float64Array([1.5]), []),
    },
    { 'made by': 'hand' },
  );
  // 199 characters and a space for padding.
  const text = new TextEncoder().encode(`${GOLDEN_HEADER} `);
  expect(bytes).toEqual(new Uint8Array([200, 0, 0, 0, 0, 0, 0, 0, ...text, ...GOLDEN_NUMBERS]));
});

test('a file written by hand is read, wherever it lies in its buffer', () => {
  const golden = file(GOLDEN_HEADER, GOLDEN_NUMBERS);
  const shifted = new Uint8Array(golden.length + 6).subarray(3, -3);
  shifted.set(golden);
  const { tensors, metadata } = readSafetensors(shifted);
  expect(metadata).toEqual({ 'made by': 'hand' });
  expect(Object.keys(tensors)).toEqual(['9', '10', 'w']);
  expect(tensors['10']).toEqual(new Tensor(new Float64Array([1.5]), []));
  expect(tensors['9']).toEqual(new Tensor(new Float32Array(0), [0, 2]));
  expect(tensors.w).toEqual(new Tensor(new Float32Array([1, -2]), [2, 1]));
});

test('no tensors make a file that is read back', () => {
  expect(writeSafetensors({})).toEqual(file('{}      '));
  expect(readSafetensors(writeSafetensors({}))).toEqual({ tensors: {}, metadata: {} });
});

test('a transposed tensor, and one on a part of a buffer, are written in row-major order', () => {
  const data = new Float32Array([9, 1, 2, 3, 4, 5, 6]).subarray(1);
  const { tensors } = readSafetensors(writeSafetensors({ t: new Tensor(data, [2, 3]).swapFirstAxes() }));
  expect(tensors.t?.shape).toEqual([3, 2]);
  expect(tensors.t?.data).toEqual(new Float32Array([1, 4, 2, 5, 3, 6]));
});

test.each([
  ['F16', 0x3c00, 1],
  ['F16', 0xc000, -2],
  ['F16', 0x3555, 0.333251953125],
  ['F16', 0x7bff, 65504],
  ['F16', 0x0400, 2 ** -14],
  ['F16', 0x03ff, 1023 * 2 ** -24],
  ['F16', 0x8001, -(2 ** -24)],
  ['F16', 0x0000, 0],
  ['F16', 0x8000, -0],
  ['F16', 0x7c00, Number.POSITIVE_INFINITY],
  ['F16', 0xfc00, Number.NEGATIVE_INFINITY],
  ['F16', 0x7e00, Number.NaN],
  ['BF16', 0x3f80, 1],
  ['BF16', 0xc000, -2],
  ['BF16', 0x4049, 3.140625],
  ['BF16', 0x0001, 2 ** -133],
  ['BF16', 0x7f7f, 255 * 2 ** 120],
  ['BF16', 0x8000, -0],
  ['BF16', 0x7f80, Number.POSITIVE_INFINITY],
  ['BF16', 0xff80, Number.NEGATIVE_INFINITY],
  ['BF16', 0x7fc0, Number.NaN],
])('%s of bits %i is %d', (dtype, bits, value) => {
  const header = `{"x":{"dtype":"${dtype}","shape":[1],"data_offsets":[0,2]}}`;
  const { tensors } = readSafetensors(file(header, [bits & 0xff, bits >> 8]));
  expect(tensors.x?.data).toEqual(new Float32Array([value]));
});

/** Bytes of each dtype, and the numbers that they are: worked out by hand from the tables of OCP's 8-bit formats, or IEEE's. */
const NAN = Number.NaN;
const INF = Number.POSITIVE_INFINITY;
test.each<[string, readonly number[], Numbers]>([
  ['BOOL', [0, 1, 1], Uint8Array.of(0, 1, 1)],
  ['U8', [0, 7, 255], Uint8Array.of(0, 7, 255)],
  ['I8', [0, 127, 128, 255], Int8Array.of(0, 127, -128, -1)],
  ['U16', [0x34, 0x12, 0, 0x80], Uint16Array.of(0x1234, 0x8000)],
  ['I16', [0x34, 0x12, 0, 0x80], Int16Array.of(0x1234, -0x8000)],
  ['U32', [0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0x80], Uint32Array.of(0x12345678, 0x80000000)],
  ['I32', [0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0x80], Int32Array.of(0x12345678, -0x80000000)],
  ['U64', [0x15, 0xcd, 0x5b, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80], Float64Array.of(123456789, 2 ** 63)],
  ['I64', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0x80], Float64Array.of(-1, -(2 ** 63))],
  ['C64', [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], Float32Array.of(1, -2)],
  [
    'F8_E5M2',
    [0x3c, 0xc1, 0x01, 0x7b, 0x7c, 0xfc, 0x7d, 0x80],
    Float32Array.of(1, -2.5, 2 ** -16, 57344, INF, -INF, NAN, -0),
  ],
  [
    'F8_E4M3',
    [0x38, 0xc2, 0x01, 0x7e, 0x78, 0x7f, 0xff, 0x80],
    Float32Array.of(1, -2.5, 2 ** -9, 448, 256, NAN, NAN, -0),
  ],
  ['F8_E5M2FNUZ', [0x40, 0xc5, 0x01, 0x7f, 0x7c, 0x80], Float32Array.of(1, -2.5, 2 ** -17, 57344, 32768, NAN)],
  ['F8_E4M3FNUZ', [0x40, 0xca, 0x01, 0x7f, 0x78, 0x80], Float32Array.of(1, -2.5, 2 ** -10, 240, 128, NAN)],
  ['F8_E8M0', [0, 127, 128, 254, 255], Float32Array.of(2 ** -127, 1, 2, 2 ** 127, NAN)],
])('row 11: %s is read', (dtype, bytes, numbers) => {
  const count = dtype === 'C64' ? 1 : numbers.length;
  const header = `{"x":${entry(dtype, `[${count},1]`, `[0,${bytes.length}]`)}}`;
  const { tensors } = readSafetensors(file(header, bytes));
  expect(tensors.x?.data).toEqual(numbers);
  expect(tensors.x?.data.constructor).toBe(numbers.constructor);
  expect(tensors.x?.shape).toEqual(dtype === 'C64' ? [1, 1, 2] : [count, 1]);
});

/** Two tensors of dtypes that cannot be read, one of them not known at all, among two that can. */
const MIXED = file(
  `{"bits":${entry('F4', '[4]', '[0,2]')},"ids":${entry('I32', '[1]', '[2,6]')},"next":${entry('Q9', '[3]', '[6,7]')},"w":${entry('F32', '[1]', '[7,11]')}}`,
  [1, 2, 7, 0, 0, 0, 9, 0, 0, 0x80, 0x3f],
);

test('row 11: a file is listed, and some of it read, whatever else is in it', () => {
  expect({ ...listSafetensors(MIXED).tensors }).toEqual({
    bits: { dtype: 'F4', shape: [4] },
    ids: { dtype: 'I32', shape: [1] },
    next: { dtype: 'Q9', shape: [3] },
    w: { dtype: 'F32', shape: [1] },
  });
  const { tensors } = readSafetensors(MIXED, { only: ['w', 'ids'] });
  expect({ ...tensors }).toEqual({ w: new Tensor(Float32Array.of(1), [1]), ids: new Tensor(Int32Array.of(7), [1]) });
  expect(() => readSafetensors(MIXED)).toThrow(/tensor "bits": a dtype of F64, .* was expected, but "F4" came/);
  expect(() => readSafetensors(MIXED, { only: ['next'] })).toThrow(/tensor "next": .*, but "Q9" came/);
  expect(() => readSafetensors(MIXED, { only: ['b'] })).toThrow(
    new DataError(
      'safetensors: a tensor named "b" was expected, but the file has ["bits", "ids", "next", "w"]; listSafetensors() names them all',
    ),
  );
});

test('O28: the buffer of a response is taken, and other views, of any realm', () => {
  const bytes = writeSafetensors({ x: new Tensor(Int16Array.of(-3), [1]) });
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const foreign: ArrayBuffer = runInNewContext('new ArrayBuffer(n)', { n: bytes.length });
  new Uint8Array(foreign).set(bytes);
  for (const given of [bytes.slice().buffer, shared, foreign, Buffer.from(bytes)]) {
    expect(readSafetensors(given as ArrayBuffer).tensors.x?.data).toEqual(Int16Array.of(-3));
    expect(listSafetensors(given as ArrayBuffer).tensors.x).toEqual({ dtype: 'I16', shape: [1] });
  }
});

test.each<[string, () => unknown, string]>([
  [
    'no bytes',
    () => readSafetensors('w' as never),
    'readSafetensors: a Uint8Array or an ArrayBuffer was expected, but "w" came',
  ],
  [
    'a list',
    () => listSafetensors([1] as never),
    'listSafetensors: a Uint8Array or an ArrayBuffer was expected, but [1] came',
  ],
  ['an option', () => readSafetensors(MIXED, { onl: [] } as never), 'did you mean only?'],
  ['a text as only', () => readSafetensors(MIXED, { only: 'w' } as never), 'a list of names was expected as only'],
  ['a list as tensors', () => writeSafetensors([] as never), 'an object of tensors by name was expected, but [] came'],
  ['an array', () => writeSafetensors({ w: [1] } as never), 'a Tensor was expected as "w", but [1] came; use tensor()'],
  ['a text as metadata', () => writeSafetensors({}, 'made' as never), 'an object of metadata by name was expected'],
])('O28: %s is refused', (_, act, message) => {
  expect(act).toThrow(KeepgateError);
  expect(act).toThrow(message);
});

test('a buffer that was handed to another thread is refused', () => {
  const { buffer } = writeSafetensors({});
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
  expect(() => readSafetensors(buffer as ArrayBuffer)).toThrow(DataError);
});

const AGAIN = '; fetch or export the file again';
const a = (dtype: string, shape: string, offsets: string): string => `{"a":${entry(dtype, shape, offsets)}}`;
const ab = (first: string, second: string): string =>
  `{"a":${entry('F32', '[1]', first)},"b":${entry('F32', '[1]', second)}}`;

test.each<[string, Uint8Array, string]>([
  ['too short', new Uint8Array(7), `a file of 8 bytes or more was expected, but 7 bytes came${AGAIN}`],
  [
    'huge header',
    new Uint8Array(8).fill(255),
    `a header of at most 100000000 bytes was expected, but a length of ${2n ** 64n - 1n} came${AGAIN}`,
  ],
  [
    'header past the end',
    file('{}').subarray(0, 9),
    `a header of 2 bytes was expected, but 1 (the file is truncated) came${AGAIN}`,
  ],
  ['no header', file(''), `a header that starts with { was expected, but byte none came${AGAIN}`],
  ['list as header', file('[]'), `a header that starts with { was expected, but byte 91 came${AGAIN}`],
  ['space first', file(' {}'), `a header that starts with { was expected, but byte 32 came${AGAIN}`],
  [
    'not UTF-8',
    file(new Uint8Array([123, 255, 125])),
    `a header in UTF-8 was expected, but something else came${AGAIN}`,
  ],
  ['not JSON', file('{"a":\n'), `a header in JSON was expected, but "{\\"a\\":\\n" came${AGAIN}`],
  [
    'key twice',
    file('{"a":{"x":1,"\\u0078":"{"}}'),
    `every key of the header once was expected, but "x" twice came${AGAIN}`,
  ],
  ['entry', file('{"a":[]}'), `tensor "a" as a JSON object was expected, but [] came${AGAIN}`],
  [
    'dtype',
    file(a('F4', '[2]', '[0,1]'), [0]),
    'tensor "a": a dtype of F64, F32, F16, BF16, F8_E5M2, F8_E4M3, F8_E5M2FNUZ, F8_E4M3FNUZ, F8_E8M0, C64, I64, U64, I32, U32, I16, U16, I8, U8, BOOL was expected, but "F4" came; convert the tensor, or read others by { only: [names] }',
  ],
  [
    'inherited dtype',
    file(a('constructor', '[0]', '[0,0]')),
    'was expected, but "constructor" came; convert the tensor',
  ],
  [
    'no dtype',
    file(a('', '[0]', '[0,0]').replace('""', '7')),
    `tensor "a" with a dtype was expected, but 7 came${AGAIN}`,
  ],
  [
    'half bytes',
    file(a('F6_E2M3', '[5]', '[0,4]'), [0, 0, 0, 0]),
    `tensor "a" of dtype F6_E2M3 and shape [5] to span 3.75 bytes was expected, but 4 came${AGAIN}`,
  ],
  [
    'a BOOL of 2',
    file(a('BOOL', '[3]', '[0,3]'), [1, 0, 2]),
    'tensor "a": bytes 0 and 1 were expected of dtype BOOL, but 2 came; export the file again',
  ],
  [
    'an I64 that no float64 is',
    file(a('I64', '[1]', '[0,8]'), [1, 0, 0, 0, 0, 0, 0x20, 0]),
    'tensor "a": integers that a float64 holds were expected, but 9007199254740993 came at entry 0; the next one is 9007199254740992',
  ],
  [
    'no shape',
    file('{"a":{"dtype":"F32","data_offsets":[0,0]}}'),
    `tensor "a" with a shape of whole numbers was expected, but nothing came${AGAIN}`,
  ],
  [
    'negative size',
    file(a('F32', '[2,-1]', '[0,0]')),
    `tensor "a" with a shape of whole numbers was expected, but [2, -1] came${AGAIN}`,
  ],
  [
    'half size',
    file(a('F32', '[0.5]', '[0,2]'), [0, 0]),
    `tensor "a" with a shape of whole numbers was expected, but [0.5] came${AGAIN}`,
  ],
  [
    'text as size',
    file(a('F32', '["1"]', '[0,4]')),
    `tensor "a" with a shape of whole numbers was expected, but a list of other things came${AGAIN}`,
  ],
  [
    'offsets',
    file(a('F32', '[1]', '{"toString":1}')),
    `tensor "a" with data_offsets of whole numbers was expected, but an object came${AGAIN}`,
  ],
  [
    'three offsets',
    file(a('F32', '[1]', '[0,4,8]')),
    `tensor "a" with data_offsets [begin, end] was expected, but [0, 4, 8] came${AGAIN}`,
  ],
  [
    'offsets turned',
    file(a('F32', '[1]', '[4,0]')),
    `tensor "a" with data_offsets [begin, end] was expected, but [4, 0] came${AGAIN}`,
  ],
  [
    'length',
    file(a('F32', '[2, 3]', '[0,4]'), [0, 0, 0, 0]),
    `tensor "a" of dtype F32 and shape [2, 3] to span 24 bytes was expected, but 4 came${AGAIN}`,
  ],
  [
    'overflowing shape',
    file(a('F32', `[${Array(30).fill(2 ** 52)},0]`, '[0,0]')),
    'to span NaN bytes was expected, but 0 came',
  ],
  [
    'overflow behind nothing',
    file(a('F32', `[0,${2 ** 52},${2 ** 52}]`, '[0,0]')),
    'tensor "a" with a shape of at most 64 axes that memory could hold was expected, but [0, 4503599627370496, ',
  ],
  [
    'many axes',
    file(a('F32', `[${Array(65).fill(1)}]`, '[0,4]'), [0, 0, 0, 0]),
    'tensor "a" with a shape of at most 64 axes that memory could hold was expected, but [1, 1, ',
  ],
  [
    'hole at the start',
    file(a('F32', '[1]', '[4,8]'), Array(8).fill(0)),
    `tensor "a" to begin at byte 0 of the numbers was expected, but 4 (a hole) came${AGAIN}`,
  ],
  [
    'hole between',
    file(ab('[8,12]', '[0,4]'), Array(12).fill(0)),
    `tensor "a" to begin at byte 4 of the numbers was expected, but 8 (a hole) came${AGAIN}`,
  ],
  [
    'overlap',
    file(ab('[0,4]', '[2,6]'), Array(6).fill(0)),
    `tensor "b" to begin at byte 4 of the numbers was expected, but 2 (an overlap) came${AGAIN}`,
  ],
  [
    'truncated',
    file(a('F32', '[1]', '[0,4]'), [0, 0, 0]),
    `a body of 4 bytes was expected, but 3 (the file is truncated) came${AGAIN}`,
  ],
  [
    'too long',
    file(a('F32', '[1]', '[0,4]'), Array(5).fill(0)),
    `a body of 4 bytes was expected, but 5 (the file is too long) came${AGAIN}`,
  ],
  ['metadata', file('{"__metadata__":null}'), `__metadata__ as a JSON object was expected, but null came${AGAIN}`],
  ['metadata value', file('{"__metadata__":{"a":1}}'), `__metadata__ "a" as a text was expected, but 1 came${AGAIN}`],
])('refuses a broken file: %s', (_, bytes, message) => {
  expect(() => readSafetensors(bytes)).toThrow(DataError);
  expect(() => readSafetensors(bytes)).toThrow(message);
});

test('a name that occurs in two objects is not a repeated key', () => {
  const header = `{"shape":${entry('F32', '[0]', '[0,0]')},"__metadata__":{"dtype":"a:\\"b\\\\","shape":"{"}}`;
  expect(readSafetensors(file(header)).metadata).toEqual({ dtype: 'a:"b\\', shape: '{' });
});

test.each<[string, () => Uint8Array, string]>([
  [
    'reserved name',
    () => writeSafetensors({ __metadata__: new Tensor(new Float32Array(0), [0]) }),
    'safetensors: a name other than __metadata__ was expected for a tensor; rename the tensor',
  ],
  [
    'lone surrogate in a name',
    () => writeSafetensors({ 'a\ud800': new Tensor(new Float32Array(0), [0]) }),
    'safetensors: names and metadata of valid Unicode text were expected, but "a\\ud800" came; change it',
  ],
  [
    'metadata that is no text',
    () => writeSafetensors({}, { epochs: 3 as unknown as string }),
    'safetensors: names and metadata of valid Unicode text were expected, but 3 came; change it',
  ],
])('refuses to write: %s', (_, write, message) => {
  expect(write).toThrow(new DataError(message));
});
