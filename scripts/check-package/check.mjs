// Packs dist/ as it would be published, and has two readers look at the tarball: publint, whether package.json says what
// is in it, and attw, whether each entry resolves to types that fit its code. `npm run build` comes first. Both are installed
// here, so that the project's own install stays light.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tools = fileURLToPath(new URL('node_modules/.bin', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'keepgate-package-'));

/** Whether a command ends well. */
function run(command, ...args) {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

try {
  // Without scripts: packing would build once more.
  if (!run('npm', 'pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder)) process.exitCode = 1;
  for (const tarball of readdirSync(folder).map((name) => join(folder, name))) {
    const published = run(join(tools, 'publint'), 'run', tarball, '--strict');
    // The package has ES modules alone: what `require` finds is left out.
    const typed = run(join(tools, 'attw'), tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji');
    if (!published || !typed) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
