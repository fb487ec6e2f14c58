import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ModelError } from '../../../src/errors.ts';
import { expectReplaceable, readFolderFiles, writeFolder } from '../../../src/interop/folder.ts';
import type { Files } from '../../../src/interop/storage.ts';
import { actAs, stoppedAt } from '../../helpers/watched-disk.ts';

// Each call of a saver to the system is known, and it can be killed or held up before it.
vi.mock('node:fs/promises', async (original) => {
  const { watchedDisk } = await import('../../helpers/watched-disk.ts');
  return watchedDisk(await original<typeof import('node:fs/promises')>());
});

// Hundreds of saves a test.
vi.setConfig({ testTimeout: 240_000 });

let root: string;
let model: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keepgate-killed-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

/** A place of its own for each of the many saves of a test. */
async function freshPlace(): Promise<void> {
  await rm(root, { recursive: true, force: true });
  await mkdir(root);
  model = join(root, 'model');
}

/** What is saved: of different lengths, and not all with the same files. */
const saved = (version: string, more: Files = {}): Files => ({
  'model.json': `{"version":"${version}"}`,
  'weights.safetensors': new TextEncoder().encode(version.repeat(3)),
  ...more,
});
const OLD = saved('old', { 'text.json': 'texts of old' });
const NEW = saved('newer');
const LAST = saved('the last', { 'text.json': 'texts of the last' });
const VERSIONS = { old: OLD, newer: NEW, 'the last': LAST };
type Version = keyof typeof VERSIONS;

/** Which version is found, all files of which are as they were saved. */
async function found(): Promise<Version> {
  const { 'model.json': bytes } = await readFolderFiles(model, ['model.json']);
  const { version } = JSON.parse(new TextDecoder().decode(bytes)) as { version: Version };
  const files = await readFolderFiles(model, Object.keys(VERSIONS[version]));
  const asSaved = Object.entries(VERSIONS[version]).map(([name, data]) => [name, Buffer.from(data as string)]);
  expect(Object.entries(files).map(([name, data]) => [name, Buffer.from(data)])).toEqual(asSaved);
  return version;
}

/** Runs a save that is killed at its call of this number. @returns whether it came to its end before */
async function killed(number: number, act: () => Promise<unknown>): Promise<boolean> {
  const { before, reached } = stoppedAt(number);
  return (await Promise.race([actAs(before, act), reached])) !== 'stopped';
}

/** All beside the model that keepgate left. */
async function leftovers(): Promise<string[]> {
  return (await readdir(model).catch(() => [])).filter((name) => name.startsWith('.'));
}

/** For each number of calls, or every second or third of them, until there are no more. */
async function forEachCall(act: (number: number) => Promise<boolean>, stride = 1): Promise<number> {
  for (let number = 1; ; number += stride) {
    await freshPlace();
    if (await act(number)) return number;
  }
}

/** Calls of a save over OLD from which on it counts: the files lie in two places. Every third of them. */
async function callsSinceItCounts(): Promise<number[]> {
  await freshPlace();
  await writeFolder(model, OLD);
  const calls: string[] = [];
  await actAs(
    (name) => void calls.push(name),
    () => writeFolder(model, NEW),
  );
  const numbers = calls.map((_, i) => i + 1).filter((number) => number > calls.indexOf('rename') + 1);
  return numbers.filter((_, i) => i % 3 === 0);
}

