import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Exported } from '../helpers/declarations.ts';
import { type PublicSurface, packageSurface, surfaceOf, surfaceText } from '../helpers/public-surface.ts';
import { ROOT } from '../helpers/run-script.ts';
import { parse } from '../helpers/syntax.ts';

// What the package exports is a contract: it changes on purpose, and what it has is explained where it is declared.
let surface: PublicSurface;

beforeAll(async () => {
  surface = await packageSurface();
});

/** Those of the exports that are fit, as `file: name`, each once. */
function where(fits: (exported: Exported) => boolean): string[] {
  const all = surface.entries.flatMap(({ exports }) => exports).filter(fits);
  return [...new Set(all.map(({ name, declaration: { file } }) => `${file.replace('.d.ts', '.ts')}: ${name}`))].sort();
}

test('the package exports what test/golden/public-surface.txt says (npx tsx test/golden/write-public-surface.ts)', () => {
  expect(surfaceText(surface)).toBe(readFileSync(join(ROOT, 'test/golden/public-surface.txt'), 'utf8'));
});

test.each(['src/index.ts', 'src/interop/index.ts', 'src/search/index.ts', 'src/verify/index.ts'])(
  '%s names all that it exports',
  (entry) => {
    const text = readFileSync(join(ROOT, entry), 'utf8');
    const statements = parse(text).body as { type: string; exported?: unknown; start: number; end: number }[];
    const stars = statements.filter(({ type, exported }) => type === 'ExportAllDeclaration' && !exported);
    expect(stars.map(({ start, end }) => text.slice(start, end))).toEqual([]);
  },
);

test('what is exported has a docstring', () => {
  expect(where(({ declaration }) => declaration.docstring === '')).toEqual([]);
});

test('each function and class that is exported has an example', () => {
  expect(
    where(
      ({ typeOnly, declaration: { kind, docstring } }) =>
        !typeOnly && (kind === 'function' || kind === 'class') && !/^\s*\* @example\b/m.test(docstring),
    ),
  ).toEqual([]);
});

describe('the reader of declarations', () => {
  const shown = (index: string, files: Readonly<Record<string, string>> = {}): string[] => {
    const read = (file: string): string => ({ ...files, 'index.d.ts': index })[file] ?? '';
    return surfaceText(surfaceOf(new Map([['it', 'index.d.ts']]), read))
      .split('\n')
      .slice(2, -1);
  };
  const unnamed = ['', '# in the types above, without a name to import'];

  test.each([
    ['a name', 'export declare function g(a: number): void;'],
    ['a parameter', 'export declare function f(a: string): void;'],
    ['what comes back', 'export declare function f(a: number): string;'],
    ['a kind', 'export declare const f: (a: number) => void;'],
    ['one more', 'export declare function f(a: number): void; export type T = 1;'],
  ])('shows that %s changed', (_, after) => {
    expect(shown(after)).not.toEqual(shown('export declare function f(a: number): void;'));
  });

  test('shows each kind of thing, in the order of names, without comments', () => {
    const text = `/** A. */ export type Word = 'a' | // one
      'b // c';
    export declare const b: { readonly x: 1; }, a: 2;
    export declare function f(x: 1): 1; export declare function f(x: 2): 2;
    interface Hidden {}`;
    const types = [
      "type Word = 'a' | 'b // c'",
      'const a: 2',
      'const b: { readonly x: 1; }',
      'function f(x: 1): 1',
      'function f(x: 2): 2',
    ];
    expect(shown(text)).toEqual([...types, ...unnamed]);
  });

  test('shows the members of interfaces and classes, but for private ones', () => {
    const text = `export declare class C<T> extends Error { #private; private x; protected z: T; /** Y. */ y(): void;
      private constructor(); static make(): C<1>; }
    export interface I { b?: 1; a(x: 2): 2; a(x: 1): 1; [k: string]: unknown }`;
    const lines = ['class C<T> extends Error', '  private constructor()', '  static make(): C<1>', '  y(): void'];
    expect(shown(text)).toEqual([
      ...lines,
      '  protected z: T',
      'interface I',
      '  [k: string]: unknown',
      '  a(x: 2): 2',
      '  a(x: 1): 1',
      '  b?: 1',
      ...unnamed,
    ]);
  });

  test('follows names through files', () => {
    const files = {
      'a/a.d.ts':
        "export { one as two } from '../b.ts'; export { one } from '../b.js'; export type { C } from '../b.ts';",
      'b.d.ts': 'export declare const one: 1; export declare class C {}',
    };
    expect(shown("export * from './a/a.ts';", files)).toEqual([
      'as a type: class C',
      'const one: 1',
      'two = const one: 1',
      ...unnamed,
    ]);
    expect(shown("export * as all from './b.ts';", files).slice(0, 2)).toEqual([
      'all.C = class C',
      'all.one = const one: 1',
    ]);
    expect(shown("import { one } from './b.ts'; export { one as uno };", files)[0]).toBe('uno = const one: 1');
  });

  test('shows what types are made of, though no entry exports it', () => {
    const files = {
      'b.d.ts':
        'interface Deep {} export interface Base<T> { deep: T[] } export type Named = Base<Deep>; export type Other = 1;',
    };
    const text = "import type { Named } from './b.ts'; export interface I extends Named {}";
    expect(shown(text, files).slice(2)).toEqual([
      unnamed[1],
      '',
      'interface Base<T>',
      '  deep: T[]',
      'interface Deep',
      'type Named = Base<Deep>',
    ]);
    expect(shown(text, { 'b.d.ts': 'export type Named = 2;' })).toContain('type Named = 2');
  });

  test('refuses what it cannot read', () => {
    expect(() => shown("export { a } from './b.ts';", { 'b.d.ts': '' })).toThrow('b.d.ts does not export a');
    expect(() => shown('export { a };')).toThrow('a is exported, but it is not declared');
    expect(() => shown("export { a } from 'a-package';")).toThrow('not read');
    expect(() => shown('export default 1;')).toThrow('not read');
  });

  test('finds the docstring that stands before a declaration', () => {
    const text = '/** One. */\nexport declare const a: 1;\n/* No. */\nexport declare const b: 2;\nexport type C = 3;';
    const { entries } = surfaceOf(new Map([['it', 'i.d.ts']]), () => text);
    expect(entries[0]?.exports.map(({ declaration }) => declaration.docstring)).toEqual(['', '/** One. */', '']);
  });
});
