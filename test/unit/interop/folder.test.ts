import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ModelError } from '../../../src/errors.ts';
import { expectReplaceable, folderStorage, readFolderFiles, writeFolder } from '../../../src/interop/folder.ts';

let root: string;
let model: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keepgate-folder-'));
  model = join(root, 'model');
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const OLD = { 'model.json': '{"version":1}', weights: new Uint8Array([1, 2, 3, 4]) };
const NEW = { 'model.json': '{"version":2}' };
const NAMES = Object.keys(OLD);

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** A failure is a ModelError, in one line, with this message. */
async function expectModelError(promise: Promise<unknown>, message: string | RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ModelError);
  const text = (error as ModelError).message;
  expect(text).not.toContain('\n');
  if (typeof message === 'string') expect(text).toBe(message);
  else expect(text).toMatch(message);
}

/** The old model is whole, and nothing lies beside it. */
async function expectOldIntact(): Promise<void> {
  expect(await readdir(root)).toEqual(['model']);
  expect((await readdir(model)).sort()).toEqual(['checksums.json', 'model.json', 'weights']);
  const files = await readFolderFiles(model, NAMES);
  expect(new TextDecoder().decode(files['model.json'])).toBe(OLD['model.json']);
}

test('writes the files and their checksums, and reads them back', async () => {
  expect(await writeFolder(model, OLD)).toEqual({ warnings: [] });
  expect(JSON.parse(await readFile(join(model, 'checksums.json'), 'utf8'))).toEqual({
    'model.json': sha256(OLD['model.json']),
    weights: sha256(OLD.weights),
  });
  expect(await readFolderFiles(model, NAMES)).toEqual({
    'model.json': new TextEncoder().encode(OLD['model.json']),
    weights: OLD.weights,
  });
  expect(await readFolderFiles(model, [])).toEqual({});
});

test('as a storage, it takes files and gives them back', async () => {
  const storage = folderStorage(model);
  await storage.write(OLD);
  expect(await storage.write(NEW)).toEqual({ warnings: [] });
  expect(await storage.read(['model.json'])).toEqual(await readFolderFiles(model, ['model.json']));
  await expectModelError(storage.read(['weights']), /the sha256 of "weights" was expected/);
});

test('creates parent folders', async () => {
  const deep = join(root, 'a', 'b', 'model');
  await writeFolder(deep, OLD);
  expect(await readdir(join(root, 'a', 'b'))).toEqual(['model']);
  await readFolderFiles(deep, NAMES);
});

test('replaces a former model as a whole', async () => {
  await writeFolder(model, OLD);
  await writeFolder(model, NEW);
  expect(await readdir(root)).toEqual(['model']);
  expect((await readdir(model)).sort()).toEqual(['checksums.json', 'model.json']);
  expect(await readFile(join(model, 'model.json'), 'utf8')).toBe(NEW['model.json']);
});

test('fills an empty folder', async () => {
  await mkdir(model);
  await writeFolder(model, OLD);
  await expectOldIntact();
});

test.skipIf(process.platform === 'win32')('a model is open to the same users as any new folder', async () => {
  await writeFolder(model, OLD);
  await mkdir(join(root, 'plain'));
  expect((await stat(model)).mode).toBe((await stat(join(root, 'plain'))).mode);
});

test.skipIf(process.platform === 'win32')('replaces the model behind a link, and keeps the link', async () => {
  await writeFolder(model, OLD);
  await symlink(model, join(root, 'link'));
  await writeFolder(join(root, 'link'), NEW);
  expect((await readdir(root)).sort()).toEqual(['link', 'model']);
  expect(await readFile(join(model, 'model.json'), 'utf8')).toBe(NEW['model.json']);
});

test('a name such as __proto__ is a file like any other', async () => {
  const files = Object.fromEntries([['__proto__', 'x']]);
  await writeFolder(model, files);
  expect(Object.keys(await readFolderFiles(model, ['__proto__']))).toEqual(['__proto__']);
});

test('refuses to replace a folder that is not a model', async () => {
  await mkdir(model);
  await writeFile(join(model, 'thesis.txt'), 'three years of work');
  await expectModelError(
    writeFolder(model, OLD),
    `model folder: a model or an empty folder was expected at ${JSON.stringify(model)}, but it has other files and no model.json with checksums.json; choose another path`,
  );
  expect(await readdir(model)).toEqual(['thesis.txt']);
  expect(await readdir(root)).toEqual(['model']);
});

test('refuses to replace a model with files beside it that are not its own, and names them', async () => {
  await writeFolder(model, OLD);
  await writeFile(join(model, 'thesis.txt'), 'three years of work');
  await mkdir(join(model, 'figures'));
  for (const act of [() => writeFolder(model, NEW), () => expectReplaceable(model)]) {
    await expectModelError(
      act(),
      /^model folder: a model alone was expected at ".*model", as .*, but ("figures", "thesis.txt"|"thesis.txt", "figures") came with it; move it away/,
    );
  }
  expect((await readdir(model)).sort()).toEqual(['checksums.json', 'figures', 'model.json', 'thesis.txt', 'weights']);
  await rm(join(model, 'figures'), { recursive: true });
  // What the new model has too takes its place.
  await writeFolder(model, { ...NEW, 'thesis.txt': 'new' });
  await expectReplaceable(model);
  expect(await readdir(root)).toEqual(['model']);
});

test('replaces a damaged model, and still nothing beside it', async () => {
  await writeFolder(model, OLD);
  await writeFile(join(model, 'checksums.json'), '{');
  await expectModelError(writeFolder(model, NEW), /but "weights" came with it/);
  await writeFolder(model, OLD);
  await expectOldIntact();
});

