import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Finished, ROOT, runNode } from '../helpers/run-script.ts';

const MAIN = join(ROOT, 'src/cli/main.ts');
const TSX = join(ROOT, 'node_modules/tsx/dist/esm/index.mjs');

let folder: string;
/** Where the modules are; names of packages are found from there, too. */
const keepgate = (...args: readonly string[]): Promise<Finished> =>
  runNode(['--import', TSX, MAIN, 'verify', ...args], folder);

/** Modules that stand on the sources, as a user's would stand on the package. */
const RIGHT = `
import { subjectOf } from '${ROOT}src/verify/index.ts';
const claims = [{ site: 'input', rate: 0.25 }, { site: 'recurrent', rate: 0.35 }];
export default subjectOf({ cell: 'gru', scheme: claims, name: 'my GRU' });`;
const WRONG = `
import right from './right.mjs';
const claims = [{ site: 'input', rate: 0.25, scope: 'step' }];
const idle = { ...right, name: 'no dropout at all', claims, forward: (x, call) => right.forward(x, { ...call, training: false }) };
export default [right, idle];`;

const BAD_SECOND = `
import right from './right.mjs';
const watched = { ...right, forward: () => { throw new Error('verified too early'); } };
export default [watched, { ...right, name: 'bad', claims: [{ site: 'input', rate: 2 }] }];`;
const PRINTS = `
import right from './right.mjs';
console.log('loading');
const forward = (x, call) => { console.info('run'); console.debug('run'); return right.forward(x, call); };
export default { ...right, forward };`;

beforeAll(async () => {
  // tsx would look for it where the command runs; it says where the sources find #platform.
  vi.stubEnv('TSX_TSCONFIG_PATH', join(ROOT, 'tsconfig.json'));
  folder = await mkdtemp(join(tmpdir(), 'keepgate-verify-'));
  const files = {
    'right.mjs': RIGHT,
    'wrong.mjs': WRONG,
    'broken.mjs': 'export default {',
    'nothing.mjs': 'export const subject = 1;',
    'number.mjs': 'export default 3;',
    'broken-import.mjs': "import './gone.mjs';",
    'bad-second.mjs': BAD_SECOND,
    'prints.mjs': PRINTS,
    'exits.mjs': `import right from './right.mjs'; export default { ...right, forward: () => process.exit(0) };`,
    'exits-at-once.mjs': 'process.exit(0);',
    'waits.mjs': 'await new Promise(() => {});',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await mkdir(join(folder, 'node_modules'));
});

afterAll(() => {
  vi.unstubAllEnvs();
  return rm(folder, { recursive: true });
});

describe('all our cells with every published scheme', () => {
  test('keep their claims', async () => {
    const { status, stdout, stderr } = await keepgate('--runs', '1');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ok +(\d+)\/\1 +lstm layer, variational\(input=0\.2,recurrent=0\.35\)$/m);
    expect(stdout).toMatch(/^ok +(\d+)\/\1 +gru \(reset before\) cell, merity2017\(\)$/m);
    expect(stdout).toMatch(/(\d+) of \1 subjects keep their claims: (\d+) of \2 properties hold\n$/);
  }, 300_000);
});

