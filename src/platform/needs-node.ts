import { KeepgateError } from '../errors.ts';

/**
 * Where a page, or a bundle made for pages, asks for what Node alone has.
 * @throws KeepgateError always
 */
export function needsNode(what: string): never {
  throw new KeepgateError(
    `${what}: Node was expected, but this page or bundle has none; hand in the data itself, or bundle with the condition "node" to run in Node`,
  );
}
