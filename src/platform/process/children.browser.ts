import { needsNode } from '../needs-node.ts';
import type * as children from './children.ts';

export const startChild: typeof children.startChild = () => needsNode('processes');
export const hearParent: typeof children.hearParent = () => needsNode('processes');
export const cores: typeof children.cores = () => needsNode('processes');
export const machineInWords: typeof children.machineInWords = () => needsNode('processes');
export const makeTemporaryFolder: typeof children.makeTemporaryFolder = () => needsNode('processes');
