/** Many links or attributes of an object, as HDF5 1.8 and later keep them: a heap, and a B-tree of version 2 of what is in it. */
import { brokenHdf5 } from './broken-hdf5.ts';
import type { FileView } from './file-view.ts';

/** How a record of the tree begins, and how long it is: links by the hash of their name (type 5), attributes (type 8). */
const RECORDS = {
  links: { type: 5, idAt: 4, length: 11 },
  attributes: { type: 8, idAt: 0, length: 17 },
} as const;

/**
 * Where the messages in a heap begin and end.
 * @param heap undefined where there is none
 * @throws DataError for a heap that is larger, or otherwise made, than one of links
 */
export function inHeap(
  file: FileView,
  heap: number | undefined,
  tree: number | undefined,
  kind: keyof typeof RECORDS,
): (readonly [from: number, to: number])[] {
  if (heap === undefined || tree === undefined) return [];
  const place = placesIn(file, heap);
  const { idAt } = RECORDS[kind];
  return recordsOf(file, tree, RECORDS[kind]).map((record) => place(record + idAt));
}

/** From where the id of an object stands to where the object is. */
function placesIn(file: FileView, heap: number): (id: number) => readonly [number, number] {
  file.expectMark(heap, 'FRHP');
  const idLength = file.u16(heap + 5);
  const filters = file.u16(heap + 7);
  const largestObject = file.u32(heap + 10);
  const table = heap + 14 + 8 * 12;
  const width = file.u16(table);
  const [start, largestBlock] = [file.u64(table + 2), file.u64(table + 10)];
  const bits = file.u16(table + 18);
  const root = file.u64(table + 22);
  const rows = file.u16(table + 30);
  if (filters > 0 || width === 0 || start === 0) throw brokenHdf5('a heap that is not packed', 'another');
  const offsetWidth = Math.ceil(bits / 8);
  const lengthWidth = Math.min(Math.floor((Math.log2(largestBlock) + 7) / 8), bytesFor(largestObject));
  const blocks = blocksOf(file, { root, rows, width, start, largestBlock, offsetWidth });
  return (id) => {
    if (file.u8(id) >> 4 !== 0 || idLength < 1 + offsetWidth + lengthWidth) {
      throw brokenHdf5('objects that lie in their heap', 'one that is larger');
    }
    const offset = file.wide(id + 1, offsetWidth);
    const length = file.wide(id + 1 + offsetWidth, lengthWidth);
    const block = blocks.find(({ offset: begin, size }) => offset >= begin && offset + length <= begin + size);
    if (!block) throw brokenHdf5('objects that lie in their heap', `one at ${offset}`);
    const from = block.at + (offset - block.offset);
    file.part(from, length);
    return [from, from + length];
  };
}

/** How many bytes a number needs. */
function bytesFor(largest: number): number {
  let width = 1;
  while (largest >= 256 ** width) width += 1;
  return width;
}

interface Blocks {
  readonly root: number;
  /** Of the root, if it is indirect; 0 for a direct one. */
  readonly rows: number;
  readonly width: number;
  readonly start: number;
  readonly largestBlock: number;
  readonly offsetWidth: number;
}

/** The direct blocks of a heap, with the places in it that they are for. */
function blocksOf(
  file: FileView,
  { root, rows, width, start, largestBlock, offsetWidth }: Blocks,
): { offset: number; size: number; at: number }[] {
  const direct = (at: number, offset: number, size: number): { offset: number; size: number; at: number } => {
    file.expectMark(at, 'FHDB');
    file.part(at, size);
    return { offset, size, at };
  };
  if (rows === 0) return [direct(root, 0, start)];
  file.expectMark(root, 'FHIB');
  const found: { offset: number; size: number; at: number }[] = [];
  let offset = 0;
  for (let row = 0; row < rows; row++) {
    const size = start * 2 ** Math.max(0, row - 1);
    if (size > largestBlock) throw brokenHdf5('a heap of blocks', 'one of heaps');
    for (let column = 0; column < width; column++) {
      const address = file.place(root + 5 + 8 + offsetWidth + (row * width + column) * 8);
      if (address !== undefined) found.push(direct(address, offset, size));
      offset += size;
    }
  }
  return found;
}

/** Where the records of a B-tree of version 2 stand. */
function recordsOf(file: FileView, tree: number, { type, length }: { type: number; length: number }): number[] {
  file.expectMark(tree, 'BTHD');
  const [nodeSize, recordSize, depth] = [file.u32(tree + 6), file.u16(tree + 10), file.u16(tree + 12)];
  if (file.u8(tree + 5) !== type || recordSize !== length) {
    throw brokenHdf5(`a tree of kind ${type}`, `kind ${file.u8(tree + 5)}`);
  }
  const root = file.place(tree + 16);
  if (root === undefined) return [];
  const most = [Math.floor((nodeSize - 10) / recordSize)];
  const total = [most[0] as number];
  const countWidth = bytesFor(most[0] as number);
  const found: number[] = [];
  const seen = new Set<number>();
  const pointer = (level: number): number => 8 + countWidth + (level > 1 ? bytesFor(total[level - 1] as number) : 0);
  for (let level = 1; level <= Math.min(depth, 16); level++) {
    most[level] = Math.floor((nodeSize - 10 - pointer(level)) / (recordSize + pointer(level)));
    total[level] = ((most[level] as number) + 1) * (total[level - 1] as number) + (most[level] as number);
  }
  const walk = (at: number, count: number, level: number): void => {
    if (seen.has(at)) throw brokenHdf5('every part of a tree once', 'parts that hold each other (a cycle)');
    seen.add(at);
    file.expectMark(at, level === 0 ? 'BTLF' : 'BTIN');
    if (count > (most[level] ?? 0)) throw brokenHdf5('records inside of their node', `${count}`);
    const records = at + 6;
    file.part(records, count * recordSize);
    for (let i = 0; i < count; i++) found.push(records + i * recordSize);
    if (level === 0) return;
    for (let i = 0; i <= count; i++) {
      const child = records + count * recordSize + i * pointer(level);
      walk(file.u64(child), file.wide(child + 8, countWidth), level - 1);
    }
  };
  walk(root, file.u16(tree + 24), depth);
  return found;
}
