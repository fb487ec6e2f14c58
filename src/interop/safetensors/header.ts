import { DataError, show } from '../../errors.ts';
import { MOST_AXES, rowMajor, sizeOf } from '../../tensor/tensor.ts';
import { type Dtype, DTYPES } from '../dtypes.ts';

/** The bytes before the header, which hold its length. */
export const LENGTH_BYTES = 8;

/** The key of the header that names no tensor. */
export const METADATA = '__metadata__';

/** The longest header that the format allows; it keeps a broken length from asking for gigabytes. */
const MAX_HEADER_BYTES = 100_000_000;

/** What a valid header says: the byte of the file where the numbers start, the tensors, and the metadata. */
export interface Header {
  readonly start: number;
  readonly entries: readonly Entry[];
  readonly metadata: Record<string, string>;
}

/** What the header says about a tensor. */
export interface Entry {
  readonly name: string;
  /** Its name in the file, and what it is; null for one that the format does not have yet. */
  readonly dtype: string;
  readonly known: Dtype | null;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * The header of a file, checked against every rule of the format.
 * @throws DataError when a rule is broken
 */
export function readHeader(bytes: Uint8Array): Header {
  const start = LENGTH_BYTES + readHeaderLength(bytes);
  const { [METADATA]: metadata = {}, ...tensors } = parseHeader(bytes.subarray(LENGTH_BYTES, start));
  const entries = Object.entries(tensors).map(([name, entry]) => readEntry(name, entry));
  checkLayout(entries, bytes.length - start);
  return { start, entries, metadata: readMetadata(metadata) };
}

function readHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) throw broken('a file of 8 bytes or more', `${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw broken(`a header of at most ${MAX_HEADER_BYTES} bytes`, `a length of ${length}`);
  }
  if (length > bytes.length - LENGTH_BYTES) {
    throw broken(`a header of ${length} bytes`, `${bytes.length - LENGTH_BYTES} (the file is truncated)`);
  }
  return Number(length);
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  if (bytes[0] !== '{'.charCodeAt(0)) throw broken('a header that starts with {', `byte ${bytes[0] ?? 'none'}`);
  const json = decodeText(bytes);
  const header = parseObject(json);
  const repeated = repeatedKey(json);
  if (repeated !== undefined) throw broken('every key of the header once', `${show(repeated)} twice`);
  return header;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw broken('a header in UTF-8', 'something else');
  }
}

/** Text that starts with { is an object, if it is JSON at all. */
function parseObject(json: string): Record<string, unknown> {
  try {
    return JSON.parse(json);
  } catch {
    throw broken('a header in JSON', show(json));
  }
}

/**
 * The first key that an object of this valid JSON has twice. JSON.parse silently keeps the last of them; a loop,
 * since a regular expression runs out of stack on a long hostile string.
 */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  let lastString = '';
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (char === '"') {
      const start = i++;
      while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
      lastString = json.slice(start, i + 1);
    } else if (char === '{') {
      open.push(new Set());
    } else if (char === '}') {
      open.pop();
    } else if (char === ':') {
      const key: string = JSON.parse(lastString);
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}

function readEntry(name: string, entry: unknown): Entry {
  const who = `tensor ${show(name)}`;
  if (!isObject(entry)) throw broken(`${who} as a JSON object`, describe(entry));
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string') throw broken(`${who} with a dtype`, describe(dtype));
  const known = DTYPES.get(dtype) ?? null;
  if (!isWholeNumbers(shape)) throw broken(`${who} with a shape of whole numbers`, describe(shape));
  if (shape.length > MOST_AXES || !rowMajor(shape).every(Number.isSafeInteger))
    throw broken(`${who} with a shape of at most ${MOST_AXES} axes that memory could hold`, describe(shape));
  if (!isWholeNumbers(offsets)) throw broken(`${who} with data_offsets of whole numbers`, describe(offsets));
  const [begin, end] = offsets;
  if (offsets.length !== 2 || begin === undefined || end === undefined || begin > end) {
    throw broken(`${who} with data_offsets [begin, end]`, describe(offsets));
  }
  const length = known ? (sizeOf(shape) * known.bits) / 8 : end - begin;
  if (end - begin !== length) {
    throw broken(`${who} of dtype ${dtype} and shape ${show(shape)} to span ${length} bytes`, `${end - begin}`);
  }
  return { name, dtype, known, shape, begin, end };
}

/** The numbers of the tensors must fill the rest of the file: no holes, no overlaps, nothing missing, nothing left. */
function checkLayout(entries: readonly Entry[], available: number): void {
  let end = 0;
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) {
      const fault = entry.begin > end ? 'a hole' : 'an overlap';
      throw broken(`tensor ${show(entry.name)} to begin at byte ${end} of the numbers`, `${entry.begin} (${fault})`);
    }
    end = entry.end;
  }
  if (end !== available) {
    throw broken(`a body of ${end} bytes`, `${available} (the file is ${end > available ? 'truncated' : 'too long'})`);
  }
}

function readMetadata(value: unknown): Record<string, string> {
  if (!isObject(value)) throw broken(`${METADATA} as a JSON object`, describe(value));
  const metadata: Record<string, string> = Object.create(null);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw broken(`${METADATA} ${show(key)} as a text`, describe(text));
    metadata[key] = text;
  }
  return metadata;
}

function broken(expected: string, came: string): DataError {
  return new DataError(`safetensors: ${expected} was expected, but ${came} came; fetch or export the file again`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWholeNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0);
}

/** Like show, but safe for any JSON: an object in a file can break its own conversion to a string. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) {
    return value.every((entry) => typeof entry === 'number') ? show(value) : 'a list of other things';
  }
  return isObject(value) ? 'an object' : show(value);
}
