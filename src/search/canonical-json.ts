import { sha256 } from '../interop/folder/checksums.ts';
import { byCodePoint } from '../text/code-point-order.ts';

/** JSON that is the same text for the same value: names in code-point order, and no spaces. @param value that JSON holds */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => byCodePoint(a, b)));
  });
}

/** The SHA-256 of a value's canonical JSON, in hexadecimal. */
export function hashOf(value: unknown): Promise<string> {
  return sha256(canonicalJson(value));
}