describe('a saver that is killed at any call', () => {
  test('over a model leaves the old or the new one whole, and the next save goes well', async () => {
    const seen: Version[] = [];
    const calls = await forEachCall(async (number) => {
      await writeFolder(model, OLD);
      await writeFile(join(model, 'thesis.txt'), 'three years');
      const ended = await killed(number, () => writeFolder(model, NEW));
      seen.push(await found());
      const { warnings } = await writeFolder(model, LAST);
      expect(warnings.every((line) => /of another save, which is at work or was interrupted/.test(line))).toBe(true);
      expect(await found()).toBe('the last');
      expect(await readdir(model)).toEqual(expect.arrayContaining(['thesis.txt', 'text.json']));
      expect((await leftovers()).filter((name) => !name.endsWith('.tmp'))).toEqual([]);
      return ended;
    });
    expect(calls).toBeGreaterThan(30);
    // There is one call at which the save begins to count.
    expect(seen.join()).toMatch(/^(old,)+(newer,?)+$/);
    expect(new Set(seen).size).toBe(2);
  });

  test('where nothing was leaves nothing, or the new one whole', async () => {
    const seen: string[] = [];
    await forEachCall(async (number) => {
      model = join(root, 'a', 'b');
      const ended = await killed(number, () => writeFolder(model, NEW));
      seen.push(await found().catch((error: ModelError) => error.message.replace(/.* but (only "[^"]*" )?/, '')));
      await writeFolder(model, LAST);
      expect(await found()).toBe('the last');
      return ended;
    });
    expect([...new Set(seen)]).toEqual([
      'nothing came; check the path',
      'an empty folder came; check the path',
      'came, of a first save that did not come to its end; save the model again',
      'newer',
    ]);
  });

  test('while it ends the save of another that was killed loses neither', async () => {
    for (const first of await callsSinceItCounts()) {
      await forEachCall(async (number) => {
        await writeFolder(model, OLD);
        await killed(first, () => writeFolder(model, NEW));
        expect(await found()).toBe('newer');
        const ended = await killed(number, () => writeFolder(model, LAST));
        expect(['newer', 'the last']).toContain(await found());
        return ended;
      }, 3);
    }
  });

  test('in a rehearsal leaves the model as it was', async () => {
    await forEachCall(async (number) => {
      await writeFolder(model, OLD);
      const ended = await killed(number, () => expectReplaceable(model));
      expect(await found()).toBe('old');
      if (ended) expect(await leftovers()).toEqual([]);
      return ended;
    });
  });
});

describe('a call that fails once', () => {
  test.each(['EIO', 'ENOSPC', 'EACCES'])(
    'with %s ends in the old model and an error, or in the new one and a warning',
    async (code) => {
      let refused = 0;
      const calls = await forEachCall(async (number) => {
        await writeFolder(model, OLD);
        const before = (await readdir(model)).sort();
        let at = 0;
        const fail = (name: string): void => {
          if (++at === number) throw Object.assign(new Error(`${code}: ${name}`), { code });
        };
        const result = await actAs(fail, () => writeFolder(model, NEW)).catch((error: unknown) => error);
        if (result instanceof ModelError) {
          refused++;
          expect(await found()).toBe('old');
          expect(result.message).toMatch(/^model folder: .*but .* \(E\w+: \w+\); [^;]*$/);
          // A folder that could not be removed is told by the next save.
          expect((await readdir(model)).filter((name) => !name.endsWith('.tmp')).sort()).toEqual(before);
        } else {
          expect(await found()).toBe('newer');
          if ((await leftovers()).length > 0)
            expect(result).toEqual({ warnings: [expect.stringMatching(/is saved and can be loaded, but/)] });
          await writeFolder(model, NEW);
        }
        return at < number;
      });
      expect(refused).toBeGreaterThan(15);
      expect(calls - refused).toBeGreaterThan(10);
    },
  );

  test('before the save counts, leaves nothing behind', async () => {
    const before = async (): Promise<string[]> =>
      [...(await readdir(root)), ...(await readdir(model).catch(() => []))].sort();
    for (const [old, expected] of [
      [null, []],
      [OLD, ['checksums.json', 'model', ...Object.keys(OLD)].sort()],
    ] as const) {
      await forEachCall(async (number) => {
        if (old) await writeFolder(model, old);
        let at = 0;
        const full = (name: string): void => {
          if (++at >= number && /^(mkdir|open|write|sync|rename)$/.test(name))
            throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        };
        const result = await actAs(full, () => writeFolder(model, NEW)).catch((error: unknown) => error);
        if (result instanceof ModelError) {
          expect(await before()).toEqual(expected);
          expect(result.message).toMatch(/but the disk is full \(full\); free some space, or choose another disk$/);
        } else expect(await found()).toBe('newer');
        return at < number;
      });
    }
  });
});

describe('a saver that is held up at any call', () => {
  test('finds another done meanwhile, and both are whole at each moment', async () => {
    await forEachCall(async (number) => {
      await writeFolder(model, OLD);
      const held = stoppedAt(number);
      const saving = actAs(held.before, () => writeFolder(model, NEW));
      const ended = (await Promise.race([saving, held.reached])) !== 'stopped';
      await writeFolder(model, LAST);
      expect(await found()).toBe('the last');
      held.goOn();
      await saving;
      expect(['newer', 'the last']).toContain(await found());
      expect(await leftovers()).toEqual([]);
      // What the later of the two has not is gone, and what it has is not.
      const names = (await readdir(model)).sort();
      expect(names).toEqual([...Object.keys(VERSIONS[await found()]), 'checksums.json'].sort());
      return ended;
    });
  });

  test('takes nothing from those that come after it, also when they are killed', async () => {
    for (const first of await callsSinceItCounts()) {
      await forEachCall(async (second) => {
        await writeFolder(model, OLD);
        const held = stoppedAt(first);
        const saving = actAs(held.before, () => writeFolder(model, NEW));
        await Promise.race([saving, held.reached]);
        await writeFolder(model, OLD);
        const ended = await killed(second, () => writeFolder(model, LAST));
        const before = await found();
        held.goOn();
        await saving;
        expect([before, 'newer']).toContain(await found());
        return ended;
      }, 6);
    }
  });
});

test('a reader that is held up at any call reads one of the models, and never a mixture', async () => {
  for (const later of [[NEW], [NEW, LAST], [NEW, LAST, OLD]]) {
    await forEachCall(async (number) => {
      await writeFolder(model, OLD);
      const held = stoppedAt(number);
      const reading = actAs(held.before, () => readFolderFiles(model, ['weights.safetensors', 'model.json']));
      const ended = (await Promise.race([reading, held.reached])) !== 'stopped';
      for (const files of later) await writeFolder(model, files);
      held.goOn();
      const { 'model.json': json, 'weights.safetensors': weights } = await reading;
      const { version } = JSON.parse(new TextDecoder().decode(json)) as { version: Version };
      expect(new TextDecoder().decode(weights)).toBe(version.repeat(3));
      return ended;
    });
  }
});

test('what a killed save left is told, and removed by a save an hour later', async () => {
  await freshPlace();
  await writeFolder(model, OLD);
  await killed(20, () => writeFolder(model, NEW));
  const [left = ''] = await leftovers();
  expect(left).toMatch(/^\.keepgate-[0-9a-f-]{36}\.tmp$/);
  await writeFile(join(model, '.keepgate-notes.tmp'), 'not ours');
  expect(await writeFolder(model, LAST)).toEqual({
    warnings: [
      `model folder: ${JSON.stringify(join(model, left))} is of another save, which is at work or was interrupted; a save in an hour removes it, or you do`,
    ],
  });
  const old = new Date(Date.now() - 3_700_000);
  await utimes(join(model, left), old, old);
  expect(await writeFolder(model, NEW)).toEqual({ warnings: [] });
  expect(await leftovers()).toEqual(['.keepgate-notes.tmp']);
});
