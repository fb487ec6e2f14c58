import { needsNode } from '../needs-node.ts';
import type * as terminal from './terminal.ts';

export const terminalWidth: typeof terminal.terminalWidth = () => null;
export const terminalBar: typeof terminal.terminalBar = async () => needsNode('terminal');
export const linePrinter: typeof terminal.linePrinter = () => needsNode('terminal');
