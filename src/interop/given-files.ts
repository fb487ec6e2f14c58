/** Files that a caller holds, in place of a folder or a storage that is read. */
import { isPlain, readable } from '../checks.ts';
import { ModelError, OptionError, show } from '../errors.ts';
import { bytesOf } from '../realms.ts';
import { parseChecksums, sha256 } from './folder/checksums.ts';

const CHECKSUMS = 'checksums.json';

/** Files by name, as `fetch` or a database gives them: bytes, or the text of a JSON file. */
export type FilesLike = Readonly<Record<string, string | Uint8Array | ArrayBuffer>>;

/**
 * The bytes of the named files.
 * @throws OptionError for what is no file
 * @throws ModelError when a file is missing
 */
export function bytesOfFiles<N extends string>(
  who: string,
  files: FilesLike,
  names: readonly N[],
): Record<N, Uint8Array> {
  if (!isPlain(files)) {
    throw new OptionError(
      `${who}: files by name were expected, such as { ${show(names[0])}: bytes }, but ${show(files)} came; pass what toFiles() gave`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, bytesOfFile(who, files, name)])) as Record<N, Uint8Array>;
}

/**
 * The same for the files of a model, which are checked against a `checksums.json` where there is one among them.
 * @throws ModelError also when a file is not as it was written
 */
export async function readGiven(
  who: string,
  files: FilesLike,
  names: readonly string[],
): Promise<Record<string, Uint8Array>> {
  const found = bytesOfFiles(who, files, names);
  if (Object.hasOwn(files, CHECKSUMS)) await expectUndamaged(who, bytesOfFile(who, files, CHECKSUMS), found);
  return found;
}

function bytesOfFile(who: string, files: FilesLike, name: string): Uint8Array {
  if (!readable(who, () => Object.hasOwn(files, name))) {
    const came =
      readable(who, () => Object.keys(files))
        .map(show)
        .join(', ') || 'none';
    throw new ModelError(`${who}: a file ${show(name)} was expected, but ${came} came; pass all files of the model`);
  }
  const file: unknown = files[name];
  // Bytes that were read as a text have lost those that are no text.
  const mayBeText = name.endsWith('.json');
  const bytes = mayBeText && typeof file === 'string' ? new TextEncoder().encode(file) : bytesOf(file);
  if (bytes) return bytes;
  throw new OptionError(
    `${who}: a Uint8Array or an ArrayBuffer${mayBeText ? ', or a string,' : ''} was expected as ${show(name)}, but ${show(file)} came; of a fetch, pass await response.arrayBuffer()`,
  );
}

async function expectUndamaged(
  who: string,
  list: Uint8Array,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  if (!globalThis.crypto?.subtle) {
    throw new ModelError(
      `${who}: a host with sha256 was expected to check ${CHECKSUMS}, but a page has it over https or on localhost alone; leave ${CHECKSUMS} out`,
    );
  }
  const sums = parseChecksums(new TextDecoder().decode(list));
  for (const [name, bytes] of Object.entries(files)) {
    const expected = sums?.get(name);
    const came = await sha256(bytes);
    if (came === expected) continue;
    throw new ModelError(
      `${who}: sha256 ${expected ?? 'of it'} was expected of ${show(name)} in ${CHECKSUMS}, but ${expected ? came : 'none'} came; fetch the files of one save again`,
    );
  }
}
