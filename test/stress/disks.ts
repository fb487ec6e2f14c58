/** Disks that refuse: full, read-only, mounted at the very folder or file, of another user, without flushing. */
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectWritable, writeResult } from '../../src/cli/result-file.ts';
import { expectReplaceable, writeFolder } from '../../src/interop/folder.ts';
import { run, startWorker } from './processes.ts';
import { filesOf, loadWhole } from './versions.ts';

const NOBODY = 65_534;
const NO_SYNC = `import { open } from 'node:fs/promises';
  const handle = await open(process.execPath);
  Object.getPrototypeOf(handle).sync = async () => { throw new Error('Method not implemented.'); };
  await handle.close();`;

function expectThat(truth: boolean, what: string): void {
  if (!truth) throw new Error(`expected: ${what}`);
}

async function refusalOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'nothing',
    (error: Error) => error.message,
  );
}

/** A host without flushing, as Yarn's Plug'n'Play is. */
export async function unflushed(root: string): Promise<string> {
  const dir = join(root, 'unflushed');
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(NO_SYNC)}`];
  const work = await (await startWorker(['once', dir, 'saved'], { preload })).ended;
  expectThat(work?.failed === 0 && (await loadWhole(dir)) === 'saved', `saved without flushing, but ${work?.first}`);
  return 'no flushing, as under Plug and Play: saved';
}

/** The rest mounts and takes the place of other users: for root on Linux, in a mount namespace of its own. */
export async function disks(root: string): Promise<string[]> {
  const disk = join(root, 'disk');
  await mkdir(disk);
  await run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk);
  const lines = [
    await mountPoint(disk),
    await fullDisk(disk),
    await readOnly(disk),
    await mountedFile(root),
    await closed(root),
  ];
  for (const path of [disk, join(root, 'to.svg')]) await run('umount', path);
  return lines;
}

async function mountPoint(disk: string): Promise<string> {
  await expectReplaceable(disk);
  await writeFolder(disk, filesOf('old', true));
  await writeFile(join(disk, 'thesis.txt'), 'mine');
  await expectReplaceable(disk);
  await writeFolder(disk, filesOf('new', false));
  expectThat((await loadWhole(disk)) === 'new', 'a model replaced in a mount point');
  return 'a mount point: saved to, and replaced';
}

async function fullDisk(disk: string): Promise<string> {
  const before = (await readdir(disk)).sort().join();
  const refusal = await refusalOf(writeFolder(disk, filesOf('large', true, 2_000_000)));
  expectThat(/the disk is full \(ENOSPC/.test(refusal), `told that it is full, but ${refusal}`);
  expectThat((await readdir(disk)).sort().join() === before, 'nothing left over');
  await writeFile(join(disk, 'filler'), new Uint8Array(2_000_000)).catch(() => {});
  const rehearsed = await refusalOf(expectReplaceable(disk));
  expectThat(/the disk is full/.test(rehearsed), `told before the work, but ${rehearsed}`);
  expectThat((await loadWhole(disk)) === 'new', 'the former model');
  return 'a full disk: told before and after the work, the former model is whole';
}

async function readOnly(disk: string): Promise<string> {
  await run('mount', '-o', 'remount,ro', disk);
  const refusal = await refusalOf(expectReplaceable(disk));
  expectThat(/the disk is read-only \(EROFS/.test(refusal), `told that it is read-only, but ${refusal}`);
  expectThat((await loadWhole(disk)) === 'new', 'a model read from a read-only disk');
  expectThat((await readFile(join(disk, 'thesis.txt'), 'utf8')) === 'mine', 'the file of others');
  return 'a read-only disk: told before the work, the model is read';
}

async function mountedFile(root: string): Promise<string> {
  const [from, to] = [join(root, 'from.svg'), join(root, 'to.svg')];
  await writeFile(from, 'a longer one');
  await writeFile(to, '');
  await run('mount', '--bind', from, to);
  await expectWritable(to, '.svg');
  await writeResult(to, 'plot');
  expectThat((await readFile(from, 'utf8')) === 'plot', 'the mounted file written');
  await run('mount', '-o', 'remount,bind,ro', to);
  const refusal = await refusalOf(expectWritable(to, '.svg'));
  expectThat(/the disk is read-only/.test(refusal), `told that it is read-only, but ${refusal}`);
  return 'a mounted file: written over, or refused before the work where it is read-only';
}

async function closed(root: string): Promise<string> {
  const dir = join(root, 'closed');
  await writeFolder(dir, filesOf('old', true));
  await chmod(root, 0o755);
  const work = await (await startWorker(['once', dir, 'new'], { uid: NOBODY, gid: NOBODY })).ended;
  expectThat(/access is denied \(EACCES/.test(work?.first ?? ''), `told that access is denied, but ${work?.first}`);
  expectThat((await loadWhole(dir)) === 'old', 'the former model');
  return 'a folder of another user: told before the work';
}
