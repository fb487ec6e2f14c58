import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ModelError, OptionError } from '../../../src/errors.ts';
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
  await expectModelError(
    storage.read(['weights']),
    /the sha256 of "weights" was expected in "checksums.json" .*, but that of "model.json" alone came/,
  );
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

test('refuses a folder of other things, and names one', async () => {
  await mkdir(model);
  for (const name of ['.git', 'lost+found', 'thesis.txt']) await mkdir(join(model, name));
  for (const act of [() => writeFolder(model, OLD), () => expectReplaceable(model)]) {
    await expectModelError(
      act(),
      `model folder: a model or an empty folder was expected at ${JSON.stringify(model)}, but it has "thesis.txt", and no model with a checksums.json; choose another path`,
    );
  }
  expect((await readdir(model)).sort()).toEqual(['.git', 'lost+found', 'thesis.txt']);
  expect(await readdir(root)).toEqual(['model']);
  await rm(join(model, 'thesis.txt'), { recursive: true });
  // What is hidden, and what a disk makes in itself, does not make it another's.
  await writeFolder(model, OLD);
  expect(await readdir(model)).toEqual(expect.arrayContaining(['.git', 'lost+found', 'model.json']));
});

test('whatever lies beside a model stays, and is the same file in the same folder', async () => {
  await writeFolder(model, OLD);
  await writeFile(join(model, 'thesis.txt'), 'three years of work');
  await mkdir(join(model, '.git'));
  const inodes = async () =>
    Promise.all(['.', '.git', 'thesis.txt'].map(async (name) => (await stat(join(model, name))).ino));
  const before = await inodes();
  await expectReplaceable(model);
  expect(await writeFolder(model, NEW)).toEqual({ warnings: [] });
  expect(await inodes()).toEqual(before);
  expect((await readdir(model)).sort()).toEqual(['.git', 'checksums.json', 'model.json', 'thesis.txt']);
});

test('what a former model had and the new one has not is removed, unless somebody changed it', async () => {
  await writeFolder(model, { ...OLD, 'text.json': '{}' });
  await writeFile(join(model, 'weights'), 'changed by hand');
  await writeFolder(model, NEW);
  expect((await readdir(model)).sort()).toEqual(['checksums.json', 'model.json', 'weights']);
});

test.each(['model.json', 'weights.safetensors', 'text.json'])(
  'refuses to write over a %s of other making',
  async (name) => {
    await writeFolder(model, { 'model.json': '{}', 'weights.safetensors': '' });
    const listed = JSON.parse(await readFile(join(model, 'checksums.json'), 'utf8'));
    await writeFile(join(model, 'checksums.json'), JSON.stringify({ ...listed, [name]: undefined }));
    await writeFile(join(model, name), 'mine');
    for (const act of [() => writeFolder(model, { 'model.json': 'x' }), () => expectReplaceable(model)]) {
      await expectModelError(
        act(),
        `model folder: a place for "${name}" was expected in ${JSON.stringify(model)}, but a file of that name came that is not its model's; move it away, or choose another path`,
      );
    }
    expect(await readFile(join(model, name), 'utf8')).toBe('mine');
  },
);

test('a folder in the place of a file is refused', async () => {
  await writeFolder(model, OLD);
  await rm(join(model, 'model.json'));
  await mkdir(join(model, 'model.json'));
  await expectModelError(
    expectReplaceable(model),
    /a place for "model.json" was expected in .*, but a folder of that name/,
  );
});

test('replaces a damaged model, and nothing where its checksums do not tell what is its own', async () => {
  await writeFolder(model, OLD);
  await truncate(join(model, 'weights'), 1);
  await rm(join(model, 'model.json'));
  await writeFolder(model, OLD);
  await expectOldIntact();
  for (const text of ['{', '{"model.json":"md5"}', '[]', '{}']) {
    await writeFile(join(model, 'checksums.json'), text);
    await expectModelError(writeFolder(model, NEW), /but its checksums.json is damaged or of another tool, so that/);
  }
  expect((await readdir(model)).sort()).toEqual(['checksums.json', 'model.json', 'weights']);
});

