import type { Files } from '../storage.ts';

/** The sha256 of files by their names, in hexadecimal. */
export type Checksums = ReadonlyMap<string, string>;

/** The text of a `checksums.json`. */
export async function checksumsOf(files: Files): Promise<string> {
  const entries = Object.entries(files).map(async ([name, data]) => [name, await sha256(data)] as const);
  return `${JSON.stringify(Object.fromEntries(await Promise.all(entries)), null, 2)}\n`;
}

/** What a text says, or null when it is no `checksums.json` of ours: other tools have files of that name too. */
export function parseChecksums(text: string): Checksums | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entries: [string, unknown][] = Object.entries(value);
  const areSums = entries.every(([, sum]) => typeof sum === 'string' && /^[0-9a-f]{64}$/.test(sum));
  return areSums && entries.length > 0 ? new Map(entries as [string, string][]) : null;
}

export async function sha256(data: string | Uint8Array): Promise<string> {
  // Files are never in memory that threads share, which could change meanwhile.
  const bytes = (typeof data === 'string' ? new TextEncoder().encode(data) : data) as Uint8Array<ArrayBuffer>;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
