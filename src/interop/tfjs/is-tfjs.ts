import type { FileBytes } from '../format.ts';

/** Whether it is a model.json. */
export function isTfjs({ bytes }: FileBytes): boolean {
  return bytes[startOf(bytes)] === 0x7b && KEYS.some((key) => includes(bytes, key));
}

/** Of a model.json there is one of these at least, whoever wrote it. */
const KEYS = ['"modelTopology"', '"weightsManifest"'].map((key) => new TextEncoder().encode(key));

/** Where a text begins: behind its mark and white space. */
function startOf(bytes: Uint8Array): number {
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const rest = bytes.subarray(mark, mark + 1024).findIndex((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte));
  return mark + Math.max(rest, 0);
}

function includes(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = bytes.indexOf(part[0] as number); at !== -1; at = bytes.indexOf(part[0] as number, at + 1)) {
    if (part.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}
