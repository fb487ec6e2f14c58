import type { Storage } from 'keepgate';

/** A storage in memory, which keeps bytes as a disk does, and how often it was written to. */
export interface MemoryStorage extends Storage {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly writes: number;
}

export function memoryStorage(): MemoryStorage {
  let files: Record<string, Uint8Array> = {};
  let writes = 0;
  return {
    get files() {
      return files;
    },
    get writes() {
      return writes;
    },
    async write(given) {
      writes += 1;
      files = Object.fromEntries(
        Object.entries(given).map(([name, data]) => [
          name,
          typeof data === 'string' ? new TextEncoder().encode(data) : Uint8Array.from(data),
        ]),
      );
      return { warnings: [] };
    },
    read: async (names) => Object.fromEntries(names.map((name) => [name, files[name] as Uint8Array])),
  };
}
