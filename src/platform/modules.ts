import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What to import for a module: a path is from where we are, and so is a package, unless only import() can see it. */
export function locateModule(module: string): string {
  if (/^[./\\]|^[a-zA-Z]:|\.[cm]?[jt]s$/.test(module)) return pathToFileURL(resolve(module)).href;
  try {
    return pathToFileURL(createRequire(resolve('here.js')).resolve(module)).href;
  } catch {
    return module;
  }
}
