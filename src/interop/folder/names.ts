/** The names in a model's folder, and which of them are ours. */
import { ModelError } from '../../errors.ts';

/** The sha256 of each file, by its name: what it lists is a model's, and nothing else in the folder is. */
export const CHECKSUMS = 'checksums.json';

/** The files of models and classifiers. Nobody else's file of such a name is written over. */
export const MODEL_NAMES: readonly string[] = ['model.json', 'weights.safetensors', 'text.json'];

/** The folder in a model's folder that holds a save from the moment when it counts until all of it is in its place. */
export const NEXT = '.keepgate-next';

const ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const FRESH = new RegExp(`^(${ID})\\.(.+)$`, 's');
const UNFINISHED = new RegExp(`^\\.keepgate-${ID}\\.tmp$`);

/** Where a save, or its rehearsal, writes until it counts. */
export function unfinishedName(id: string): string {
  return `.keepgate-${id}.tmp`;
}

export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}

/** What a file is called until it is in its place: no other save has one of that name. */
export function freshName(id: string, name: string): string {
  return `${id}.${name}`;
}

/** The save and the name of a file that is not in its place yet; null for what is none. */
export function parseFreshName(fresh: string): { readonly id: string; readonly name: string } | null {
  const [, id, name] = FRESH.exec(fresh) ?? [];
  return id === undefined || name === undefined ? null : { id, name };
}

/** The folder that a save takes former files out of the way by. */
export function formerName(id: string): string {
  return `${id}.former`;
}

/** A file lies in the folder itself: a name with a path in it could reach any place on the disk. */
export function isPlain(name: string): boolean {
  return !/^\.{0,2}$|[/\\]/.test(name);
}

/** @throws ModelError for a name that a model's file cannot have */
export function checkName(name: string): void {
  if (isPlain(name) && name !== CHECKSUMS && !name.startsWith('.keepgate-')) return;
  throw new ModelError(
    `model folder: a plain file name other than ${CHECKSUMS} was expected, but ${quote(name)} came; rename the file`,
  );
}

/** In full, unlike show: half a path helps nobody. */
export function quote(path: string): string {
  return JSON.stringify(path);
}
