import type * as streams from './byte-streams.ts';
import { needsNode } from './needs-node.ts';

const missing = (): never => needsNode('files');

export const bytesOf: typeof streams.bytesOf = missing;
export const listingOf: typeof streams.listingOf = missing;
export const csvParser: typeof streams.csvParser = missing;
