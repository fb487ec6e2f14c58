import type * as atomicWrite from './atomic-write.ts';
import { needsNode } from './needs-node.ts';

const missing = async (): Promise<never> => needsNode('files');

export const replaceFile: typeof atomicWrite.replaceFile = missing;
export const rehearseReplacement: typeof atomicWrite.rehearseReplacement = missing;
export const writeSynced: typeof atomicWrite.writeSynced = missing;
export const syncFolder: typeof atomicWrite.syncFolder = missing;
export const orUnsynced: typeof atomicWrite.orUnsynced = missing;
