import { MOST_NUMBERS } from '../../../checks.ts';
import { show } from '../../../errors.ts';
import { brokenHdf5 } from './broken-hdf5.ts';
import { shapeAt } from './dataspace.ts';
import { datatypeAt } from './datatype.ts';
import { decodeText, type FileView } from './file-view.ts';
import { inHeap } from './fractal-heap.ts';
import { MESSAGE, type Message } from './object-header.ts';

/** The texts in attributes of an object, by the name of the attribute. */
export type Texts = ReadonlyMap<string, readonly string[]>;

/** Attributes with texts that are looked for. */
const TOLD = /^(model_config|keras_version|backend|name|dtype|(layer|weight)_names\d*)$/;

/** Reads attributes, and no more of them than a file of that length has. */
export class AttributeReader {
  readonly #file: FileView;
  #left: number;

  constructor(file: FileView) {
    this.#file = file;
    // Texts are kept once: places in the file may name one of them again and again.
    this.#left = 3 * file.length + 4096;
  }

  /** @throws DataError for an attribute that is neither texts nor numbers */
  textsOf(path: string, messages: readonly Message[]): Texts {
    const file = this.#file;
    const texts = new Map<string, readonly string[]>();
    for (const { type, at } of messages) {
      if (type === MESSAGE.attribute) this.#read(path, at, texts);
      if (type !== MESSAGE.attributeInfo) continue;
      const indexed = at + 2 + (file.u8(at + 1) & 1 ? 2 : 0);
      for (const [from] of inHeap(file, file.place(indexed), file.place(indexed + 8), 'attributes')) {
        this.#read(path, from, texts);
      }
    }
    return texts;
  }

  #read(path: string, at: number, texts: Map<string, readonly string[]>): void {
    const file = this.#file;
    const version = file.u8(at);
    if (version < 1 || version > 3) throw brokenHdf5('attributes of version 1 to 3', `version ${version}`);
    const [nameSize, typeSize, spaceSize] = [2, 4, 6].map((field) => file.u16(at + field)) as [number, number, number];
    // The first version fills each part up to eight bytes.
    const room = (size: number): number => (version === 1 ? Math.ceil(size / 8) * 8 : size);
    const nameAt = at + (version === 3 ? 9 : 8);
    const typeAt = nameAt + room(nameSize);
    const spaceAt = typeAt + room(typeSize);
    const name = file.text(nameAt, nameAt + nameSize);
    if (version > 1 && file.u8(at + 1) !== 0) throw brokenHdf5('attributes that say what they are', show(name));
    const type = datatypeAt(file, typeAt);
    if (type.text === undefined && type.dtype === undefined) {
      throw brokenHdf5(`texts and numbers as attributes of ${show(path)}`, `${show(name)} of another kind`);
    }
    const shape = shapeAt(file, spaceAt);
    if (type.text === undefined || shape === null || !TOLD.test(name)) return;
    const count = shape.reduce((product, size) => product * size, 1);
    const from = spaceAt + room(spaceSize);
    file.part(from, Math.min(MOST_NUMBERS, type.size * count));
    texts.set(
      name,
      Array.from({ length: count }, (_, i) =>
        type.text === 'fixed'
          ? file.text(from + i * type.size, from + (i + 1) * type.size)
          : this.#elsewhere(from + i * type.size),
      ),
    );
  }

  /** A text in a collection of the global heap: how long it is, where the collection is, and its number in it. */
  #elsewhere(at: number): string {
    const file = this.#file;
    const length = file.u32(at);
    if (length === 0) return '';
    const heap = file.u64(at + 4);
    const wanted = file.u32(at + 12);
    file.expectMark(heap, 'GCOL');
    const end = heap + file.u64(heap + 8);
    file.part(heap, end - heap);
    let object = heap + 16;
    while (object + 16 <= end) {
      const number = file.u16(object);
      const size = file.u64(object + 8);
      if (number === wanted && wanted !== 0) {
        if (length > size || object + 16 + size > end) break;
        this.#left -= length;
        if (this.#left < 0) throw brokenHdf5('texts as long as the file', 'longer ones');
        const bytes = file.part(object + 16, length);
        const zero = bytes.indexOf(0);
        return decodeText(zero === -1 ? bytes : bytes.subarray(0, zero));
      }
      // The last one is what is free, which goes on to the end.
      if (number === 0) break;
      object += 16 + Math.ceil(size / 8) * 8;
    }
    throw brokenHdf5(`text ${wanted} of a heap`, 'none');
  }
}
