/** The names of a group and where its objects are, as all versions of HDF5 write them. */
import { show } from '../../../errors.ts';
import { brokenHdf5 } from './broken-hdf5.ts';
import { inHeap } from './fractal-heap.ts';
import { type FileView, decodeText } from './file-view.ts';
import { MESSAGE, type Message } from './object-header.ts';

/** Addresses of the object headers in a group, by name. */
export type Links = ReadonlyMap<string, number>;

const SOFT = 2;
const HARD = 0;

/** @throws DataError for a link that is a path: it could lead out of the file, or around in it */
export function linksOf(file: FileView, path: string, messages: readonly Message[]): Links {
  const links = new Map<string, number>();
  const add = (name: string, address: number): void => {
    if (name === '' || name === '.' || name.includes('/')) throw brokenHdf5('names of objects', show(name));
    if (links.has(name)) throw brokenHdf5('every object once', `${show(name)} twice in ${show(path)}`);
    links.set(name, address);
  };
  for (const { type, at, end } of messages) {
    if (type === MESSAGE.symbolTable) inSymbolTable(file, path, at, add);
    else if (type === MESSAGE.link) addLink(file, path, at, end, add);
    else if (type === MESSAGE.linkInfo) {
      const indexed = at + 2 + (file.u8(at + 1) & 1 ? 8 : 0);
      for (const [from, to] of inHeap(file, file.place(indexed), file.place(indexed + 8), 'links')) {
        addLink(file, path, from, to, add);
      }
    }
  }
  return links;
}

type Add = (name: string, address: number) => void;

function addLink(file: FileView, path: string, at: number, end: number, add: Add): void {
  const flags = file.u8(at + 1);
  const type = flags & 8 ? file.u8(at + 2) : HARD;
  const widthAt = at + 2 + (flags & 8 ? 1 : 0) + (flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0);
  const width = 2 ** (flags & 3);
  const nameAt = widthAt + width;
  const name = decodeText(file.part(nameAt, file.wide(widthAt, width)));
  expectHard(path, name, type);
  const addressAt = nameAt + file.wide(widthAt, width);
  if (addressAt + 8 > end) throw brokenHdf5('links inside of their message', 'a longer one');
  add(name, file.u64(addressAt));
}

function expectHard(path: string, name: string, type: number): void {
  if (type === HARD) return;
  const kind = type === 1 ? 'a soft link' : type === 64 ? 'an external link' : `a link of kind ${type}`;
  throw brokenHdf5(`objects in the file, and no links, in ${show(path)}`, `${show(name)}, ${kind}`);
}

/** A B-tree of names, whose leaves are tables of symbols, and a heap for the names. */
function inSymbolTable(file: FileView, path: string, at: number, add: Add): void {
  const heap = file.u64(at + 8);
  file.expectMark(heap, 'HEAP');
  const size = file.u64(heap + 8);
  const names = file.u64(heap + 24);
  file.part(names, size);
  for (const table of leavesOf(file, file.u64(at), { type: 0, keyWidth: 8 })) {
    file.expectMark(table, 'SNOD');
    const count = file.u16(table + 6);
    for (let i = 0; i < count; i++) {
      const entry = table + 8 + i * 40;
      const nameAt = file.u64(entry);
      if (nameAt >= size) throw brokenHdf5(`a name in a heap of ${size} bytes`, `one at ${nameAt}`);
      const name = file.text(names + nameAt, names + size);
      expectHard(path, name, file.u32(entry + 16) === SOFT ? 1 : HARD);
      add(name, file.u64(entry + 8));
    }
  }
}

/**
 * What the leaves of a B-tree of version 1 name, in order.
 * @param keyWidth how wide a key is, in bytes
 * @throws DataError for a tree that holds itself
 */
export function leavesOf(
  file: FileView,
  root: number,
  tree: { readonly type: number; readonly keyWidth: number },
  seen: Set<number> = new Set(),
  level?: number,
): number[] {
  if (seen.has(root)) throw brokenHdf5('every part of a tree once', 'parts that hold each other (a cycle)');
  seen.add(root);
  file.expectMark(root, 'TREE');
  const here = file.u8(root + 5);
  if (file.u8(root + 4) !== tree.type || (level !== undefined && here !== level)) {
    throw brokenHdf5(`a tree of kind ${tree.type}`, `kind ${file.u8(root + 4)}, level ${here}`);
  }
  const count = file.u16(root + 6);
  const children = Array.from({ length: count }, (_, i) =>
    file.u64(root + 24 + i * (tree.keyWidth + 8) + tree.keyWidth),
  );
  // Where a chunk lies is said by its key, in front of it.
  if (here === 0) {
    return tree.type === 1 ? children.map((_, i) => root + 24 + i * (tree.keyWidth + 8)) : children;
  }
  return children.flatMap((child) => leavesOf(file, child, tree, seen, here - 1));
}
