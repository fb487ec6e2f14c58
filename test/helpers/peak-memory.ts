/** Reads files one after the other, and prints how far the memory of the process rose for each: on Linux, with --expose-gc. */
import { readFileSync, writeFileSync } from 'node:fs';
import { importLayers } from '../../src/interop/index.ts';

/** What the system says of the memory of this process, in bytes. */
function memory(name: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] =
    new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

const [warmUp = '', ...files] = process.argv.slice(2);
// What is loaded for a format is no memory of a file.
await importLayers(warmUp);
for (const file of files) {
  const size = readFileSync(file).length;
  globalThis.gc?.();
  // From here on the peak is counted anew.
  writeFileSync('/proc/self/clear_refs', '5');
  const before = memory('VmRSS');
  let error = '';
  await importLayers(file).catch((reason: unknown) => {
    error = String(reason);
  });
  console.log(JSON.stringify({ file, size, rose: memory('VmHWM') - before, error }));
}
