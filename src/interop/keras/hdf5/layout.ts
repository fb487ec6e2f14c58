import { show } from '../../../errors.ts';
import { inflate } from '../../archives/inflate.ts';
import { brokenHdf5 } from './broken-hdf5.ts';
import type { FileView } from './file-view.ts';
import { leavesOf } from './links.ts';
import { MESSAGE, type Message } from './object-header.ts';

/** Where the bytes of a dataset are. */
export interface Layout {
  /** How many bytes it has in the file, if it says so. */
  readonly stored: number;
  /** @throws DataError for bytes that are not there, or not those that were written */
  read(): Promise<Uint8Array>;
}

const DEFLATE = 1;
const SHUFFLE = 2;
const CHUNKS = 1;

/**
 * Where the bytes of a dataset are, before one of them is read; a reason where they cannot be had.
 * @param width of an entry, in bytes
 * @throws DataError for what is in another file
 */
export function layoutOf(
  file: FileView,
  path: string,
  messages: readonly Message[],
  { shape, width }: { readonly shape: readonly number[]; readonly width: number },
): Layout | string {
  if (messages.some(({ type }) => type === MESSAGE.externalFiles)) {
    throw brokenHdf5('a file with all of its numbers in it', `${show(path)}, whose numbers are in another one`);
  }
  const message = messages.find(({ type }) => type === MESSAGE.layout);
  if (!message) throw brokenHdf5(`a place of ${show(path)}`, 'none');
  const { at } = message;
  const version = file.u8(at);
  const kind = file.u8(at + 1);
  const size = shape.reduce((product, axis) => product * axis, width);
  if (version < 3 || version > 4) return `a layout of version 3 or 4 was expected, but version ${version} came`;
  const pipeline = filtersOf(file, path, messages);
  const given = (begin: number | undefined, stored: number): Layout | string => {
    if (size === 0) return { stored: 0, read: async () => new Uint8Array(0) };
    if (begin === undefined) return 'numbers were expected, but none were written';
    if (stored !== size) throw brokenHdf5(`${size} bytes of ${show(path)}`, `${stored}`);
    file.part(begin, stored);
    return { stored, read: async () => file.part(begin, stored) };
  };
  if (kind === 0) return given(at + 4, file.u16(at + 2));
  if (kind === 1) return given(file.place(at + 2), file.u64(at + 10));
  if (kind === 3) throw brokenHdf5('datasets with numbers of their own', `${show(path)}, which shows others`);
  if (kind !== 2) throw brokenHdf5(`a layout of ${show(path)}`, `kind ${kind}`);
  if (version === 4)
    return 'one block, or chunks as HDF5 1.8 writes them, were expected, but chunks of 1.10 came; save it with libver="earliest"';
  const axes = file.u8(at + 2);
  if (axes !== shape.length + 1) throw brokenHdf5(`chunks of ${shape.length} axes`, `${axes - 1}`);
  const root = file.place(at + 3);
  const chunk = shape.map((_, axis) => file.u32(at + 11 + axis * 4));
  if (chunk.includes(0)) throw brokenHdf5('chunks with entries', `[${chunk}]`);
  if (root === undefined) return 'numbers were expected, but none were written';
  return { stored: 0, read: () => readChunks(file, path, { root, shape, chunk, width, pipeline }) };
}

/** Numbers of filters in the order in which they were applied. @throws DataError for one other than deflate and shuffle */
function filtersOf(file: FileView, path: string, messages: readonly Message[]): readonly number[] {
  const message = messages.find(({ type }) => type === MESSAGE.filters);
  if (!message) return [];
  const version = file.u8(message.at);
  const count = file.u8(message.at + 1);
  const found: number[] = [];
  let at = message.at + (version === 1 ? 8 : 2);
  for (let i = 0; i < count; i++) {
    const id = file.u16(at);
    if (id !== DEFLATE && id !== SHUFFLE) {
      throw brokenHdf5(`${show(path)} as it is, deflated or shuffled`, `filter ${id}`);
    }
    // The second version leaves out the names of filters that all know.
    const nameLength = version === 1 ? file.u16(at + 2) : 0;
    const values = file.u16(at + (version === 1 ? 6 : 4));
    const padded = version === 1 && values % 2 === 1 ? values + 1 : values;
    at += (version === 1 ? 8 : 6) + Math.ceil(nameLength / 8) * 8 + padded * 4;
    found.push(id);
  }
  return found;
}

