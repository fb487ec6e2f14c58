import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { orUnsynced, syncFolder } from '../atomic-write.ts';

/** A file that grows at its end alone. Each call fails with the system's error. */
export interface AppendFile {
  /** What was in it when it was opened. */
  readonly bytes: Uint8Array;
  /** Cuts off what is past a size. */
  truncate(size: number): Promise<void>;
  /** Has the text on the disk when it comes back. */
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens a file, or makes it. */
export async function openAppendFile(path: string): Promise<AppendFile> {
  const file = await open(path, 'a+');
  try {
    await syncFolder(dirname(path));
    const { buffer, byteOffset, length } = await file.readFile();
    return {
      bytes: new Uint8Array(buffer, byteOffset, length),
      async truncate(size) {
        await file.truncate(size);
        await orUnsynced(() => file.sync());
      },
      async append(text) {
        await file.appendFile(text);
        await orUnsynced(() => file.datasync());
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
