import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './run-script.ts';

const run = promisify(execFile);

/** What the package is built from. */
const SOURCES = ['src', 'scripts', 'docs', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'CHANGELOG.md'];

/** What the dependencies depend on. */
const THEIRS = [
  'string-width',
  'strip-ansi',
  'ansi-regex',
  'emoji-regex',
  'is-fullwidth-code-point',
  'fflate',
  'iobuffer',
];

/**
 * Install the package in a folder as a user gets it: packed, unpacked, beside nothing but its own dependencies. It is
 * built from a copy, as a build in place would take files from under tests that run at the same time.
 */
export async function installPacked(folder: string): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), 'keepgate-packed-'));
  try {
    for (const name of SOURCES) await cp(join(ROOT, name), join(copy, name), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    const { stdout } = await run('npm', ['pack', '--json'], { cwd: copy });
    const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[')));

    const modules = join(folder, 'node_modules');
    await mkdir(join(modules, 'keepgate'), { recursive: true });
    await run('tar', ['-xzf', join(copy, filename), '-C', join(modules, 'keepgate'), '--strip-components=1']);
    const { dependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    for (const name of [...Object.keys(dependencies), ...THEIRS]) {
      // The folder of a scope, of names as @scope/package.
      await mkdir(dirname(join(modules, name)), { recursive: true });
      await symlink(join(ROOT, 'node_modules', name), join(modules, name));
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
