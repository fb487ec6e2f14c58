import { isPlain } from '../../checks.ts';
import { KeepgateError } from '../../errors.ts';
import type { LabelledOptions } from '../../text/readers/read-labelled.ts';
import { canonicalJson } from '../canonical-json.ts';
import { jobId } from '../job.ts';
import type { Work } from '../works/work.ts';

/** How a worker finds and does a work, which is no part of it. */
export interface Hints {
  /** The names of the tables or the folders of texts, and how they are read, for workers that have copies of them. */
  readonly texts: { readonly name: string; readonly validation?: string; readonly reading: LabelledOptions } | null;
  /** Seconds that it may take. */
  readonly limit: number;
}

/** A work in a queue. It is text, so that no server writes its numbers in another way. */
export interface Envelope {
  readonly work: string;
  readonly hints: Hints;
}

/** What came of it, as JSON, and where it ran. */
export interface Answer {
  readonly result: string;
  readonly place: string;
}

/** What a worker has to say. */
export type Note =
  /** It cannot do works of this kind. */
  | { readonly kind: 'cannot'; readonly id: string; readonly why: string; readonly place: string }
  /** It ended a work that had been given to another one meanwhile. */
  | { readonly kind: 'late'; readonly id: string; readonly answer: Answer };

export function seal(work: Work, hints: Hints): Envelope {
  return { work: canonicalJson(work), hints };
}

const HASH = /^[0-9a-f]{64}$/;
const ID = /^j-[0-9a-f]{32}$/;
const FORMATS: readonly unknown[] = [
  'keepgate-job-1',
  'keepgate-passes-1',
  'keepgate-verify-1',
] satisfies Work['format'][];

/**
 * The work of an envelope, of which whoever can write to the server may have made anything: what becomes a path is looked at.
 * @throws KeepgateError unless it is a work of this name
 */
export async function unseal(
  id: string | undefined,
  data: unknown,
): Promise<{ readonly work: Work; readonly hints: Hints }> {
  const { work: text, hints } = Object(data) as Envelope;
  try {
    const work: unknown = JSON.parse(text);
    if (isWork(work) && isHints(hints) && (await jobId(work)) === id) return { work, hints };
  } catch {
    // Not ours.
  }
  throw new KeepgateError(`worker: a work of keepgate was expected as ${id}, but something else is in the queue`);
}

function isWork(work: unknown): work is Work {
  if (!isPlain(work) || !FORMATS.includes(work.format) || typeof work.keepgate !== 'string') return false;
  const { task, before, model, module } = work;
  const hashes = [Object(task).texts, Object(task).validation, Object(task).module, model, module].filter(
    (hash) => hash != null,
  );
  return hashes.every((hash) => HASH.test(String(hash))) && (before == null || ID.test(String(before)));
}

function isHints(hints: unknown): hints is Hints {
  if (!isPlain(hints) || typeof hints.limit !== 'number' || !(hints.limit > 0)) return false;
  const { name, validation = 'texts', reading } = Object(hints.texts ?? { name: 'texts', reading: {} });
  return isName(name) && isName(validation) && isPlain(reading);
}

/** No path, which could lead anywhere. */
function isName(name: unknown): boolean {
  return typeof name === 'string' && /^[^/\\\0]+$/.test(name) && !/^\.+$/.test(name);
}

/** What a queue says came of a work. @throws KeepgateError for anything else */
export function answerOf(id: string, value: unknown): { readonly result: unknown; readonly place: string } {
  const { result, place } = Object(value) as Answer;
  try {
    if (typeof place === 'string') return { result: JSON.parse(result), place };
  } catch {
    // Not ours.
  }
  throw new KeepgateError(`queue: what came of ${id} was expected, but something else is in the queue`);
}
