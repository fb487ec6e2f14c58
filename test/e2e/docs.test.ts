import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examplesIn, firstDifference, type PageModule, pageModule } from '../helpers/docs-blocks.ts';
import { ROOT } from '../helpers/run-script.ts';
import { readSources } from '../helpers/sources.ts';

// Every ts block of the documentation, and of the examples in docstrings, compiles, runs, and prints what it says. The
// blocks of a page, or of an example, are one module in order; it runs in an empty folder of its own. A page has a
// process of its own; examples are small and many, and share one.
const run = promisify(execFile);

const pages = new Map<string, PageModule>(
  ['README.md', ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((f) => join('docs', f))]
    .filter((file) => file.endsWith('.md') && existsSync(join(ROOT, file)))
    .map((file) => [file.split(sep).join('/'), pageModule(readFileSync(join(ROOT, file), 'utf8'))] as const)
    .filter(([, { blocks }]) => blocks > 0),
);

/** By the place of the example: `src/masks/plan.ts:12`. */
const examples = new Map<string, PageModule>(
  readSources().flatMap(({ file, text }) =>
    examplesIn(text).map(({ line, module }) => [`src/${file}:${line}`, module] as const),
  ),
);

/** What can only run inside vitest is only compiled. */
const NEEDS_VITEST = /from 'keepgate\/verify\/vitest'/;

const RUN_MODULES = join(ROOT, 'test/helpers/run-modules.ts');

let folder = '';
/** The file of a page, or of an example. */
const moduleOf = (page: string): string => join(folder, `${page.replaceAll(/[/:]/g, '-')}.ts`);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keepgate-docs-'));
  for (const [page, { code }] of [...pages, ...examples]) writeFileSync(moduleOf(page), code);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const compilerOptions = {
    // The pages are no part of the build: nothing is declared, and a name may stand there to be looked at.
    declaration: false,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    typeRoots: [join(ROOT, 'node_modules/@types')],
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }),
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a TypeScript file prints, line by line, when it runs with the package at hand. */
async function linesOf(args: readonly string[], cwd: string): Promise<string[]> {
  const tsx = join(ROOT, 'node_modules/tsx/dist/cli.mjs');
  const { stdout } = await run(process.execPath, [tsx, '--tsconfig', join(folder, 'tsconfig.json'), ...args], { cwd });
  return stdout.split('\n').slice(0, -1);
}

test('the pages with code are found', () => {
  expect([...pages.keys()]).toEqual(
    expect.arrayContaining(['docs/guide/models.md', 'docs/guide/single-layers.md', 'docs/guide/text-classifier.md']),
  );
});

test('the code of all pages and examples type-checks', async () => {
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
    expect(firstDifference(prints, await linesOf([moduleOf(page)], own))).toBe(null);
  });
});

test('the examples print what they say', { timeout: 240_000 }, async () => {
  const wrong = [...examples].filter(([, { blocks }]) => blocks === 0).map(([place]) => `${place}: has no ts block`);
  const running = [...examples].filter(([, { code }]) => !NEEDS_VITEST.test(code));
  const lines = await linesOf([RUN_MODULES, ...running.map(([place]) => moduleOf(place))], folder);
  for (const [place, { prints }] of running) {
    const start = lines.indexOf(`=== ${moduleOf(place)}`) + 1;
    const end = lines.findIndex((line, i) => i >= start && line.startsWith('=== '));
    const difference = firstDifference(prints, start === 0 ? [] : lines.slice(start, end === -1 ? undefined : end));
    if (difference !== null) wrong.push(`${place}: ${difference}`);
  }
  expect(wrong).toEqual([]);
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
      '# T',
      '```ts',
      "import { a, b } from 'k';",
      '```',
      '```ts',
      'import {',
      '  b,',
      '  c,',
      "} from 'k';",
      "import { a } from 'k';",
      "import { a } from 'other';",
      'c;',
      '```',
    );
    const imports = ["import { a, b } from 'k';", '', '', "import { c } from 'k';", '', '', ''];
    expect(code.split('\n').slice(2, -3)).toEqual([...imports, '', "import { a } from 'other';", 'c;']);
  });

  test('takes the examples out of docstrings, on their lines', () => {
    const source = [
      '/**',
      ' * Text.',
      ' * ```ts',
      ' * no;',
      ' * ```',
      ' * @example',
      ' * ```ts',
      ' * @decorated',
      ' *   f(1); // prints: 1',
      ' * ```',
      ' * @example A title',
      '  * ```ts',
      ' * f(2); // prints: 2',
      ' * ```',
      ' * @throws no;',
      ' * ```ts',
      ' * no;',
      ' * ```',
      ' */',
      '// @example',
      'export const text = 1;',
      '/** @example */',
      'const other = 2;',
    ];
    const [first, second, third, ...more] = examplesIn(source.join('\n'));
    expect([first?.line, second?.line, third?.line, more.length]).toEqual([6, 11, 22, 0]);
    expect(first?.module.code.split('\n').slice(1, -2)).toEqual([
      ...Array<string>(6).fill(''),
      '@decorated',
      '  f(1); // prints: 1',
      '',
    ]);
    expect(first?.module.prints).toEqual(['1']);
    expect(second?.module.code.split('\n')[12]).toBe('f(2); // prints: 2');
    expect([second?.module.prints, second?.module.blocks, third?.module.blocks]).toEqual([['2'], 1, 0]);
  });

  test('tells the first difference', () => {
    expect(firstDifference(['a', 'b ...'], ['a', 'b and more'])).toBe(null);
    expect(firstDifference(['a'], ['b'])).toBe('the page says "a", but the code prints "b"');
    expect(firstDifference([], ['b'])).toBe('the page says nothing more, but the code prints "b"');
    expect(firstDifference(['a ...'], [])).toBe('the page says "a ...", but the code prints nothing more');
  });
});