interface Chunks {
  readonly root: number;
  readonly shape: readonly number[];
  readonly chunk: readonly number[];
  readonly width: number;
  readonly pipeline: readonly number[];
}

async function readChunks(file: FileView, path: string, chunks: Chunks): Promise<Uint8Array> {
  const { root, shape, chunk, width, pipeline } = chunks;
  const out = new Uint8Array(shape.reduce((product, axis) => product * axis, width));
  const size = chunk.reduce((product, axis) => product * axis, width);
  if (size > 3 * file.length + 2 ** 26) throw brokenHdf5(`chunks of ${show(path)} inside of it`, `${size} bytes`);
  const keyWidth = 8 + 8 * (shape.length + 1);
  const done = new Set<string>();
  for (const key of leavesOf(file, root, { type: CHUNKS, keyWidth })) {
    const start = shape.map((_, axis) => file.u64(key + 8 + axis * 8));
    const isOne = start.every((at, axis) => at % (chunk[axis] as number) === 0 && at < (shape[axis] as number));
    if (!isOne || done.has(String(start))) throw brokenHdf5(`chunks of ${show(path)}, each once`, `one at [${start}]`);
    done.add(String(start));
    const stored = file.part(file.u64(key + keyWidth), file.u32(key));
    const bytes = await unfiltered(path, stored, size, width, { pipeline, skipped: file.u32(key + 4) });
    copyChunk(bytes, out, { start, shape, chunk, width });
  }
  const wanted = shape.reduce((product, axis, i) => product * Math.ceil(axis / (chunk[i] as number)), 1);
  if (done.size !== wanted) throw brokenHdf5(`${wanted} chunks of ${show(path)}`, `${done.size}`);
  return out;
}

async function unfiltered(
  path: string,
  stored: Uint8Array,
  size: number,
  width: number,
  { pipeline, skipped }: { readonly pipeline: readonly number[]; readonly skipped: number },
): Promise<Uint8Array> {
  let bytes = stored;
  for (let i = pipeline.length - 1; i >= 0; i--) {
    if (skipped & (1 << i)) continue;
    bytes =
      pipeline[i] === DEFLATE ? await inflate(path, new Uint8Array(bytes), size, 'deflate') : unshuffled(bytes, width);
  }
  if (bytes.length === size) return bytes;
  throw brokenHdf5(`chunks of ${size} bytes in ${show(path)}`, `${bytes.length}`);
}

/** Shuffled: the first bytes of all entries, then the second ones, ... */
function unshuffled(bytes: Uint8Array, width: number): Uint8Array {
  const count = Math.floor(bytes.length / width);
  const out = new Uint8Array(bytes);
  for (let byte = 0; byte < width; byte++) {
    for (let i = 0; i < count; i++) out[i * width + byte] = bytes[byte * count + i] as number;
  }
  return out;
}

/** Chunks at the far ends of a dataset reach over it. */
function copyChunk(
  bytes: Uint8Array,
  out: Uint8Array,
  { start, shape, chunk, width }: { start: readonly number[] } & Omit<Chunks, 'root' | 'pipeline'>,
): void {
  const walk = (axis: number, from: number, to: number): void => {
    const begin = start[axis] ?? 0;
    const count = Math.min(chunk[axis] ?? 1, (shape[axis] ?? 1) - begin);
    if (axis >= shape.length - 1) {
      const first = (to + begin) * width;
      out.set(bytes.subarray(from * width, (from + count) * width), first);
      return;
    }
    for (let i = 0; i < count; i++) {
      walk(axis + 1, (from + i) * (chunk[axis + 1] as number), (to + begin + i) * (shape[axis + 1] as number));
    }
  };
  walk(0, 0, 0);
}
