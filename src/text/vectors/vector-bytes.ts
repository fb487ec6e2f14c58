import { partsOf } from '../../checks.ts';
import { DataError, KeepgateError, messageOf, show } from '../../errors.ts';
import { bytesOf } from '../../realms.ts';
import { fileInput, type Input } from '../readers/input.ts';

/**
 * A file of vectors: its path where there is a disk, its bytes, a Blob (such as the File of a page), a stream of the web (`response.body`),
 * or anything that gives its bytes piece by piece.
 */
export type VectorsSource =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** So many bytes of those at hand are looked at between two turns of others. */
const PIECE = 2 ** 20;

const GZIP = [0x1f, 0x8b];

/** The bytes of a source, unpacked where they are gzip. @throws DataError for what is none, and as they are read */
export function inputOf(who: string, source: VectorsSource): Input {
  const { name, bytes } = givenInput(who, source);
  return { name, bytes: unpacked(name, bytes) };
}

function givenInput(who: string, source: VectorsSource): Input {
  if (typeof source === 'string') return fileInput(source);
  const name = 'vectors';
  const bytes = bytesOf(source);
  if (bytes) return { name, bytes: inPieces(bytes) };
  const { stream, getReader } = partsOf<Blob & ReadableStream>(who, source, 'stream', 'getReader');
  if (typeof getReader === 'function') return { name, bytes: streamed(name, source as ReadableStream<Uint8Array>) };
  if (typeof stream === 'function') return { name, bytes: streamed(name, (source as Blob).stream()) };
  if (typeof Object(source)[Symbol.asyncIterator] === 'function')
    return { name, bytes: checked(name, source as AsyncIterable<Uint8Array>) };
  throw new DataError(
    `${who}: a path, bytes, a Blob or a stream of bytes was expected, but ${show(source)} came; of a fetch, pass response.body`,
  );
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

async function* streamed(name: string, stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  // Not every browser can go through a stream by `for await`.
  const reader = stream.getReader();
  try {
    yield* checked(name, {
      [Symbol.asyncIterator]: () => ({ next: () => reader.read() as Promise<IteratorResult<Uint8Array>> }),
    });
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** @throws DataError when the source fails, or gives anything but bytes */
async function* checked(name: string, pieces: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of pieces) {
      const bytes = bytesOf(piece);
      if (!bytes) {
        throw new DataError(`${name}: pieces of bytes were expected, but ${show(piece)} came; pass Uint8Arrays`);
      }
      yield bytes;
    }
  } catch (error) {
    if (error instanceof KeepgateError) throw error;
    throw new DataError(`${name}: bytes were expected to the end, but ${messageOf(error)}; read it again`);
  }
}

/** The same bytes, or those that were packed as gzip. */
async function* unpacked(name: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  try {
    let first: Uint8Array = new Uint8Array();
    while (first.length < GZIP.length) {
      const { done, value } = await iterator.next();
      if (done) break;
      first = first.length === 0 ? value : Uint8Array.of(...first, ...value);
    }
    const all = { [Symbol.asyncIterator]: () => resumed(first, iterator) };
    yield* GZIP.every((byte, i) => first[i] === byte) ? gunzipped(name, all) : all;
  } finally {
    await iterator.return?.();
  }
}

async function* resumed(first: Uint8Array, others: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await others.next(); !next.done; next = await others.next()) yield next.value;
}

async function* gunzipped(name: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  let failure: unknown;
  const packed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        failure = error;
        controller.error(error);
      }
    },
  });
  const reader = packed
    .pipeThrough(new DecompressionStream('gzip') as ReadableWritablePair<Uint8Array, Uint8Array>)
    .getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } catch (error) {
    if (failure instanceof KeepgateError) throw failure;
    throw new DataError(
      `${name}: gzip was expected to its end, but it is cut off or damaged (${messageOf(error)}); fetch the file again`,
    );
  } finally {
    await reader.cancel().catch(() => {});
  }
}
