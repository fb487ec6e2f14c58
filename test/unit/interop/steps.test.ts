import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ModelError } from '../../../src/errors.ts';
import { expectStepsUpTo, readNewestStep, removeSteps, writeStep } from '../../../src/interop/folder/steps.ts';
import type { Files } from '../../../src/interop/storage.ts';
import { expectRefusal } from '../../helpers/refusals.ts';
import { actAs, stoppedAt } from '../../helpers/watched-disk.ts';

// Each call to the system is known, and it can be stopped before it.
vi.mock('node:fs/promises', async (original) => {
  const { watchedDisk } = await import('../../helpers/watched-disk.ts');
  return watchedDisk(await original<typeof import('node:fs/promises')>());
});

let root: string;
let dir: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keepgate-steps-'));
  dir = join(root, 'checkpoints');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const filesOf = (version: string): Files => ({ 'run.json': `{"version":"${version}"}`, 'run.safetensors': version });

/** The version of the newest step, both files of which are of it. */
async function newest(): Promise<string> {
  const { 'run.json': json, 'run.safetensors': numbers } = await readNewestStep(dir);
  const version = new TextDecoder().decode(numbers);
  expect(new TextDecoder().decode(json)).toBe(`{"version":"${version}"}`);
  return version;
}

test('the newest steps stay, in the order of their numbers', async () => {
  for (const step of [2, 9, 10, 123_456_789]) await writeStep(dir, step, filesOf(`at ${step}`), 2);
  expect((await readdir(dir)).sort()).toEqual(['step-00000010', 'step-123456789']);
  expect(await newest()).toBe('at 123456789');
  // A step may be saved again: between its last batch and the end of the epoch, and after it.
  await writeStep(dir, 123_456_789, filesOf('closed'), 1);
  expect(await readdir(dir)).toEqual(['step-123456789']);
  expect(await newest()).toBe('closed');
});

test('what is of others stays', async () => {
  await writeStep(dir, 1, filesOf('one'), 1);
  await writeFile(join(dir, 'step-00000001', 'notes.txt'), 'mine');
  await mkdir(join(dir, 'step-x'));
  await writeStep(dir, 2, filesOf('two'), 1);
  expect(await readdir(join(dir, 'step-00000001'))).toEqual(['notes.txt']);
  await removeSteps(dir);
  expect((await readdir(dir)).sort()).toEqual(['step-00000001', 'step-x']);
  await rm(join(dir, 'step-x'), { recursive: true });
  await rm(join(dir, 'step-00000001'), { recursive: true });
  await removeSteps(dir);
  expect(await readdir(root)).toEqual([]);
  await removeSteps(dir);
});

test('wherever a save is killed, the last whole step is found, and the next save goes well', {
  timeout: 240_000,
}, async () => {
  const seen: string[] = [];
  for (let number = 1, ended = false; !ended; number++) {
    await rm(dir, { recursive: true, force: true });
    await writeStep(dir, 3, filesOf('three'), 1);
    const { before, reached } = stoppedAt(number);
    ended = (await Promise.race([actAs(before, () => writeStep(dir, 4, filesOf('four'), 1)), reached])) !== 'stopped';
    seen.push(await newest());
    // It may go on from what was found.
    await expectStepsUpTo(dir, 4);
    await writeStep(dir, 5, filesOf('five'), 1);
    expect(await newest()).toBe('five');
    expect(await readdir(dir)).toEqual(['step-00000005']);
  }
  expect(seen.join()).toMatch(/^(three,)+(four,?)+$/);
  expect(new Set(seen).size).toBe(2);
});

test('a disk that refuses leaves the last step as it was', async () => {
  await writeStep(dir, 3, filesOf('three'), 1);
  const full = (name: string): void => {
    if (name === 'write') throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  const act = () => actAs(full, () => writeStep(dir, 4, filesOf('four'), 1));
  await expectRefusal(act, ModelError, 'the disk is full (ENOSPC', 'free some space');
  expect(await newest()).toBe('three');
  expect((await readdir(dir)).filter((name) => name !== 'step-00000003')).toEqual([]);
});

test('another run is not written over, and damage is named', async () => {
  await expectStepsUpTo(dir, 0);
  expect(await readdir(root)).toEqual([]);
  await writeStep(dir, 3, filesOf('three'), 2);
  await expectStepsUpTo(dir, 3);
  await expectRefusal(() => expectStepsUpTo(dir, 2), ModelError, 'but it has step-00000003; go on from it with resume');
  await writeStep(dir, 4, filesOf('four'), 2);
  const damaged = join(dir, 'step-00000004', 'run.safetensors');
  for (const damage of [() => truncate(damaged, 2), () => writeFile(damaged, 'fiVe'), () => rm(damaged)]) {
    await damage();
    await expectRefusal(newest, ModelError, 'resume: a whole checkpoint was expected', 'step-00000004', 'remove it');
  }
  await rm(join(dir, 'step-00000004'), { recursive: true });
  expect(await newest()).toBe('three');
  for (const none of [join(root, 'nowhere'), root])
    await expectRefusal(
      () => readNewestStep(none),
      ModelError,
      'a folder with a checkpoint was expected',
      'but there is none',
    );
});
