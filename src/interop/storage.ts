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