describe('a module', () => {
  test('with one subject: each of its properties, and what it does next to what it claims', async () => {
    const { status, stdout, stderr } = await keepgate('right.mjs');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const [name, claims, observed, head] = stdout.split('\n');
    expect(name).toBe('my GRU');
    expect(claims).toBe('claims    input 0.25, fixed; recurrent 0.35, fixed');
    expect(observed).toMatch(/^observed {2}input 0\.\d+, fixed; recurrent 0\.\d+, fixed$/);
    expect(head).toMatch(/^ +property +what was seen$/);
    expect(stdout).toMatch(/^ok +evaluation-is-the-mean +\S/m);
    expect(stdout).toMatch(/^the subject keeps its claims: (\d+) of \1 properties hold\n$/m);
  });

  test('with a list, of which one does not keep its claims: status 1, and what fails', async () => {
    const { status, stdout, stderr } = await keepgate('./wrong.mjs');
    expect(stderr).toBe('');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^ok +(\d+)\/\1 +my GRU$/m);
    expect(stdout).toMatch(/^FAILED +\d+\/\d+ +no dropout at all$/m);
    expect(stdout).toContain('\nno dropout at all\n  claims    input 0.25, at each step\n  observed  nothing\n');
    expect(stdout).toMatch(/\n {2}sites-as-claimed: /);
    expect(stdout).toContain('1 of 2 subjects keep their claims');
  });

  test('--json has one report a line, the same for the same seed', async () => {
    const args = ['wrong.mjs', '--json', '--seed', '4', '--runs', '5'];
    const { status, stdout } = await keepgate(...args);
    expect(status).toBe(1);
    const reports = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(reports).toMatchObject([
      { subject: 'my GRU', seed: 4, passed: true },
      { subject: 'no dropout at all', seed: 4, passed: false, observed: [] },
    ]);
    expect(reports[0].properties[0]).toMatchObject({
      name: expect.any(String),
      passed: true,
      detail: expect.any(String),
    });
    expect((await keepgate(...args)).stdout).toBe(stdout);
  });

  test('with one that fails: the same line says so', async () => {
    await writeFile(join(folder, 'idle.mjs'), "import all from './wrong.mjs'; export default all[1];");
    const { status, stdout } = await keepgate('idle.mjs', '--runs', '2');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^the subject does not keep its claims: \d+ of \d+ properties hold$/m);
  });

  test('with a list: all subjects are looked at before the first is verified', async () => {
    const { status, stdout, stderr } = await keepgate('bad-second.mjs', '--json');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^keepgate: verify: subject 2 of 2: input: a dropout rate in \[0, 1\) .* 2 came[^\n]*\n$/);
  });

  test('that prints does so on standard error: standard output has the results alone', async () => {
    const { status, stdout, stderr } = await keepgate('prints.mjs', '--json', '--runs', '2');
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ subject: 'my GRU', passed: true });
    expect([...new Set(stderr.trimEnd().split('\n'))]).toEqual(['loading', 'run']);
  });

  test.each(['exits.mjs', 'exits-at-once.mjs', 'waits.mjs'])(
    '%s: to end without a verdict is no success',
    async (module) => {
      const { status, stdout, stderr } = await keepgate(module);
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^keepgate: verify: a verdict was expected, but the process ended without one[^\n]*\n$/);
      expect(stderr).toContain(`"${module}"`);
    },
  );

  test('without a name makes the command wrong', async () => {
    const { status, stderr } = await keepgate('');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^keepgate: verify: the path of a module or a package was expected, but "" came\n$/);
  });

  test('can be a package', async () => {
    await mkdir(join(folder, 'node_modules/my-gru'));
    await symlink(join(folder, 'right.mjs'), join(folder, 'node_modules/my-gru/index.mjs'));
    await writeFile(join(folder, 'node_modules/my-gru/package.json'), '{ "exports": "./index.mjs" }');
    const { status, stdout } = await keepgate('my-gru', '--runs', '5');
    expect(status).toBe(0);
    expect(stdout).toContain('my GRU');
  });

  test.each([
    ['missing.mjs', "missing.mjs'); check the path"],
    ['missing', 'a module was expected at "missing", but it cannot be loaded (Cannot find package \'missing\');'],
    ['broken-import.mjs', 'broken-import.mjs); check the path'],
    ['broken.mjs', 'but it cannot be loaded (Unexpected'],
    ['nothing.mjs', 'as the default export of "nothing.mjs", but there is none'],
    ['number.mjs', 'a subject with forward(), or with a cell of your own, was expected, but 3 came'],
  ])('%s: an error in a line, and status 1', async (module, part) => {
    const { status, stdout, stderr } = await keepgate(module);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^keepgate: verify: [^\n]*\n$/);
    expect(stderr).toContain(part);
    expect(status).toBe(1);
  });
});

describe('--html', () => {
  test('writes a page, also when a property fails, and nothing else', async () => {
    const { status, stdout } = await keepgate('wrong.mjs', '--html', 'page.html', '--runs', '5');
    expect(status).toBe(1);
    expect(stdout).toContain('the page is page.html');
    expect(await readFile(join(folder, 'page.html'), 'utf8')).toContain('no dropout at all');
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test.each([
    ['page.txt', 2, 'a file name that ends in .html was expected, but "page.txt" came'],
    ['no/page.html', 1, 'a folder to write to was expected at'],
  ])('%s is refused before any work', async (path, wanted, part) => {
    const { status, stdout, stderr } = await keepgate('right.mjs', '--html', path);
    expect([status, stdout]).toEqual([wanted, '']);
    expect(stderr).toMatch(/^keepgate: [^\n]*\n$/);
    expect(stderr).toContain(part);
  });
});

test('a suite of keepgate/verify/vitest is red where a property fails', async () => {
  const suite = `
import wrong from '../wrong.mjs';
import { verifySuite } from '${ROOT}src/verify/vitest.ts';
verifySuite(wrong[1], { runs: 5 });`;
  await mkdir(join(folder, 'test'));
  await writeFile(join(folder, 'test/wrong.test.mjs'), suite);
  await symlink(join(ROOT, 'node_modules/vitest'), join(folder, 'node_modules/vitest'));
  const run = await runNode([join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter', 'json'], folder);
  expect(run.status).toBe(1);
  const { testResults } = JSON.parse(run.stdout.slice(run.stdout.indexOf('{')));
  const failed = testResults[0].assertionResults.filter(({ status }: { status: string }) => status === 'failed');
  expect(failed.map(({ fullName }: { fullName: string }) => fullName)).toContain('no dropout at all sites-as-claimed');
});
