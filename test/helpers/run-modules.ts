// Runs modules one after the other in one process, each in an empty folder of its own: `run-modules.ts FILE...`. Before
// what a module prints stands a line with its path. One that fails prints that, and the next one runs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

for (const file of process.argv.slice(2)) {
  const folder = mkdtempSync(join(tmpdir(), 'keepgate-example-'));
  process.chdir(folder);
  console.log(`=== ${file}`);
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    console.log(`fails with ${error}`);
  }
  process.chdir(tmpdir());
  rmSync(folder, { recursive: true, force: true });
}
