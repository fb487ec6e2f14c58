import { needsNode } from '../needs-node.ts';
import type * as lock from './folder-lock.ts';

export const holderOf: typeof lock.holderOf = async () => needsNode('files');
export const lockFolder: typeof lock.lockFolder = async () => needsNode('files');
