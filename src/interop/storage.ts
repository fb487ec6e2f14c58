import { partsOf } from '../checks.ts';
import { DataError, OptionError, show } from '../errors.ts';
import { bytesOf } from '../realms.ts';

/** Files by name: the names are plain, without a path. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** What is to be said of a write that succeeded. */
export interface WriteReport {
  /** One line each, such as that a former model could not be removed; mostly none. */
  readonly warnings: readonly string[];
}

/**
 * A place that holds the files of one model: for `save` and `loadModel`, in place of a folder of the disk.
 * @example
 * ```ts
 * import { dense, type Files, key, loadModel, sequential, type Storage } from 'keepgate';
 *
 * let kept: Files = {};
 * const bytesOf = (data: string | Uint8Array = ''): Uint8Array =>
 *   typeof data === 'string' ? new TextEncoder().encode(data) : data;
 * const memory: Storage = {
 *   async write(files) {
 *     kept = files;
 *     return { warnings: [] };
 *   },
 *   read: async (names) => Object.fromEntries(names.map((name) => [name, bytesOf(kept[name])])),
 * };
 * const model = sequential([dense({ units: 2 })]);
 * await model.build({ kind: 'vector', size: 3 }, key(1));
 * await model.save(memory);
 * console.log((await loadModel(memory)).layers.length); // prints: 1
 * await model.dispose();
 * ```
 */
export interface Storage {
  /**
   * Put these files in place of all that were there, whole or not at all. Once they are in place it never rejects.
   * @throws ModelError when they cannot be written: then the former ones are as they were
   */
  write(files: Files): Promise<WriteReport>;
  /**
   * The named files, as they were written.
   * @throws ModelError when one is missing or damaged
   */
  read(names: readonly string[]): Promise<Record<string, Uint8Array>>;
}

/**
 * A storage of anybody's, whose results are checked.
 * @throws OptionError for what is no storage; and its functions a DataError for what they do not promise
 */
export function checkedStorage(storage: Storage): Storage {
  const { write, read } = partsOf<Storage>('storage', storage, 'write', 'read');
  if (typeof write !== 'function' || typeof read !== 'function') {
    throw new OptionError(
      `storage: the path of a folder, or an object with functions write and read, was expected, but ${show(storage)} came; see Storage`,
    );
  }
  return {
    write: async (files) => checkedReport(await storage.write(files)),
    async read(names) {
      const found: Readonly<Record<string, unknown>> = Object(await storage.read(names));
      return Object.fromEntries(names.map((name) => [name, expectBytes(name, found[name])]));
    },
  };
}

/** One that reports nothing has no warnings. */
function checkedReport(report: WriteReport | undefined): WriteReport {
  if (report === undefined) return { warnings: [] };
  const warnings: unknown = report?.warnings;
  if (Array.isArray(warnings) && warnings.every((warning) => typeof warning === 'string')) return report;
  throw new DataError(
    `storage: { warnings } with a list of lines was expected from write, but ${show(report)} came; the files may be written all the same`,
  );
}

function expectBytes(name: string, data: unknown): Uint8Array {
  const bytes = bytesOf(data);
  if (bytes) return bytes;
  throw new DataError(
    `storage: the bytes of ${show(name)} were expected from read, as a Uint8Array, but ${show(data)} came`,
  );
}
