import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { committedIds, lookAt, namesIn, namesInNext, textAt, whenStill } from '../../../src/interop/folder/look.ts';
import { formerName, freshName, isPlain, isUnfinished, parseFreshName } from '../../../src/interop/folder/names.ts';

const ID = '01234567-89ab-4cde-8f01-23456789abcd';
const SUMS = JSON.stringify({ 'model.json': 'a'.repeat(64) });
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keepgate-look-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** How often a look was acted upon that fails the first so many times. */
async function callsOf(failures: number, meanwhile: (call: number) => Promise<void>): Promise<number> {
  let calls = 0;
  await whenStill(dir, async () => {
    calls += 1;
    await meanwhile(calls);
    if (calls <= failures) throw new Error(`failed ${calls}`);
  }).catch((error: Error) => expect(error.message).toBe(`failed ${calls}`));
  return calls;
}

test('what fails is tried again, until the folder has been the same twice', async () => {
  const nothing = async (): Promise<void> => {};
  expect(await callsOf(0, nothing)).toBe(1);
  expect(await callsOf(1, nothing)).toBe(2);
  expect(await callsOf(9, nothing)).toBe(2);
  // Somebody saves to it all the time.
  expect(await callsOf(4, (call) => writeFile(join(dir, 'checksums.json'), `${call}`))).toBe(5);
  // Or stops after a while.
  const until = async (call: number): Promise<void> => {
    if (call <= 3) await writeFile(join(dir, 'checksums.json'), `save ${call}`);
  };
  expect(await callsOf(99, until)).toBe(5);
});

test('a look says what the model is, and which save is not yet in its place', async () => {
  const empty = await lookAt(dir);
  expect(empty).toMatchObject({ next: null, checksums: null, hasChecksums: false });
  await writeFile(join(dir, 'checksums.json'), 'of another tool');
  expect(await lookAt(dir)).toMatchObject({ next: null, checksums: null, hasChecksums: true });
  await writeFile(join(dir, 'checksums.json'), SUMS);
  const whole = await lookAt(dir);
  expect(whole).toMatchObject({ next: null, hasChecksums: true });
  expect([...(whole.checksums ?? [])]).toEqual([['model.json', 'a'.repeat(64)]]);
  expect((await lookAt(dir)).state).toBe(whole.state);
  expect(whole.state).not.toBe(empty.state);

  const next = join(dir, '.keepgate-next');
  await mkdir(next);
  await writeFile(join(next, freshName(ID, 'model.json')), 'x');
  // It does not count without its sums.
  expect((await lookAt(dir)).next).toBeNull();
  const fresh = freshName(ID, 'checksums.json');
  await writeFile(join(next, fresh), JSON.stringify({ 'model.json': 'b'.repeat(64) }));
  const counting = await lookAt(dir);
  expect(counting.next).toEqual({ id: ID, names: new Set([freshName(ID, 'model.json'), fresh]) });
  expect(counting.checksums?.get('model.json')).toBe('b'.repeat(64));
  expect(committedIds(await namesInNext(dir))).toEqual([ID]);
});

test('nothing is where nothing is, and what is no folder has no names, nor text what is one', async () => {
  expect(await namesIn(join(dir, 'none'))).toEqual([]);
  expect(await namesInNext(join(dir, 'none'))).toEqual([]);
  expect(await textAt(join(dir, 'none'))).toBeNull();
  await writeFile(join(dir, '.keepgate-next'), 'a file');
  expect(await namesInNext(dir)).toEqual([]);
  expect(await namesIn(join(dir, '.keepgate-next'))).toEqual([]);
  await expect(textAt(dir)).rejects.toThrow('EISDIR');
});

test('names are read as they are written', () => {
  expect(parseFreshName(freshName(ID, 'a b.\njson'))).toEqual({ id: ID, name: 'a b.\njson' });
  expect(parseFreshName(formerName(ID))).toEqual({ id: ID, name: 'former' });
  for (const other of ['model.json', ID, `${ID}.`, `x${ID}.a`, `${ID.toUpperCase()}.a`, '.DS_Store'])
    expect(parseFreshName(other)).toBeNull();
  expect(isUnfinished(`.keepgate-${ID}.tmp`)).toBe(true);
  for (const other of [`keepgate-${ID}.tmp`, `.keepgate-${ID}.old`, `.keepgate-${ID}.tmp2`, '.keepgate-next'])
    expect(isUnfinished(other)).toBe(false);
  expect(['a', '.a', '...', 'a..b', 'ä'].every(isPlain)).toBe(true);
  expect(['', '.', '..', 'a/b', 'a\\b', '/'].some(isPlain)).toBe(false);
});
