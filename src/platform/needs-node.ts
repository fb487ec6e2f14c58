import { KeepgateError } from '../errors.ts';

/** What to do without it. */
const INSTEAD = {
  files:
    'hand in a Storage in place of a path, or use toFiles() and fromFiles() or modelFromFiles(), or hand in the data itself',
  paths: 'hand in the data itself',
  processes: 'search in Node',
  terminal: 'hand in print, which takes a line',
};

/** What is asked for. */
const OF_NODE: Readonly<Record<keyof typeof INSTEAD, string>> = {
  files: 'file system',
  paths: 'file system',
  processes: 'processes',
  terminal: 'standard output',
};

/**
 * Where a page, or a bundle made for pages, asks for what Node alone has.
 * @throws KeepgateError always
 */
export function needsNode(what: keyof typeof INSTEAD): never {
  throw new KeepgateError(
    `${what}: Node was expected, with its ${OF_NODE[what]}, but this page or bundle has none; ${INSTEAD[what]}, or bundle with the condition "node" to run in Node`,
  );
}
