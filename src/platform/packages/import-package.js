/**
 * Import a package that not everybody has, by a name that no bundler follows: it is looked for when the program runs.
 * It is not TypeScript, which would wrap the name in a helper and so part it from the words to the bundlers.
 */
export function importPackage(name) {
  return import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ name);
}
