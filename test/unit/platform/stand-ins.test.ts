import { readdirSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { KeepgateError } from '../../../src/errors.ts';
import { expectStepsUpTo, readNewestStep } from '../../../src/interop/folder/steps.ts';
import { expectReplaceable, folderStorage } from '../../../src/interop/folder.ts';
import { readFolder } from '../../../src/text/readers/read-folder.ts';
import { readLabelled } from '../../../src/text/readers/read-labelled.ts';
import { readTable } from '../../../src/text/readers/read-table.ts';

// What imports these gets what pages get.
vi.mock('../../../src/platform/atomic-write.ts', () => import('../../../src/platform/atomic-write.browser.ts'));
vi.mock('../../../src/platform/byte-streams.ts', () => import('../../../src/platform/byte-streams.browser.ts'));
vi.mock('../../../src/platform/files.ts', () => import('../../../src/platform/files.browser.ts'));
vi.mock(
  '../../../src/platform/process/processes.ts',
  () => import('../../../src/platform/process/processes.browser.ts'),
);
vi.mock('../../../src/platform/paths.ts', () => import('../../../src/platform/paths.browser.ts'));

const FOLDER = new URL('../../../src/platform/', import.meta.url);
const NAMES = readdirSync(FOLDER, { encoding: 'utf8', recursive: true }).flatMap(
  (file) => /^(.*)\.browser\.ts$/.exec(file.replaceAll('\\', '/'))?.[1] ?? [],
);

test.each(NAMES)('the stand-in of %s has all its names', async (name) => {
  const real = await vi.importActual<object>(`../../../src/platform/${name}.ts`);
  const standIn = await vi.importActual<object>(`../../../src/platform/${name}.browser.ts`);
  expect(Object.keys(standIn).sort()).toEqual(Object.keys(real).sort());
});

test('in a page, whatever asks for files says that they need Node', async () => {
  expect(NAMES).toEqual(expect.arrayContaining(['atomic-write', 'byte-streams', 'files', 'paths', 'workers']));
  const storage = folderStorage('model');
  const asks = [
    () => storage.write({ 'model.json': '{}' }),
    () => storage.read(['model.json']),
    () => expectReplaceable('model'),
    () => expectStepsUpTo('checkpoints', 0),
    () => readNewestStep('checkpoints'),
    () => readTable('a.csv', { text: 'text' }),
    () => readLabelled('texts'),
    () => readFolder('texts'),
  ];
  for (const ask of asks) {
    await expect(ask()).rejects.toThrow(
      new KeepgateError(
        'files: Node was expected, with its file system, but this page or bundle has none; hand in a Storage in place of a path, or use toFiles() and fromFiles() or modelFromFiles(), or hand in the data itself, or bundle with the condition "node" to run in Node',
      ),
    );
  }
});

test('a page makes no threads unless it is cross-origin isolated', async () => {
  const { findThreading } = await import('../../../src/platform/workers.browser.ts');
  expect(findThreading()).toBe(null);
});
