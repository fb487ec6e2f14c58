import { needsNode } from '../needs-node.ts';
import type * as appending from './append-file.ts';

export const openAppendFile: typeof appending.openAppendFile = async () => needsNode('files');
