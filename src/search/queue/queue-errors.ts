import { errorCode, messageOf } from '../../errors.ts';

/** What servers answer for good: nothing mends it but somebody who changes something. */
const ANSWERS: readonly (readonly [RegExp, string, string])[] = [
  [
    /NOAUTH|WRONGPASS|invalid username-password|28P01|28000|password/i,
    'it wants another user or password',
    'give them in the URL, such as redis://:PASSWORD@HOST',
  ],
  [/NOPERM|42501/, 'the user may not do this', 'give the user all rights on the keys of the prefix'],
  [/OOM command not allowed/, 'its memory is full', 'give it more (maxmemory), or remove what else it holds'],
  [/53100|No space left|MISCONF/i, 'its disk is full, or cannot be written', 'free some space there'],
  [/READONLY/, 'it is a copy that cannot be written', 'give the URL of the one that can'],
  [/3D000/, 'there is no such database', 'make it, or name another in the URL'],
];

/** What goes by when the server comes back. */
const AWAY =
  /ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|clos(ed|ing)|terminat|isn't writeable|LOADING|max retries per request|starting up|shutting down|recovery mode|timed? ?out|57P0|^08|53300|not queryable/i;

/** Whether an error says that a server is away, and not that it refuses. */
export function isAway(error: unknown): boolean {
  const text = `${errorCode(error) ?? ''} ${messageOf(error)}`;
  return AWAY.test(text) && !ANSWERS.some(([answer]) => answer.test(text));
}

/** @param server its address */
export function inQueueWords(server: string, error: unknown): string {
  const [code, message] = [errorCode(error), messageOf(error)];
  const text = `${code ?? ''} ${message}`;
  const [, meaning, advice] = ANSWERS.find(([answer]) => answer.test(text)) ?? [];
  if (meaning) return `a queue was expected at ${server}, but ${meaning} (${message || code}); ${advice}`;
  return `a queue was expected at ${server}, but it cannot be reached (${message || code}); start it, or check the URL`;
}
