import { messageOf, show } from '../../errors.ts';
import { brokenArchive } from './broken-archive.ts';

/**
 * The bytes of an entry that is deflated, as they are or with a header of zlib, which must be as many as the archive says: what comes is counted, since a few
 * bytes can become gigabytes.
 * @throws DataError for other bytes, or more or fewer of them
 */
export async function inflate(
  name: string,
  deflated: Uint8Array<ArrayBuffer>,
  size: number,
  form: 'deflate-raw' | 'deflate' = 'deflate-raw',
): Promise<Uint8Array> {
  const stream = new DecompressionStream(form);
  const writer = stream.writable.getWriter();
  const fed = writer.write(deflated).then(() => writer.close());
  // What is wrong with the bytes is told to the reader too.
  fed.catch(() => {});
  const inflated = new Uint8Array(size);
  let end = 0;
  for await (const chunk of chunksOf(name, stream.readable.getReader())) {
    if (end + chunk.length > size) throw brokenArchive(`${size} bytes of ${show(name)}`, 'more');
    inflated.set(chunk, end);
    end += chunk.length;
  }
  if (end < size) throw brokenArchive(`${size} bytes of ${show(name)}`, `${end}`);
  return inflated;
}

async function* chunksOf(name: string, reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const { done, value } = await readOrRefuse(name, reader);
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function readOrRefuse(
  name: string,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<Awaited<ReturnType<typeof reader.read>>> {
  try {
    return await reader.read();
  } catch (error) {
    throw brokenArchive(`deflated bytes of ${show(name)}`, show(messageOf(error)));
  }
}
