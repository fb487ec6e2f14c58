import { execFile } from 'node:child_process';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * A project in a folder of its own: what lies in these folders, later ones first, with what its package.json asks for
 * and, beside that, the packages of another folder. It needs the registry.
 */
export async function installedProject(sources: readonly string[], packed: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keepgate-project-'));
  for (const source of sources) await cp(source, folder, { recursive: true });
  await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder });
  // Copied, since links that lead out of a project are refused by some bundlers.
  await cp(join(packed, 'node_modules'), join(folder, 'node_modules'), { recursive: true, dereference: true });
  return folder;
}
