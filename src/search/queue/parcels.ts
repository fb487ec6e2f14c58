import type { Queue } from 'bullmq';
import { replaceFile } from '#platform/atomic-write.js';
import { kindBehind, makeFolder } from '#platform/files.js';
import { join } from '#platform/paths.js';
import { DataError, errorCode, show } from '../../errors.ts';
import { sha256 } from '../../interop/folder/checksums.ts';
import { inWords } from '../../interop/system-error.ts';
import { fromBase64Bytes, toBase64Bytes } from '../../report/run/base64.ts';

/** Larger ones go by a folder that all machines see. In bytes, before they are compressed. */
export const LARGEST_PARCEL: number = 32 * 2 ** 20;

/** How data are named among jobs. */
const nameOf = (hash: string): string => `d-${hash}`;

/** Puts data into a queue, where they are not yet. @param hash their SHA-256 */
export async function sendParcel(queue: Queue, hash: string, text: string): Promise<void> {
  if ((await queue.getJobState(nameOf(hash))) !== 'unknown') return;
  const compressed = await through(new CompressionStream('gzip'), new TextEncoder().encode(text));
  await queue.add('data', { gzip: toBase64Bytes(compressed) }, { jobId: nameOf(hash) });
}

/** Null where the queue has none. @throws DataError for others than those of the hash */
export async function fetchParcel(queue: Queue, hash: string): Promise<Uint8Array | null> {
  const job = await queue.getJob(nameOf(hash));
  if (!job) return null;
  try {
    const bytes = await through(new DecompressionStream('gzip'), fromBase64Bytes(String(job.data.gzip)));
    if ((await sha256(bytes)) === hash) return bytes;
  } catch {
    // No such data.
  }
  throw new DataError(`worker: the data ${hash} were expected in the queue, but others are there`);
}

/** The path of data in a folder; they need not be there. */
export function parcelIn(folder: string, hash: string): string {
  return join(folder, 'data', hash);
}

/** Keeps data in a folder, where they are not yet. @throws DataError where they cannot be written */
export async function keepParcel(folder: string, hash: string, data: string | Uint8Array): Promise<void> {
  const path = parcelIn(folder, hash);
  try {
    if ((await kindBehind(path)) === null) await replaceFile(path, data);
  } catch (error) {
    throw new DataError(`queue: ${show(path)} was to be written, but ${inWords(error)}`);
  }
}

/** Makes the folders of a store. @throws DataError where they cannot be made */
export async function openStore(folder: string): Promise<void> {
  for (const path of [folder, ...['results', 'checkpoints', 'data'].map((name) => join(folder, name))]) {
    try {
      await makeFolder(path);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') continue;
      throw new DataError(`queue: the folder ${show(path)} was to be made, but ${inWords(error)}`);
    }
  }
}

async function through(
  stream: { readonly readable: ReadableStream; readonly writable: WritableStream },
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const read = new Response(stream.readable).arrayBuffer();
  const writer = stream.writable.getWriter();
  // What is wrong shows where it is read.
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  return new Uint8Array(await read);
}
