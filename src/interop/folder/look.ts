import { entriesOf, identityOf, isMissing, kindAt, readBytes } from '#platform/files.js';
import { join } from '#platform/paths.js';
import { type Checksums, parseChecksums } from './checksums.ts';
import { CHECKSUMS, freshName, NEXT, parseFreshName } from './names.ts';

/** What a model's folder holds at one moment. */
export interface Look {
  /** The save that counts though not all of its files are in their place, and those that are not; null when there is none. */
  readonly next: { readonly id: string; readonly names: ReadonlySet<string> } | null;
  /** What the model's files are: as that save says, or else `checksums.json`. null where neither can be understood. */
  readonly checksums: Checksums | null;
  /** Whether there is anything to be understood. */
  readonly hasChecksums: boolean;
  /** Equal to that of another look only when no save changed the folder between them. */
  readonly state: string;
}

export async function lookAt(dir: string): Promise<Look> {
  const identity = await identityOf(join(dir, CHECKSUMS));
  const names = await namesInNext(dir);
  const [id = null] = committedIds(names);
  const text = await textAt(id === null ? join(dir, CHECKSUMS) : join(dir, NEXT, freshName(id, CHECKSUMS)));
  return {
    next: id === null ? null : { id, names: new Set(names) },
    checksums: text === null ? null : parseChecksums(text),
    hasChecksums: text !== null,
    state: JSON.stringify([identity, [...names].sort(), text]),
  };
}

/** What lies in the folder of the save that counts; nothing where there is none. A link is not followed. */
export async function namesInNext(dir: string): Promise<readonly string[]> {
  const next = join(dir, NEXT);
  if ((await kindAt(next)) !== 'a folder') return [];
  return namesIn(next);
}

/** The names in a folder; none where it is gone. */
export async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return (await entriesOf(dir)).map(({ name }) => name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** A save counts as long as its checksums are not in their place, which they come to last. */
export function committedIds(names: readonly string[]): string[] {
  return names.flatMap((fresh) => {
    const parsed = parseFreshName(fresh);
    return parsed?.name === CHECKSUMS ? parsed.id : [];
  });
}

/** null where nothing is. */
export async function textAt(path: string): Promise<string | null> {
  try {
    return new TextDecoder().decode(await readBytes(path));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** How long to wait between tries, in ms: five seconds in all. */
export const WAITS: readonly number[] = [0, 1, 2, 4, 8, 16, 32, ...Array.from({ length: 98 }, () => 50)];

export async function pause(ms: number): Promise<void> {
  if (ms === 0) return;
  await new Promise((done) => {
    setTimeout(done, ms);
  });
}

/**
 * What comes of a look at a folder that others may save to meanwhile. When it fails, it is tried again with another look,
 * unless the folder is twice as it was before: then it is the folder that is wrong.
 */
export async function whenStill<T>(dir: string, act: (look: Look) => Promise<T>): Promise<T> {
  let stillAs = '';
  for (const wait of WAITS) {
    await pause(wait);
    const look = await lookAt(dir);
    try {
      return await act(look);
    } catch (error) {
      const { state } = await lookAt(dir);
      if (state === look.state && stillAs === state) throw error;
      stillAs = state === look.state ? state : '';
    }
  }
  return act(await lookAt(dir));
}
