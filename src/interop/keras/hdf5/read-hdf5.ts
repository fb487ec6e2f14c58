/**
 * The tensors and texts of an HDF5 file, as Keras writes it and what else is written alike: versions 0 to 3, groups of old and new, numbers in
 * one block or in chunks, deflated and shuffled. What could name other files, or be much in a small file, is refused before any of it is
 * read: the checks of Keras' own reader (`saving_lib.safe_get_h5_dataset`), and limits by the file's length.
 * @see https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
 */
import { KeepgateError, messageOf, show } from '../../../errors.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { type Decode, type Dtype, DTYPES } from '../../dtypes.ts';
import { AttributeReader, type Texts } from './attributes.ts';
import { brokenHdf5 } from './broken-hdf5.ts';
import { type Layout, layoutOf } from './layout.ts';
import { shapeAt } from './dataspace.ts';
import { type Datatype, datatypeAt } from './datatype.ts';
import { FileView } from './file-view.ts';
import { linksOf } from './links.ts';
import { MESSAGE, type Message, messagesOf } from './object-header.ts';
import { rootOf } from './superblock.ts';

/** What a file has, by path: `layers/lstm/cell/vars/0`; the root is ''. */
export interface Hdf5Contents {
  readonly tensors: Record<string, Tensor>;
  /** Datasets that cannot be had, with the reason. */
  readonly refused: Record<string, string>;
  /** Texts in attributes of groups. */
  readonly texts: ReadonlyMap<string, Texts>;
}

/** The most that the datasets of a file may hold together, unpacked: as for archives. */
const MOST_UNPACKED = (length: number): number => 3 * length + 2 ** 26;

const DEEPEST = 64;

/** @throws DataError for what breaks a rule of the format */
export async function readHdf5(bytes: Uint8Array): Promise<Hdf5Contents> {
  const walk = new Walk(new FileView(bytes));
  walk.begin();
  return walk.contents();
}

interface Found {
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly type: Datatype;
  readonly layout: Layout;
}

class Walk {
  readonly #file: FileView;
  readonly #attributes: AttributeReader;
  readonly #seen = new Set<number>();
  readonly #texts = new Map<string, Texts>();
  readonly #found: Found[] = [];
  // No prototype: a dataset may be called `__proto__`.
  readonly #refused: Record<string, string> = Object.create(null);
  #stored = 0;
  #unpacked = 0;

  constructor(file: FileView) {
    this.#file = file;
    this.#attributes = new AttributeReader(file);
  }

  begin(): void {
    this.#object('', rootOf(this.#file), 0);
  }

  /** All was looked at before the first dataset is read. */
  async contents(): Promise<Hdf5Contents> {
    const tensors: Record<string, Tensor> = Object.create(null);
    for (const { path, shape, dtype, type, layout } of this.#found) {
      const bytes = inOrder(await layout.read(), type);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      try {
        const { decode } = DTYPES.get(dtype) as Dtype;
        tensors[path] = new Tensor((decode as Decode)(view, bytes.length / type.size, 'hdf5'), shape);
      } catch (error) {
        if (!(error instanceof KeepgateError)) throw error;
        // Integers that no number holds.
        this.#refused[path] = messageOf(error);
      }
    }
    return { tensors, refused: this.#refused, texts: this.#texts };
  }

  #object(path: string, address: number, depth: number): void {
    if (this.#seen.has(address)) throw brokenHdf5('every object once', `${show(path)}, which is another one as well`);
    this.#seen.add(address);
    if (depth > DEEPEST) throw brokenHdf5(`groups at most ${DEEPEST} deep`, 'deeper ones');
    const messages = messagesOf(this.#file, address);
    const texts = this.#attributes.textsOf(path, messages);
    const has = (wanted: number): boolean => messages.some(({ type }) => type === wanted);
    if (has(MESSAGE.layout) || has(MESSAGE.dataspace)) {
      this.#dataset(path, messages, texts);
      return;
    }
    if (!has(MESSAGE.symbolTable) && !has(MESSAGE.linkInfo)) {
      throw brokenHdf5('groups and datasets', `${show(path)}, which is neither`);
    }
    if (texts.size > 0) this.#texts.set(path, texts);
    for (const [name, child] of linksOf(this.#file, path, messages)) {
      this.#object(path === '' ? name : `${path}/${name}`, child, depth + 1);
    }
  }

  #dataset(path: string, messages: readonly Message[], texts: Texts): void {
    const at = (wanted: number): number => {
      const message = messages.find(({ type }) => type === wanted);
      if (message) return message.at;
      throw brokenHdf5(`what ${show(path)} is made of`, 'a part of it');
    };
    const type = datatypeAt(this.#file, at(MESSAGE.datatype));
    const shape = shapeAt(this.#file, at(MESSAGE.dataspace));
    const layout = layoutOf(this.#file, path, messages, { shape: shape ?? [0], width: type.size });
    // Two bytes that mean nothing to HDF5, and are said to be bfloat16: so Keras writes it.
    const isBfloat16 = type.isOpaque && type.size === 2 && texts.get('dtype')?.[0] === 'bfloat16';
    const dtype = isBfloat16 ? 'BF16' : type.dtype;
    if (typeof layout === 'string') this.#refused[path] = layout;
    else if (shape === null || dtype === undefined) {
      this.#refused[path] = `numbers were expected, but ${shape === null ? 'no entries' : 'something else'} came`;
    } else {
      this.#stored += layout.stored;
      this.#unpacked += shape.reduce((product, size) => product * size, type.size);
      const most = MOST_UNPACKED(this.#file.length);
      if (this.#stored > this.#file.length || this.#unpacked > most) {
        throw brokenHdf5(
          `numbers of at most ${most} bytes in a file of ${this.#file.length}`,
          `${Math.max(this.#stored, this.#unpacked)} with ${show(path)}`,
        );
      }
      this.#found.push({ path, shape, dtype, type, layout });
    }
  }
}

/** The bytes of numbers, the lowest first. */
function inOrder(bytes: Uint8Array, { isBigEndian, size }: Datatype): Uint8Array {
  if (!isBigEndian || size === 1) return bytes;
  const copy = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) copy[at - (at % size) + (size - 1 - (at % size))] = bytes[at] as number;
  return copy;
}