test('names in checksums.json that lead elsewhere are neither followed nor touched', async () => {
  await writeFolder(model, OLD);
  const inside = join(model, 'inner');
  await mkdir(inside);
  await writeFile(join(root, 'secret'), 'a');
  await writeFile(join(inside, 'secret'), 'a');
  const hostile = ['../secret', 'inner/secret', '..', '.', 'inner', join(root, 'secret')];
  const listed = JSON.parse(await readFile(join(model, 'checksums.json'), 'utf8'));
  const sums = Object.fromEntries(hostile.map((name) => [name, sha256('a')]));
  await writeFile(join(model, 'checksums.json'), JSON.stringify({ ...listed, ...sums }));
  await writeFolder(model, NEW);
  expect(await readFile(join(root, 'secret'), 'utf8')).toBe('a');
  expect(await readFile(join(inside, 'secret'), 'utf8')).toBe('a');
});

// A thread cannot change it.
test.runIf(isMainThread)('saves to the working directory, which stays the same', async () => {
  const before = process.cwd();
  await mkdir(model);
  process.chdir(model);
  try {
    const { ino } = await stat('.');
    await expectReplaceable('.');
    await writeFolder('.', OLD);
    await writeFolder(model, NEW);
    await expectReplaceable('..').catch((error: unknown) => expect(error).toBeInstanceOf(ModelError));
    expect((await stat('.')).ino).toBe(ino);
    expect((await readdir('.')).sort()).toEqual(['checksums.json', 'model.json']);
    await readFolderFiles('.', ['model.json']);
    await writeFolder('../models', NEW);
  } finally {
    process.chdir(before);
  }
  expect(await readdir(root)).toEqual(['model', 'models']);
});

test('what is no path is refused', async () => {
  for (const place of ['', undefined, null, 5]) {
    const error = await expectReplaceable(place as string).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OptionError);
    expect((error as OptionError).message).toMatch(
      /^model folder: the path of a folder was expected, but .* came; pass one/,
    );
  }
  await expect(writeFolder('', OLD)).rejects.toThrow(OptionError);
  await expect(readFolderFiles('', NAMES)).rejects.toThrow(ModelError);
});

test('a rehearsal leaves nothing, of folders on the way neither', async () => {
  await expectReplaceable(join(root, 'a', 'b', 'model'));
  expect(await readdir(root)).toEqual([]);
  await writeFolder(model, OLD);
  await expectReplaceable(model);
  await expectOldIntact();
});

test.skipIf(process.platform === 'win32')(
  'links: what a dangling one, or one to a file, leads to is told',
  async () => {
    await symlink('gone', join(root, 'dangling'));
    await symlink(join(root, 'loop'), join(root, 'loop'));
    await writeFile(join(root, 'file'), '');
    await symlink('file', join(root, 'to-file'));
    const cases: [string, RegExp][] = [
      ['dangling', /a folder was expected at ".*dangling", but a link to nothing came; make the folder/],
      ['dangling/inner', /a folder was expected at ".*dangling", but a link to nothing came/],
      ['loop', /but a link leads to itself \(ELOOP: .*\); mend the link$/],
      ['to-file', /a folder was expected at ".*to-file", but a file came; choose another path$/],
      ['to-file/inner', /a folder was expected at ".*to-file", but a file came; choose another path$/],
      ['file/a/b', /a folder was expected at ".*file", but a file came; choose another path$/],
    ];
    const before = await readdir(root);
    for (const [path, message] of cases) {
      await expectModelError(expectReplaceable(join(root, path)), message);
      await expectModelError(writeFolder(join(root, path), OLD), message);
    }
    expect(await readdir(root)).toEqual(before);
  },
);