test('refuses the working directory and those above it', async () => {
  await writeFolder(model, OLD);
  const before = process.cwd();
  // A model is there, which could be replaced.
  process.chdir(model);
  try {
    for (const place of ['.', '', model, root, '..', join(model, '..', 'model'), '/']) {
      const refusal = /^model folder: a folder of its own was expected, .* is the working directory or above it/;
      await expectModelError(writeFolder(place, NEW), refusal);
      await expectModelError(expectReplaceable(place), refusal);
    }
    await writeFolder('../models', NEW);
    await expectReplaceable('../model-2');
  } finally {
    process.chdir(before);
  }
  expect(await readdir(root)).toEqual(['model', 'models']);
  await readFolderFiles(model, NAMES);
});

test('refuses to replace a file', async () => {
  await writeFile(model, 'a file');
  await expectModelError(
    writeFolder(model, OLD),
    `model folder: a folder was expected at ${JSON.stringify(model)}, but a file came; choose another path`,
  );
  expect(await readFile(model, 'utf8')).toBe('a file');
});

test('a file in place of a parent folder is an error', async () => {
  await writeFile(model, 'a file');
  await expectModelError(
    writeFolder(join(model, 'inner'), OLD),
    /^model folder: ".*inner" was to be written, but E\w+: .* came; check the path, the permissions and the free space$/,
  );
  expect(await readdir(root)).toEqual(['model']);
});

test.each(['a/nope/b', '../b', 'a\\b', '..', '.', '', 'checksums.json'])(
  'refuses the file name %j and leaves the old model intact',
  async (name) => {
    await writeFolder(model, OLD);
    await expectModelError(
      writeFolder(model, { ...NEW, [name]: 'x' }),
      `model folder: a plain file name other than checksums.json was expected, but ${JSON.stringify(name)} came; rename the file`,
    );
    await expectOldIntact();
  },
);

test('a write that fails halfway leaves the old model intact', async () => {
  await writeFolder(model, OLD);
  const tooLong = 'x'.repeat(300);
  await expectModelError(
    writeFolder(model, { ...NEW, [tooLong]: 'x', last: 'y' }),
    /^model folder: ".*model" was to be written, but E\w+: .* came; check the path, the permissions and the free space$/,
  );
  await expectOldIntact();
});

test('a write that fails halfway leaves nothing where there was no model', async () => {
  await expectModelError(writeFolder(model, { 'model.json': '{}', 'nul\0': 'x' }), /was to be written, but/);
  expect(await readdir(root)).toEqual([]);
});

const where = (name: string): string => `in ${JSON.stringify(name)} of ${JSON.stringify(model)}`;
const AGAIN = 'save or copy the model again';

test('a missing folder, and a file in its place, are errors', async () => {
  const expected = `model folder: a folder was expected at ${JSON.stringify(model)}`;
  await expectModelError(readFolderFiles(model, NAMES), `${expected}, but nothing came; check the path`);
  await writeFile(model, 'a file');
  await expectModelError(readFolderFiles(model, NAMES), `${expected}, but a file came; check the path`);
});

test('a missing file is an error', async () => {
  await writeFolder(model, OLD);
  await rm(join(model, 'weights'));
  await expectModelError(
    readFolderFiles(model, NAMES),
    `model folder: a file was expected ${where('weights')}, but nothing came; ${AGAIN}`,
  );
});

test('a folder in place of a file is an error', async () => {
  await writeFolder(model, OLD);
  await rm(join(model, 'weights'));
  await mkdir(join(model, 'weights'));
  await expectModelError(readFolderFiles(model, NAMES), /^model folder: a file was expected in "weights" of .* EISDIR/);
});

test.each<[string, (path: string) => Promise<void>, Uint8Array]>([
  ['truncated', (path) => truncate(path, 3), new Uint8Array([1, 2, 3])],
  ['damaged', (path) => writeFile(path, new Uint8Array([1, 2, 3, 5])), new Uint8Array([1, 2, 3, 5])],
])('a %s file is an error', async (_, harm, left) => {
  await writeFolder(model, OLD);
  await harm(join(model, 'weights'));
  await expectModelError(
    readFolderFiles(model, NAMES),
    `model folder: sha256 ${sha256(OLD.weights)} was expected ${where('weights')}, but ${sha256(left)} came; ${AGAIN}`,
  );
  // The other file is still as it was.
  await readFolderFiles(model, ['model.json']);
});

test.each<[string, string, string, string]>([
  ['no JSON', '{"model.json":', 'a JSON object of file names and sha256', 'something else'],
  ['no object', 'null', 'a JSON object of file names and sha256', 'something else'],
  ['no entry', '{}', 'the sha256 of "model.json"', 'nothing'],
  ['a list', '[]', 'the sha256 of "model.json"', 'nothing'],
  ['no sha256', '{"model.json":"abc"}', 'the sha256 of "model.json"', 'something else'],
])('a broken checksums.json is an error: %s', async (_, text, expected, came) => {
  await writeFolder(model, NEW);
  await writeFile(join(model, 'checksums.json'), text);
  await expectModelError(
    readFolderFiles(model, ['model.json']),
    `model folder: ${expected} was expected ${where('checksums.json')}, but ${came} came; ${AGAIN}`,
  );
});

test('a missing checksums.json is an error', async () => {
  await writeFolder(model, NEW);
  await rm(join(model, 'checksums.json'));
  await expectModelError(
    readFolderFiles(model, ['model.json']),
    `model folder: a file was expected ${where('checksums.json')}, but nothing came; ${AGAIN}`,
  );
});

test('reads no file outside of the folder', async () => {
  await writeFolder(model, NEW);
  await expectModelError(
    readFolderFiles(model, ['../secret']),
    /^model folder: a plain file name .* "..\/secret" came/,
  );
});
