import type * as files from './files.ts';
import { needsNode } from './needs-node.ts';

const missing = async (): Promise<never> => needsNode('files');

export const readBytes: typeof files.readBytes = missing;
export const isFolder: typeof files.isFolder = missing;
export const entriesOf: typeof files.entriesOf = missing;
export const checkWritable: typeof files.checkWritable = missing;
export const realPath: typeof files.realPath = missing;
export const isMissing: typeof files.isMissing = () => false;
