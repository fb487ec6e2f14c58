export { basename, dirname, extname, join, parse, resolve } from 'node:path';
export { fileURLToPath, pathToFileURL } from 'node:url';
