/**
 * Saves under stress: savers that are killed at random instants, savers and readers at once, and disks that refuse.
 * `npm run stress -- [--kills 300] [--seconds 120] [--savers 2] [--readers 2] [--seed 1] [--mounts]`; mounts are for root on Linux.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeFolder } from '../../src/interop/folder.ts';
import { uniform } from '../../src/random/draws.ts';
import { key } from '../../src/random/key.ts';
import { disks, unflushed } from './disks.ts';
import { startWorker, type Work } from './processes.ts';
import { filesOf, loadWhole } from './versions.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '120' },
    savers: { type: 'string', default: '2' },
    readers: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    mounts: { type: 'boolean', default: false },
  },
});
const count = (name: 'kills' | 'seconds' | 'savers' | 'readers' | 'seed'): number => Number(values[name]);

/** A folder with a model, and with files of others. @returns what fails when one of these was touched */
async function prepare(dir: string): Promise<() => Promise<void>> {
  await mkdir(join(dir, '.git'), { recursive: true });
  await writeFile(join(dir, '.git', 'HEAD'), 'ref');
  await writeFolder(dir, filesOf('first', true));
  await writeFile(join(dir, 'thesis.txt'), 'three years of work');
  const look = async (): Promise<string> => {
    const names = ['.', '.git', '.git/HEAD', 'thesis.txt'];
    const found = names.map(async (name) => [name, (await stat(join(dir, name))).ino]);
    const texts = [await readFile(join(dir, 'thesis.txt'), 'utf8'), await readFile(join(dir, '.git/HEAD'), 'utf8')];
    return JSON.stringify([await Promise.all(found), texts]);
  };
  const before = await look();
  return async () => {
    if ((await look()) !== before) throw new Error('files of others were touched');
  };
}

async function kills(dir: string, number: number): Promise<string> {
  const expectUntouched = await prepare(dir);
  const instants = uniform(key(count('seed')), number, 0, 150);
  const loaded = new Set<string>();
  let interrupted = 0;
  let rolled = 0;
  let next = startWorker(['save', dir, 'k0-']);
  for (let i = 0; i < number; i++) {
    const { child, ended } = await next;
    await new Promise((done) => setTimeout(done, instants[i]));
    child.kill('SIGKILL');
    await ended;
    loaded.add(await loadWhole(dir));
    const names = await readdir(dir);
    interrupted += names.filter((name) => name.endsWith('.tmp')).length > 0 ? 1 : 0;
    rolled += names.includes('.keepgate-next') ? 1 : 0;
    await expectUntouched();
    for (const name of names) if (name.endsWith('.tmp')) await rm(join(dir, name), { recursive: true });
    // Its start is not what is killed.
    next = startWorker(['save', dir, `k${i + 1}-`]);
  }
  (await next).child.kill('SIGKILL');
  return `${number} kills: 0 failed loads, 0 files of others touched; ${interrupted} left a save that did not count, ${rolled} one whose files were not all in their place; ${loaded.size} versions found`;
}

async function atOnce(dir: string): Promise<string> {
  const expectUntouched = await prepare(dir);
  const start = (role: 'save' | 'read', number: number) =>
    Array.from({ length: number }, (_, i) => startWorker([role, dir, `${role}${i}-`]));
  const [savers, readers] = [start('save', count('savers')), start('read', count('readers'))];
  const workers = await Promise.all([...savers, ...readers]);
  await new Promise((done) => setTimeout(done, count('seconds') * 1000));
  for (const { child } of workers) child.stdin.end();
  const works = await Promise.all(workers.map(({ ended }) => ended));
  await expectUntouched();
  await loadWhole(dir);
  const sum = (some: readonly (Work | null)[], what: 'done' | 'failed') =>
    some.reduce((total, work) => total + (work?.[what] ?? Number.NaN), 0);
  const [saves, reads] = [works.slice(0, savers.length), works.slice(savers.length)];
  const failed = sum(works, 'failed');
  if (failed !== 0) throw new Error(`${failed} failed: ${works.map((work) => work?.first).join(' | ')}`);
  return `${savers.length} savers and ${readers.length} readers for ${values.seconds} s: ${sum(saves, 'done')} saves, ${sum(reads, 'done')} loads, 0 failed, 0 files of others touched`;
}

async function main(): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'keepgate-stress-'));
  const say = (line: string): void => console.log(line);
  try {
    say(await unflushed(root));
    if (values.mounts) for (const line of await disks(root)) say(line);
    say(await kills(join(root, 'killed'), count('kills')));
    say(await atOnce(join(root, 'at-once')));
  } finally {
    // What is still mounted after a failure goes with its namespace.
    await rm(root, { recursive: true, force: true }).catch(() => {});
  }
}

/** Mounts are made in a namespace of their own, and nobody else sees them. */
async function inNamespace(): Promise<number> {
  const args = ['-m', process.execPath, '--import', 'tsx', fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn('unshare', args, { stdio: 'inherit', env: { ...process.env, KEEPGATE_STRESS: 'inside' } });
  return new Promise((done) => child.on('close', (status) => done(status ?? 1)));
}

if (values.mounts && process.env.KEEPGATE_STRESS !== 'inside') process.exitCode = await inNamespace();
else await main();
