import type { FileBytes } from '../format.ts';

/** The versions of the format that there are, and some more. */
const [FIRST_IR, LAST_IR] = [3, 32];

/** What may follow the version: the tags of the other fields of a model. */
const NEXT_TAGS = new Set([0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72]);

/** There is no magic number: a version comes first, and then another field of a model. */
export function isOnnx({ bytes: [tag, version = 0, next], archive }: FileBytes): boolean {
  return !archive && tag === 0x08 && version >= FIRST_IR && version <= LAST_IR && NEXT_TAGS.has(next ?? 0);
}
