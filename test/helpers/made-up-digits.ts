import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** An idx file: its header of four-byte numbers, then bytes. */
export function idx(header: readonly number[], bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(4 * header.length);
  for (const [i, number] of header.entries()) head.writeUInt32BE(number, 4 * i);
  return gzipSync(Buffer.concat([head, bytes]));
}

/** The two files of a part of MNIST, of made-up digits: of digit n of class n % 10, row 2 n % 10 is bright. */
export async function writeMadeUpDigits(
  folder: string,
  part: 'train' | 't10k',
  count: number,
  labels: number = count,
): Promise<void> {
  const pixels = new Uint8Array(count * 784);
  for (let n = 0; n < count; n++)
    pixels.fill(200 + (n % 7), n * 784 + 28 * 2 * (n % 10), n * 784 + 28 * 2 * (n % 10) + 28);
  await writeFile(join(folder, `${part}-images-idx3-ubyte.gz`), idx([0x803, count, 28, 28], pixels));
  const classes = Uint8Array.from({ length: labels }, (_, n) => n % 10);
  await writeFile(join(folder, `${part}-labels-idx1-ubyte.gz`), idx([0x801, labels], classes));
}
