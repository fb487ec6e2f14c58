import { KeepgateError } from '../errors.ts';

/** What to do without it. */
const INSTEAD = {
  files: 'hand in a Storage in place of a path to save or load, or the data itself',
  paths: 'hand in the data itself',
};

/**
 * Where a page, or a bundle made for pages, asks for what Node alone has.
 * @throws KeepgateError always
 */
export function needsNode(what: keyof typeof INSTEAD): never {
  throw new KeepgateError(
    `${what}: Node and its file system were expected, but this page or bundle has neither; ${INSTEAD[what]}, or bundle with the condition "node" to run in Node`,
  );
}
