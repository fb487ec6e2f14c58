import { readBytes } from '#platform/files.js';

/** That of this package. */
export async function version(): Promise<string> {
  const bytes = await readBytes(new URL('../../../package.json', import.meta.url));
  return JSON.parse(new TextDecoder().decode(bytes)).version;
}
