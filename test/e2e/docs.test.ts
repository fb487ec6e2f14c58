import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstDifference, type PageModule, pageModule } from '../helpers/docs-blocks.ts';

// Every ts block of the documentation compiles, runs, and prints what the page says. The blocks of a page, in order,
// are one module; it runs in an empty folder of its own.
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

const pages = new Map<string, PageModule>(
  ['README.md', ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((f) => join('docs', f))]
    .filter((file) => file.endsWith('.md') && existsSync(join(ROOT, file)))
    .map((file) => [file.split(sep).join('/'), pageModule(readFileSync(join(ROOT, file), 'utf8'))] as const)
    .filter(([, { blocks }]) => blocks > 0),
);

let folder = '';
const moduleOf = (page: string): string => join(folder, `${page.replaceAll('/', '-')}.ts`);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keepgate-docs-'));
  for (const [page, { code }] of pages) writeFileSync(moduleOf(page), code);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const compilerOptions = {
    // The pages are no part of the build: nothing is declared, and a name may stand there to be looked at.
    ...{ declaration: false, isolatedDeclarations: false, noUnusedLocals: false },
    typeRoots: [join(ROOT, 'node_modules/@types')],
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }),
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the pages with code are found', () => {
  expect([...pages.keys()]).toEqual(
    expect.arrayContaining(['docs/guide/models.md', 'docs/guide/single-layers.md', 'docs/guide/text-classifier.md']),
  );
});

test('the code of all pages type-checks', async () => {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', folder, '--noEmit', '--pretty', 'false']).catch(
    (error: { readonly stdout: string }) => error,
  );
  expect(stdout).toBe('');
});

describe('the code prints what the page says', () => {
  test.each([...pages])('%s', async (page, { prints }) => {
    const own = join(folder, `run-${page.replaceAll('/', '-')}`);
    mkdirSync(own);
    const tsx = join(ROOT, 'node_modules/tsx/dist/cli.mjs');
    const { stdout } = await run(process.execPath, [tsx, '--tsconfig', join(folder, 'tsconfig.json'), moduleOf(page)], {
      cwd: own,
    });
    expect(firstDifference(prints, stdout.split('\n').slice(0, -1))).toBe(null);
  });
});

describe('the reader of pages', () => {
  const page = (...lines: readonly string[]): PageModule => pageModule(lines.join('\n'));

  test('keeps code on its lines, and leaves other blocks out', () => {
    const { code, blocks } = page('# T', '```ts', 'const a = 1;', '```', '```sh', 'ls', '```', '```ts', 'a;', '```');
    expect(code.split('\n').slice(1, -2)).toEqual(['', 'const a = 1;', '', '', '', '', '', 'a;', '']);
    expect(blocks).toBe(2);
  });

  test('collects what is printed and thrown, and catches what is thrown', () => {
    const { code, prints } = page(
      '# T',
      '```ts',
      'f(1); // prints: one',
      '// prints: two',
      'f(2); // throws: E: x',
      '```',
    );
    expect(prints).toEqual(['one', 'two', 'throws E: x']);
    expect(code).toContain('await __throws(async () => { f(2); });');
    expect(page('# T', '```ts', 'f(3);', '// throws: E: y', '```').code).toContain('{ f(3); });\n\n');
  });

  test('imports a name once, though blocks repeat it, and keeps the lines', () => {
    const { code } = page(
      ...['# T', '```ts', "import { a, b } from 'k';", '```', '```ts', 'import {', '  b,', '  c,', "} from 'k';"],
      ...["import { a } from 'k';", "import { a } from 'other';", 'c;', '```'],
    );
    const imports = ["import { a, b } from 'k';", '', '', "import { c } from 'k';", '', '', ''];
    expect(code.split('\n').slice(2, -3)).toEqual([...imports, '', "import { a } from 'other';", 'c;']);
  });

  test('tells the first difference', () => {
    expect(firstDifference(['a', 'b ...'], ['a', 'b and more'])).toBe(null);
    expect(firstDifference(['a'], ['b'])).toBe('the page says "a", but the code prints "b"');
    expect(firstDifference([], ['b'])).toBe('the page says nothing more, but the code prints "b"');
    expect(firstDifference(['a ...'], [])).toBe('the page says "a ...", but the code prints nothing more');
  });
});
