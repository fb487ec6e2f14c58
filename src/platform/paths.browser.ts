import { needsNode } from './needs-node.ts';
import type * as paths from './paths.ts';

const missing = (): never => needsNode('paths');

export const basename: typeof paths.basename = missing;
export const dirname: typeof paths.dirname = missing;
export const extname: typeof paths.extname = missing;
export const join: typeof paths.join = missing;
export const parse: typeof paths.parse = missing;
export const resolve: typeof paths.resolve = missing;
export const fileURLToPath: typeof paths.fileURLToPath = missing;
export const pathToFileURL: typeof paths.pathToFileURL = missing;
