import type * as files from './files.ts';
import { needsNode } from './needs-node.ts';

const missing = async (): Promise<never> => needsNode('files');

export const readBytes: typeof files.readBytes = missing;
export const isFolder: typeof files.isFolder = missing;
export const entriesOf: typeof files.entriesOf = missing;
export const kindAt: typeof files.kindAt = missing;
export const kindBehind: typeof files.kindBehind = missing;
export const identityOf: typeof files.identityOf = missing;
export const millisecondsSinceChange: typeof files.millisecondsSinceChange = missing;
export const checkWritable: typeof files.checkWritable = missing;
export const makeFolder: typeof files.makeFolder = missing;
export const move: typeof files.move = missing;
export const removeFile: typeof files.removeFile = missing;
export const removeFolder: typeof files.removeFolder = missing;
export const removeAll: typeof files.removeAll = missing;
export const realPath: typeof files.realPath = missing;
export const isMissing: typeof files.isMissing = () => false;
