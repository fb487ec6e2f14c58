import { needsNode } from '../needs-node.ts';
import type * as processes from './processes.ts';

const missing = (): never => needsNode('files');

export const thisProcess: typeof processes.thisProcess = missing;
export const isRunning: typeof processes.isRunning = missing;
export const millisecondsSinceBoot: typeof processes.millisecondsSinceBoot = missing;
