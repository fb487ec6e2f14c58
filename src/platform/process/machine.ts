import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { resourceUsage, version } from 'node:process';

/** What a program runs on. */
export interface Machine {
  /** The version of Node. */
  readonly node: string;
  /** The name of the processor, and how many cores this process may use. */
  readonly cpu: string;
  /** The most memory that this process ever had, in bytes. */
  readonly peakMemory: number;
}

export function machine(): Machine {
  const [first] = cpus();
  const cores = availableParallelism();
  return {
    node: version,
    cpu: `${first?.model.trim() || 'unknown'}, ${cores} core${cores === 1 ? '' : 's'}`,
    // In KiB, whatever the system counts in.
    peakMemory: 1024 * resourceUsage().maxRSS,
  };
}

/** The size and the SHA-256 of a file, in hexadecimal; null for what is no file, such as a folder or a pipe. */
export async function digestOf(path: string): Promise<{ readonly bytes: number; readonly sha256: string } | null> {
  const found = await stat(path);
  if (!found.isFile()) return null;
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece);
  return { bytes: found.size, sha256: hash.digest('hex') };
}