test('refuses to replace a file', async () => {
  await writeFile(model, 'a file');
  await expectModelError(
    writeFolder(model, OLD),
    `model folder: a folder was expected at ${JSON.stringify(model)}, but a file came; choose another path`,
  );
  expect(await readFile(model, 'utf8')).toBe('a file');
});

test.each(['a/nope/b', '../b', 'a\\b', '..', '.', '', 'checksums.json', '.keepgate-next'])(
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
    /^model folder: ".*model" was to be written, but the name is too long \(ENAMETOOLONG: .*\); choose a shorter one$/,
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
  await expectModelError(
    readFolderFiles(model, NAMES),
    /^model folder: "weights" of .* was to be read, but a folder is in the place of a file \(EISDIR: .*\); move it away$/,
  );
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

test.each(['{"model.json":', 'null', '{}', '[]', '{"model.json":"abc"}'])(
  'a checksums.json of other making is an error: %s',
  async (text) => {
    await writeFolder(model, NEW);
    await writeFile(join(model, 'checksums.json'), text);
    await expectModelError(
      readFolderFiles(model, ['model.json']),
      `model folder: a JSON object of file names and sha256 was expected ${where('checksums.json')}, but something else came; ${AGAIN}`,
    );
  },
);

describe('a folder without a model says what it is', () => {
  const wanted = () => `model folder: a model that save() wrote was expected in ${JSON.stringify(model)}, but`;

  test('an empty one', async () => {
    await mkdir(model);
    await mkdir(join(model, '.git'));
    await expectModelError(readFolderFiles(model, NAMES), `${wanted()} an empty folder came; check the path`);
  });

  test('one of another tool, or copied in part', async () => {
    await writeFolder(model, NEW);
    await rm(join(model, 'checksums.json'));
    const advice = 'it is of another tool, or copied in part: copy all of it again';
    await expectModelError(
      readFolderFiles(model, ['model.json']),
      `${wanted()} "model.json" and no checksums.json came; ${advice}`,
    );
    for (const name of ['group1-shard1of1.bin', 'a', 'b']) await writeFile(join(model, name), '');
    await expectModelError(
      readFolderFiles(model, ['model.json']),
      `${wanted()} "a", "b", "group1-shard1of1.bin" and more and no checksums.json came; ${advice}`,
    );
    await rm(join(model, 'model.json'));
    await expectModelError(
      readFolderFiles(model, ['model.json']),
      `${wanted()} "a", "b", "group1-shard1of1.bin" and no checksums.json came; check the path`,
    );
  });

  test('one with a model that is no text classifier', async () => {
    await writeFolder(model, { 'model.json': '{}', 'weights.safetensors': '' });
    await expectModelError(
      readFolderFiles(model, ['model.json', 'text.json']),
      `model folder: a text classifier was expected in ${JSON.stringify(model)}, but a model without "text.json" came, saved as "model.json", "weights.safetensors"; load it with loadModel(), or give the folder that a TextClassifier was saved to`,
    );
  });

  test('nothing, where version 0.1.0 was killed and left the model under other names', async () => {
    const left = join(root, `.keepgate-${crypto.randomUUID()}.old`);
    await writeFolder(left, OLD);
    const half = join(root, `.keepgate-${crypto.randomUUID()}.new`);
    await writeFolder(half, OLD);
    await truncate(join(half, 'weights'), 2);
    const message = `model folder: a folder was expected at ${JSON.stringify(model)}, but nothing came; an interrupted save of version 0.1.0 may have left its model as ${JSON.stringify(left)}: give that its name back`;
    await expectModelError(readFolderFiles(model, NAMES), message);
  });
});

test('reads no file outside of the folder', async () => {
  await writeFolder(model, NEW);
  await expectModelError(
    readFolderFiles(model, ['../secret']),
    /^model folder: a plain file name .* "..\/secret" came/,
  );
});
