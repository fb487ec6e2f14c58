/** Builds vendor/, and dist/ afresh: stale files of modules that are gone must not be published. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import './vendor-gpujs.mjs';
import './build-assembly.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
rmSync(`${root}/dist`, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);
mkdirSync(`${root}/dist/platform/packages`, { recursive: true });
copyFileSync(`${root}/src/platform/packages/import-package.js`, `${root}/dist/platform/packages/import-package.js`);
const lab = spawnSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '-c', 'scripts/vite-lab.mjs'], {
  cwd: root,
  stdio: 'inherit',
});
if (lab.status !== 0) process.exit(lab.status ?? 1);
// npm makes a command executable when it links it, and does not look again after a new build.
chmodSync(`${root}/dist/cli/main.js`, 0o755);
